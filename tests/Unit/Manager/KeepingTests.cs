using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Manager;

/// <summary>How a manager keeps leases, and how a holder learns that one is lost.</summary>
public sealed class KeepingTests
{
    private readonly MemoryManagers _process = new();

    private FakeClock Clock => _process.Clock;

    [Fact]
    public async Task A_lease_is_renewed_for_as_long_as_its_handle_lives_whatever_the_wall_clock_does()
    {
        await using var manager = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x"));
        for (int i = 0; i < 20; i++)
        {
            Clock.StepWall(TimeSpan.FromHours(i % 2 == 0 ? 25 : -25));
            await _process.PassAsync(TimeSpan.FromSeconds(40));
        }
        handle.ThrowIfLost();
        Assert.False(handle.LeaseLost.IsCancellationRequested);
        Assert.True(handle.Remaining > TimeSpan.FromSeconds(200));
        Assert.True(await _process.Open().IsLockedAsync("x"));
    }

    [Fact]
    public async Task Renewals_go_in_batches_of_at_most_8()
    {
        WrappedStore? store = null;
        await using var manager = _process.Open(inner => store = new WrappedStore(inner));
        for (int i = 0; i < 40; i++)
            await manager.AcquireAsync(new LockRequest("a", $"file-{i}"));
        store!.Sizes.Clear();
        Clock.Advance(TimeSpan.FromSeconds(31));
        await Eventually.TrueAsync(() => store.Sizes.Sum() == 40, Clock);
        Assert.Equal([8, 8, 8, 8, 8], store.Sizes.Order());
    }

