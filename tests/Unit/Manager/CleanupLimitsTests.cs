using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Manager;

/// <summary>What a clean-up takes, how much of it at once, and what it has to leave alone.</summary>
public sealed class CleanupLimitsTests
{
    private static readonly TimeSpan Age = TimeSpan.FromMinutes(10);

    private readonly MemoryManagers _process = new();

    [Fact]
    public async Task The_lock_of_a_dead_process_is_counted_shown_and_removed_as_dead()
    {
        var disk = new ProcessFileSystem(_process.Memory.Files);
        var dying = new LockManager(new LockManagerOptions { Directory = MemoryStore.Root }, disk, _process.Memory.Platform, _process.Clock, logger: null);
        await dying.AcquireAsync(new LockRequest("a", "x"));
        await using var manager = _process.Open();
        Assert.Equal(0, await manager.CountStaleLocksAsync());
        disk.Kill();
        Assert.Equal(1, await manager.CountStaleLocksAsync());
        Assert.Equal(LeaseState.Dead, Assert.Single(await manager.ListAsync(staleOnly: true)).State);
        Assert.Equal(LeaseState.Dead, Assert.Single((await manager.CleanupStaleLocksAsync()).Removed).State);
        Assert.Empty(await manager.ListAsync());
    }

    [Fact]
    public async Task An_age_does_not_even_ask_a_live_session_to_stop()
    {
        await using var manager = _process.Open();
        await using var cleaner = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "kept") { Ttl = TimeSpan.FromHours(1) });
        _process.Clock.AdvanceUnnoticed(Age);
        var result = await cleaner.CleanupStaleLocksAsync(Age);
        Assert.Empty(result.Removed);
        Assert.Empty(result.Pending);
        Assert.Null(Assert.Single(await manager.ListAsync()).Broken);
        handle.ThrowIfLost();
    }

    [Fact]
    public async Task A_lease_that_is_renewed_after_the_look_is_not_too_old_any_more()
    {
        WrappedStore? store = null;
        await using var manager = _process.Open();
        await using var cleaner = _process.Open(inner => store = new WrappedStore(inner));
        await WithoutSessionAsync(manager, "x");
        _process.Clock.AdvanceUnnoticed(Age);
        store!.Before = () => Wait(manager.RenewAsync(LeaseSelector.On("a", "x")));
        Assert.Empty((await cleaner.CleanupStaleLocksAsync(Age)).Removed);
        Assert.Equal(LeaseState.Live, Assert.Single(await manager.ListAsync()).State);
    }

    [Fact]
    public async Task Others_get_their_turn_while_many_locks_are_removed()
    {
        WrappedStore? store = null;
        await using var manager = _process.Open();
        await using var cleaner = _process.Open(inner => store = new WrappedStore(inner));
        await manager.TryAcquireAsync(new LockRequest("a", [.. Enumerable.Range(0, 100).Select(i => $"file{i}")]) { OutlivesProcess = true, Ttl = TimeSpan.FromSeconds(1) });
        _process.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(100, (await cleaner.CleanupStaleLocksAsync()).Removed.Count);
        Assert.Equal(100, store!.Sizes.Where(size => size > 0).Sum());
        Assert.All(store.Sizes, size => Assert.InRange(size, -1, 32));
    }

    [Fact]
    public async Task An_age_counts_in_time_that_passed_whatever_the_wall_clock_says()
    {
        await using var manager = _process.Open();
        await WithoutSessionAsync(manager, "x");
        _process.Clock.StepWall(TimeSpan.FromDays(1));
        _process.Clock.AdvanceUnnoticed(Age / 2);
        Assert.Empty((await manager.CleanupStaleLocksAsync(Age)).Removed);
        _process.Clock.StepWall(TimeSpan.FromDays(-2));
        _process.Clock.AdvanceUnnoticed(Age / 2);
        Assert.Single((await manager.CleanupStaleLocksAsync(Age)).Removed);
    }

    private static Task WithoutSessionAsync(LockManager manager, string resource) =>
        manager.TryAcquireAsync(new LockRequest("a", resource) { OutlivesProcess = true, Ttl = TimeSpan.FromHours(1) });

    /// <summary>For what has to happen inside a call that cannot wait; nobody else is in the store then.</summary>
    private static void Wait(Task task) => task.GetAwaiter().GetResult();
}
