using SwarmLocks.Policy;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Manager;

/// <summary>How a request stands in line, keeps its place and leaves.</summary>
public sealed class WaitingTests
{
    private readonly MemoryManagers _process = new();

    private FakeClock Clock => _process.Clock;

    [Fact]
    public async Task Whoever_stops_waiting_leaves_nothing_in_line()
    {
        await using var holder = _process.Open();
        await using var waiter = _process.Open();
        await using var handle = await holder.AcquireAsync(new LockRequest("a", "x"));
        using var stop = new CancellationTokenSource();
        var waiting = waiter.AcquireAsync(new LockRequest("b", "x") { Wait = Timeout.InfiniteTimeSpan }, stop.Token);
        await Eventually.TrueAsync(() => InLine().Count == 1, Clock);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Eventually.EndAsync(waiting, Clock));
        Assert.DoesNotContain(_process.Memory.Files.Names, name => name.Contains("/waiting/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_long_wait_keeps_its_place_and_nobody_who_came_later_passes()
    {
        await using var holder = _process.Open();
        await using var first = _process.Open();
        await using var second = _process.Open();
        var handle = await holder.AcquireAsync(new LockRequest("a", "x"));
        var waiting = first.TryAcquireAsync(new LockRequest("b", "x") { Wait = TimeSpan.FromSeconds(60) });
        await Eventually.TrueAsync(() => InLine().Count == 1, Clock);
        long place = InLine().Single().Ticket;
        for (int i = 0; i < 20; i++)
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            // It does so every few seconds, and loses its place after ten.
            await Eventually.TrueAsync(() => Clock.GetUtcNow() - InLine().Single().PolledAt < TimeSpan.FromSeconds(5), Clock);
        }
        Assert.Equal(place, InLine().Single().Ticket);

        var later = second.TryAcquireAsync(new LockRequest("c", "x") { Wait = Timeout.InfiniteTimeSpan });
        await Eventually.TrueAsync(() => InLine().Count == 2, Clock);
        await handle.DisposeAsync();
        var granted = await Eventually.EndAsync(waiting, Clock);
        Assert.True(granted.Granted, granted.Message);
        Assert.False(later.IsCompleted);
        await granted.Handle!.DisposeAsync();
        Assert.True((await Eventually.EndAsync(later, Clock)).Granted);
    }

    [Fact]
    public async Task A_request_that_waits_before_a_busy_store_gives_up_within_its_own_limit()
    {
        await using var manager = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x"));
        await using var other = _process.Open();
        using (_process.HoldGuard())
        {
            long start = Clock.GetTimestamp();
            var asking = other.TryAcquireAsync(new LockRequest("b", "x") { Wait = TimeSpan.FromSeconds(1) });
            var error = await Assert.ThrowsAsync<LockStoreException>(() => Eventually.EndAsync(asking, Clock));
            Assert.Equal(StoreProblem.Busy, error.Problem);
            Assert.InRange(Clock.GetElapsedTime(start), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
        }
    }

    private IReadOnlyList<LockWaiter> InLine()
    {
        var store = _process.Memory.Open();
        return store.Read(LockScope.All).Waiters;
    }
}