    [Fact]
    public async Task A_deadline_is_noticed_although_the_renewal_hangs()
    {
        await using var manager = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromSeconds(9) });
        using (_process.HoldGuard())
        {
            Clock.Advance(TimeSpan.FromSeconds(8.9));
            handle.ThrowIfLost();
            Assert.False(handle.LeaseLost.IsCancellationRequested);
            Clock.Advance(TimeSpan.FromSeconds(0.2));
            Assert.True(handle.LeaseLost.WaitHandle.WaitOne(TimeSpan.FromSeconds(10)));
            Assert.Throws<LockExpiredException>(handle.ThrowIfLost);
            Assert.Equal(TimeSpan.Zero, handle.Remaining);
            Assert.Contains("expired", handle.LossReason, StringComparison.Ordinal);
        }
        await _process.PassAsync(TimeSpan.FromSeconds(1));
        Assert.Throws<LockExpiredException>(handle.ThrowIfLost);
    }

    [Fact]
    public async Task One_that_was_stopped_past_its_deadline_learns_it_from_the_clock_itself()
    {
        await using var manager = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromSeconds(9) });
        Clock.AdvanceUnnoticed(TimeSpan.FromSeconds(9));
        var error = Assert.Throws<LockExpiredException>(handle.ThrowIfLost);
        Assert.Equal("path:x", error.Lost.Single().Resource);
        Assert.True(handle.LeaseLost.IsCancellationRequested);
    }

    [Fact]
    public async Task A_renewal_that_answers_after_the_deadline_is_a_loss()
    {
        WrappedStore? store = null;
        await using var manager = _process.Open(inner => store = new WrappedStore(inner));
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromSeconds(9) });
        store!.After = () => Clock.AdvanceUnnoticed(TimeSpan.FromSeconds(7));
        Clock.Advance(TimeSpan.FromSeconds(3.1));
        await Eventually.TrueAsync(() => handle.LeaseLost.IsCancellationRequested);
        Assert.Contains("too late", handle.LossReason, StringComparison.Ordinal);
        Assert.Throws<LockExpiredException>(handle.ThrowIfLost);
    }

    [Fact]
    public async Task A_lease_that_was_renewed_by_name_before_its_loss_was_told_is_not_lost()
    {
        WrappedStore? store = null;
        var background = new Queue<Func<Task>>();
        await using var manager = _process.Open(inner => store = new WrappedStore(inner), background.Enqueue);
        store!.Before = () => Clock.AdvanceUnnoticed(TimeSpan.FromSeconds(2));
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromSeconds(9) });
        store.Before = () => { };
        // Its own deadline has passed, and the timer saw it; in the store it has two more seconds.
        Clock.Advance(TimeSpan.FromSeconds(8));
        await manager.RenewAsync(LeaseSelector.On("a", "x"));
        Assert.NotEmpty(background);
        foreach (var work in background.ToList())
            await work();
        handle.ThrowIfLost();
        Assert.False(handle.LeaseLost.IsCancellationRequested);
    }

    [Fact]
    public async Task A_lease_that_was_asked_for_again_in_time_is_held_although_its_old_deadline_passed_before_the_answer()
    {
        WrappedStore? store = null;
        var background = new Stack<Func<Task>>();
        await using var manager = _process.Open(inner => store = new WrappedStore(inner), background.Push);
        store!.Before = () => Clock.AdvanceUnnoticed(TimeSpan.FromSeconds(2));
        var first = await manager.AcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromSeconds(9) });
        Clock.AdvanceUnnoticed(TimeSpan.FromSeconds(6.5));
        store.Before = () => { };
        store.After = () =>
        {
            store.After = () => { };
            Clock.Advance(TimeSpan.FromSeconds(1));
            // The loss; the renewal that was due before it hangs.
            Assert.True(background.Pop()().IsCompleted);
        };
        var second = await manager.AcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromSeconds(60) });
        Assert.Throws<LockExpiredException>(first.ThrowIfLost);
        second.ThrowIfLost();
        Assert.False(second.LeaseLost.IsCancellationRequested);
        Assert.Equal(TimeSpan.FromSeconds(59), second.Remaining);
        await first.DisposeAsync();
        Assert.Equal(LeaseState.Live, Assert.Single(await manager.ListAsync()).State);
        await second.DisposeAsync();
        Assert.Empty(await manager.ListAsync());
    }

    [Fact]
    public async Task A_lease_that_was_released_by_name_before_the_answer_came_is_not_held()
    {
        WrappedStore? store = null;
        var background = new Stack<Func<Task>>();
        await using var manager = _process.Open(inner => store = new WrappedStore(inner), background.Push);
        store!.Before = () => Clock.AdvanceUnnoticed(TimeSpan.FromSeconds(2));
        await using var first = await manager.AcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromSeconds(9) });
        Clock.AdvanceUnnoticed(TimeSpan.FromSeconds(6.5));
        store.Before = () => { };
        store.After = () =>
        {
            store.After = () => { };
            Clock.Advance(TimeSpan.FromSeconds(1));
            Assert.True(background.Pop()().IsCompleted);
            Assert.Single(manager.ReleaseAllAsync("a").GetAwaiter().GetResult().Released);
        };
        await using var second = await manager.AcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromSeconds(60) });
        Assert.Throws<LockExpiredException>(second.ThrowIfLost);
    }

    [Fact]
    public async Task A_deadline_counts_from_before_the_request_was_sent()
    {
        await using var manager = _process.Open(Slow(TimeSpan.FromSeconds(2)));
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromSeconds(9) });
        Assert.Equal(TimeSpan.FromSeconds(5), handle.Remaining);
    }

    [Fact]
    public async Task A_deadline_counts_from_before_the_renewal_was_sent()
    {
        WrappedStore? store = null;
        await using var manager = _process.Open(inner => store = new WrappedStore(inner));
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromSeconds(9) });
        bool answered = false;
        store!.Before = () => Clock.AdvanceUnnoticed(TimeSpan.FromSeconds(2));
        store.After = () =>
        {
            Clock.AdvanceUnnoticed(TimeSpan.FromSeconds(2));
            Volatile.Write(ref answered, true);
        };
        // It is due after a third of its TTL; what was left before it is less than three seconds by the time it is answered.
        Clock.Advance(TimeSpan.FromSeconds(3.1));
        await Eventually.TrueAsync(() => Volatile.Read(ref answered) && handle.Remaining > TimeSpan.FromSeconds(3));
        Assert.InRange(handle.Remaining, TimeSpan.FromSeconds(4.8), TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_deadline_counts_from_before_a_renewal_by_name_was_sent()
    {
        await using var manager = _process.Open(Slow(TimeSpan.FromSeconds(2)));
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromSeconds(9) });
        await manager.RenewAsync(LeaseSelector.On("a", "x"));
        Assert.Equal(TimeSpan.FromSeconds(5), handle.Remaining);
    }

    [Fact]
    public async Task Nobody_gets_in_before_a_holder_stops_believing_not_even_for_a_fraction_of_a_millisecond()
    {
        await using var manager = _process.Open();
        await using var other = _process.Open();
        Clock.AdvanceUnnoticed(TimeSpan.FromMilliseconds(0.7));
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromSeconds(9) });
        Clock.AdvanceUnnoticed(TimeSpan.FromSeconds(9) - TimeSpan.FromMilliseconds(0.2));
        handle.ThrowIfLost();
        Assert.False((await other.TryAcquireAsync(new LockRequest("b", "x"))).Granted);
        Clock.AdvanceUnnoticed(TimeSpan.FromMilliseconds(1));
        Assert.Throws<LockExpiredException>(handle.ThrowIfLost);
        Assert.True((await other.TryAcquireAsync(new LockRequest("b", "x"))).Granted);
    }

    [Fact]
    public async Task A_grant_that_answers_after_its_ttl_is_refused_and_given_back()
    {
        WrappedStore? store = null;
        await using var manager = _process.Open(inner => store = new WrappedStore(inner));
        store!.After = () => Clock.AdvanceUnnoticed(TimeSpan.FromSeconds(9));
        await Assert.ThrowsAsync<LockExpiredException>(() => manager.TryAcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromSeconds(9) }));
        store.After = () => { };
        Assert.Empty(await manager.ListAsync());
    }

    [Fact]
    public async Task A_renewal_by_name_with_a_shorter_ttl_counts_for_the_handle_too()
    {
        await using var manager = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromSeconds(60) });
        await manager.RenewAsync(LeaseSelector.On("a", "x"), TimeSpan.FromSeconds(6));
        await _process.PassAsync(TimeSpan.FromSeconds(59));
        var lease = Assert.Single(await manager.ListAsync());
        Assert.Equal(LeaseState.Live, lease.State);
        Assert.True(handle.Remaining <= TimeSpan.FromSeconds(6.1), $"{handle.Remaining}");
        await _process.PassAsync(TimeSpan.FromSeconds(60));
        handle.ThrowIfLost();
        Assert.Equal(LeaseState.Live, Assert.Single(await manager.ListAsync()).State);
    }

    [Fact]
    public async Task A_renewal_by_name_with_a_longer_ttl_counts_for_the_handle_at_once()
    {
        await using var manager = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromSeconds(60) });
        await manager.RenewAsync(LeaseSelector.On("a", "x"), TimeSpan.FromSeconds(600));
        Assert.Equal(TimeSpan.FromSeconds(600), handle.Remaining);
    }

    [Fact]
    public async Task A_re_entry_that_the_store_could_not_write_does_not_prolong_what_the_holder_believes()
    {
        await using var manager = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromSeconds(9) });
        Clock.AdvanceUnnoticed(TimeSpan.FromSeconds(2));
        // The folder is where the prepared record would go.
        _process.Memory.Files.CreateDirectory(_process.Memory.Data + "/next.tmp");
        await Assert.ThrowsAsync<LockStoreException>(() => manager.TryAcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromSeconds(60) }));
        _process.Memory.Files.Directory.Delete(_process.Memory.Data + "/next.tmp", recursive: true);
        Assert.Equal(TimeSpan.FromSeconds(7), handle.Remaining);
        await handle.DisposeAsync();
        Assert.Empty(await manager.ListAsync());
    }

    [Fact]
    public async Task A_break_is_noticed_within_two_seconds_and_acknowledged()
    {
        await using var manager = _process.Open();
        await using var other = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x"));
        Clock.Advance(TimeSpan.FromSeconds(5));
        var broken = await other.BreakAsync("x", "boss", "urgent");
        Assert.Single(broken.Pending);
        Assert.False((await other.TryAcquireAsync(new LockRequest("b", "x"))).Granted);
        Clock.Advance(TimeSpan.FromSeconds(2));
        await Eventually.TrueAsync(() => handle.LeaseLost.IsCancellationRequested);
        Assert.Contains("broken by boss", handle.LossReason, StringComparison.Ordinal);
        await Eventually.TrueAsync(() => other.Read("x").Count == 0, Clock);
        Assert.True((await other.TryAcquireAsync(new LockRequest("b", "x"))).Granted);
    }

    [Fact]
    public async Task A_busy_manager_looks_at_its_own_leases_all_the_same()
    {
        await using var manager = _process.Open();
        await using var other = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x"));
        await other.BreakAsync("x", "boss", "urgent");
        // Somebody always comes by after a look is due and before the timer fires.
        Clock.Advance(TimeSpan.FromSeconds(2));
        Clock.AdvanceUnnoticed(TimeSpan.FromMilliseconds(0.5));
        await using var second = await manager.AcquireAsync(new LockRequest("a", "y"));
        Clock.Advance(TimeSpan.FromMilliseconds(5));
        await Eventually.TrueAsync(() => handle.LeaseLost.IsCancellationRequested);
    }

    [Fact]
    public async Task One_that_needs_time_to_stop_excludes_others_until_it_has()
    {
        await using var manager = _process.Open();
        await using var other = _process.Open();
        var handle = await manager.AcquireAsync(new LockRequest("a", "x") { ExcludesUntilDisposed = true });
        await other.BreakAsync("x", "boss", "urgent");
        Clock.Advance(TimeSpan.FromSeconds(2.1));
        await Eventually.TrueAsync(() => handle.LeaseLost.IsCancellationRequested);
        Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.False((await other.TryAcquireAsync(new LockRequest("b", "x"))).Granted);
        await handle.DisposeAsync();
        Assert.True((await other.TryAcquireAsync(new LockRequest("b", "x"))).Granted);
    }

    [Fact]
    public async Task A_store_that_was_deleted_is_noticed_and_told()
    {
        await using var manager = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x"));
        _process.Memory.Files.Directory.Delete(MemoryStore.Folder, recursive: true);
        Clock.Advance(TimeSpan.FromSeconds(2.1));
        await Eventually.TrueAsync(() => handle.LeaseLost.IsCancellationRequested);
        Assert.Throws<LockExpiredException>(handle.ThrowIfLost);
    }

    /// <summary>A store whose every transaction takes <paramref name="time"/> to begin and as much to answer.</summary>
    private Func<ILockStore, ILockStore> Slow(TimeSpan time) =>
        inner => new WrappedStore(inner) { Before = () => Clock.AdvanceUnnoticed(time), After = () => Clock.AdvanceUnnoticed(time) };
}

/// <summary>Short forms for tests of managers.</summary>
internal static class ManagerExtensions
{
    public static IReadOnlyList<Lease> Read(this LockManager manager, string resource) => manager.WhoHasAsync(resource).Result.Holders;
}
