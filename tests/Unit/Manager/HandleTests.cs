using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Manager;

/// <summary>Handles are counted, and what ends one.</summary>
public sealed class HandleTests
{
    private readonly MemoryManagers _process = new();

    [Fact]
    public async Task The_last_of_several_handles_releases_and_exactly_once()
    {
        await using var manager = _process.Open();
        var first = await manager.AcquireAsync(new LockRequest("a", "x"));
        var second = await manager.AcquireAsync(new LockRequest("a", "x"));
        Assert.True(second.Leases.Single().Reentrant);
        Assert.Equal(first.FencingToken, second.FencingToken);
        await first.DisposeAsync();
        await first.DisposeAsync();
        Assert.Equal((TimeSpan.Zero, TimeSpan.FromMinutes(5)), (first.UntilDeadline, second.UntilDeadline));
        Assert.Single(manager.Read("x"));
        second.ThrowIfLost();
        await second.DisposeAsync();
        await second.DisposeAsync();
        Assert.Empty(manager.Read("x"));
        Assert.Single(await manager.HistoryAsync(new HistoryQuery()), e => e.Event == LockEventKind.Released);
    }

    [Fact]
    public async Task A_lease_entered_again_while_its_last_handle_goes_survives()
    {
        await using var manager = new LockManager(
            new LockManagerOptions { Directory = MemoryStore.Root }, _process.Memory.Files, _process.Memory.Platform, TimeProvider.System, logger: null);
        for (int i = 0; i < 200; i++)
        {
            var old = await manager.AcquireAsync(new LockRequest("a", "x"));
            var entering = Task.Run(() => manager.AcquireAsync(new LockRequest("a", "x")));
            await Task.WhenAll(Task.Run(() => old.DisposeAsync().AsTask()), Task.Run(() => old.DisposeAsync().AsTask()), entering);
            var handle = await entering;
            handle.ThrowIfLost();
            Assert.Equal(handle.Leases.Single().Lease.LeaseId, Assert.Single(manager.Read("x")).LeaseId);
            await handle.DisposeAsync();
            Assert.Empty(manager.Read("x"));
        }
    }

    [Fact]
    public async Task A_handle_of_a_lease_released_by_name_is_lost_before_anybody_else_can_get_in()
    {
        WrappedStore? wrapped = null;
        await using var manager = _process.Open(store => wrapped = new WrappedStore(store));
        var handle = await manager.AcquireAsync(new LockRequest("a", "x"));
        string? reason = null;
        wrapped!.After = () => reason = handle.LossReason;
        await manager.ReleaseAllAsync("a");
        Assert.Contains("released", reason, StringComparison.Ordinal);
        Assert.True(handle.LeaseLost.IsCancellationRequested);
    }

    [Fact]
    public async Task Disposing_a_manager_releases_all_it_holds_and_tells_who_still_works()
    {
        await using var other = _process.Open();
        var manager = _process.Open();
        var handle = await manager.AcquireAsync(new LockRequest("a", "x", "y"));
        await manager.AcquireAsync(new LockRequest("b", "z"));
        await manager.DisposeAsync();
        Assert.True(handle.LeaseLost.IsCancellationRequested);
        Assert.Empty(await other.ListAsync());
        Assert.Throws<ObjectDisposedException>(handle.ThrowIfLost);
        await handle.DisposeAsync();
    }

    [Fact]
    public async Task Two_processes_of_one_agent_keep_their_own_leases()
    {
        await using var one = _process.Open();
        var two = _process.Open();
        var kept = await one.AcquireAsync(new LockRequest("a", "x"));
        var gone = await two.AcquireAsync(new LockRequest("a", "x"));
        Assert.False(gone.Leases.Single().Reentrant);
        await two.DisposeAsync();
        Assert.Equal(kept.Leases.Single().Lease.LeaseId, Assert.Single(one.Read("x")).LeaseId);
        kept.ThrowIfLost();
    }

