using System.Diagnostics;

namespace SwarmLocks.Tests.Stress;

/// <summary>Waits for what must come; a test that waits in vain fails instead of hanging.</summary>
internal static class Until
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, $"This never came: {what}.");
            await Task.Delay(1);
        }
    }
}
