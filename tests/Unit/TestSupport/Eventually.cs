namespace SwarmLocks.Tests.Unit.TestSupport;

/// <summary>Waits for what happens on other threads; never for time to pass.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    /// <summary>Polls until <paramref name="condition"/> holds.</summary>
    /// <param name="condition">What to wait for.</param>
    /// <param name="clock">When given, moves on by a millisecond at each look: pauses for a busy guard are on that clock.</param>
    public static async Task TrueAsync(Func<bool> condition, FakeClock? clock = null)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Bound, "it did not happen");
            await Task.Delay(1);
            clock?.Advance(TimeSpan.FromMilliseconds(1));
        }
    }

    /// <summary>Moves <paramref name="clock"/> on until <paramref name="task"/> ends.</summary>
    public static async Task<T> EndAsync<T>(Task<T> task, FakeClock clock)
    {
        await TrueAsync(() => task.IsCompleted, clock);
        return await task;
    }
}