    [Fact]
    public async Task RunLocked_releases_when_the_work_ends_and_when_it_throws()
    {
        await using var manager = _process.Open();
        int answer = await manager.RunLockedAsync(new LockRequest("a", "x"), async (handle, _) =>
        {
            Assert.Single(manager.Read("x"));
            await Task.Yield();
            return handle.Leases.Count + 41;
        });
        Assert.Equal(42, answer);
        Assert.Empty(manager.Read("x"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => manager.RunLockedAsync<int>(new LockRequest("a", "x"), (_, _) => throw new InvalidOperationException()));
        Assert.Empty(manager.Read("x"));
    }

    [Fact]
    public async Task RunLocked_cancels_the_work_when_the_lease_is_broken_and_says_so()
    {
        await using var manager = _process.Open();
        await using var other = _process.Open();
        var running = manager.RunLockedAsync<int>(new LockRequest("a", "x"), async (_, stop) =>
        {
            await Task.Delay(Timeout.Infinite, stop);
            return 0;
        });
        await other.BreakAsync("x", "boss", "urgent");
        _process.Clock.Advance(TimeSpan.FromSeconds(2.1));
        await Eventually.TrueAsync(() => running.IsCompleted, _process.Clock);
        var error = await Assert.ThrowsAsync<LockExpiredException>(() => running);
        Assert.Contains("urgent", error.Message, StringComparison.Ordinal);
        Assert.Empty(manager.Read("x"));
    }

    [Fact]
    public async Task RunLocked_runs_work_without_a_result()
    {
        await using var manager = _process.Open();
        bool ran = false;
        await manager.RunLockedAsync(new LockRequest("a", "x"), async (handle, stop) =>
        {
            await Task.Yield();
            handle.ThrowIfLost();
            ran = !stop.IsCancellationRequested && manager.Read("x").Count == 1;
        });
        Assert.True(ran);
        Assert.Empty(manager.Read("x"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => manager.RunLockedAsync(new LockRequest("a", "x"), (_, _) => throw new InvalidOperationException()));
        await Assert.ThrowsAsync<ArgumentNullException>(() => manager.RunLockedAsync(new LockRequest("a", "x"), null!));
    }

    [Fact]
    public async Task Work_that_gives_its_lock_back_itself_keeps_its_result()
    {
        await using var manager = _process.Open();
        Assert.Equal(42, await manager.RunLockedAsync(new LockRequest("a", "x"), async (handle, _) =>
        {
            await handle.DisposeAsync();
            // What comes after is not done under the lock, however long it takes.
            _process.Clock.AdvanceUnnoticed(TimeSpan.FromHours(1));
            return 42;
        }));
        await Assert.ThrowsAsync<LockExpiredException>(() => manager.RunLockedAsync(new LockRequest("a", "x"), async (handle, _) =>
        {
            _process.Clock.AdvanceUnnoticed(TimeSpan.FromHours(1));
            await handle.DisposeAsync();
            return 42;
        }));
    }

    [Fact]
    public async Task RunLocked_does_not_pass_work_off_as_done_whose_lease_had_lapsed()
    {
        await using var manager = _process.Open();
        await Assert.ThrowsAsync<LockExpiredException>(() => manager.RunLockedAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromSeconds(9) }, (_, _) =>
        {
            _process.Clock.AdvanceUnnoticed(TimeSpan.FromSeconds(9));
            return Task.FromResult(1);
        }));
    }

    [Fact]
    public async Task A_refusal_throws_and_names_the_holder_its_reason_and_its_end()
    {
        await using var manager = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "src/x") { Reason = "refactor" });
        var error = await Assert.ThrowsAsync<LockConflictException>(() => manager.AcquireAsync(new LockRequest("b", "src/*")));
        Assert.Equal("src/* is not free: a holds path:src/x, which overlaps it at src/x, for \"refactor\", until 10:05:00 (in 5m) unless renewed.", error.Message);
        Assert.Equal("a", error.Result.Conflicts.Single().Held!.Agent);
    }
}
