using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Manager;

/// <summary>Grants and renewals that come late or fail, and leases that are kept from others until their work has stopped.</summary>
public sealed class LateGrantTests
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(9);

    private readonly MemoryManagers _process = new();

    private FakeClock Clock => _process.Clock;

    [Fact]
    public async Task A_re_entry_that_is_heard_of_too_late_does_not_cost_the_lease_that_was_held_before()
    {
        WrappedStore? store = null;
        await using var manager = _process.Open(inner => store = new WrappedStore(inner));
        var request = new LockRequest("a", "x") { OutlivesProcess = true, Ttl = Ttl };
        var first = (await manager.TryAcquireAsync(request)).Leases.Single().Lease;
        store!.Before = () => Clock.AdvanceUnnoticed(TimeSpan.FromSeconds(5));
        store.After = () =>
        {
            (store.Before, store.After) = (() => { }, () => { });
            Clock.AdvanceUnnoticed(TimeSpan.FromSeconds(5));
        };
        await Assert.ThrowsAsync<LockExpiredException>(() => manager.TryAcquireAsync(request));
        // Extended in between, so it has some seconds left.
        var kept = Assert.Single(await manager.ListAsync());
        Assert.Equal((first.LeaseId, LeaseState.Live), (kept.LeaseId, kept.State));
    }

    [Fact]
    public async Task RunLocked_keeps_others_out_until_the_work_under_a_broken_lease_has_stopped()
    {
        await using var manager = _process.Open();
        await using var other = _process.Open();
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = manager.RunLockedAsync(new LockRequest("a", "x"), async (_, stop) =>
        {
            using var registration = stop.Register(told.SetResult);
            await stopped.Task;
            return 0;
        });
        await other.BreakAsync("x", "boss", "urgent");
        await Eventually.TrueAsync(() => told.Task.IsCompleted, Clock);
        await AssertExcludedAsync(other);
        stopped.SetResult();
        await Assert.ThrowsAsync<LockExpiredException>(() => running);
        Assert.True((await other.TryAcquireAsync(new LockRequest("b", "x"))).Granted);
    }

    [Fact]
    public async Task A_second_handle_that_needs_no_time_to_stop_does_not_take_it_from_the_first()
    {
        await using var manager = _process.Open();
        await using var other = _process.Open();
        var slow = await manager.AcquireAsync(new LockRequest("a", "x") { ExcludesUntilDisposed = true });
        var quick = await manager.AcquireAsync(new LockRequest("a", "x"));
        await other.BreakAsync("x", "boss", "urgent");
        await Eventually.TrueAsync(() => slow.LeaseLost.IsCancellationRequested, Clock);
        await AssertExcludedAsync(other);
        await quick.DisposeAsync();
        Assert.False((await other.TryAcquireAsync(new LockRequest("b", "x"))).Granted);
        await slow.DisposeAsync();
        Assert.True((await other.TryAcquireAsync(new LockRequest("b", "x"))).Granted);
    }

    [Fact]
    public async Task A_renewal_that_fails_is_tried_again_long_before_the_deadline()
    {
        WrappedStore? store = null;
        await using var manager = _process.Open(inner => store = new WrappedStore(inner));
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x") { Ttl = Ttl });
        store!.Before = () =>
        {
            store.Before = () => { };
            throw new LockStoreException(StoreProblem.Busy, "Busy.");
        };
        // It is due after three seconds, and again less than a second later.
        Clock.Advance(TimeSpan.FromSeconds(3.1));
        await Eventually.TrueAsync(() => handle.Remaining > TimeSpan.FromSeconds(7) || handle.LeaseLost.IsCancellationRequested, Clock);
        handle.ThrowIfLost();
    }

    /// <summary>Also after whoever was told has had its time to give the lease back.</summary>
    private async Task AssertExcludedAsync(LockManager other)
    {
        await _process.PassAsync(TimeSpan.FromSeconds(3));
        Assert.False((await other.TryAcquireAsync(new LockRequest("b", "x"))).Granted);
    }
}
