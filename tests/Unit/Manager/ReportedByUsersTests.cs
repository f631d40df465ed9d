using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Manager;

/// <summary>What users of other lock managers had to report.</summary>
public sealed class ReportedByUsersTests
{
    private readonly MemoryManagers _process = new();

    [Fact]
    public async Task A_lease_lapses_although_a_process_with_its_pid_lives()
    {
        // This very process: its pid is alive all the time.
        await using var manager = _process.Open();
        await manager.TryAcquireAsync(new LockRequest("a", "x") { OutlivesProcess = true, Ttl = TimeSpan.FromSeconds(60) });
        Assert.Equal(Environment.ProcessId, (await manager.ListAsync()).Single().Pid);
        _process.Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.True((await manager.TryAcquireAsync(new LockRequest("b", "x"))).Granted);
    }

    [Fact]
    public async Task A_lease_outlives_a_change_of_the_name_of_its_host()
    {
        await using var manager = _process.Open();
        await manager.TryAcquireAsync(new LockRequest("a", "x") { OutlivesProcess = true });
        var files = _process.Memory.Files;
        string file = files.Names.Single(f => f.EndsWith("/locks/path=x.json", StringComparison.Ordinal));
        string record = files.File.ReadAllText(file), host = $"\"host\":\"{Environment.MachineName}\"";
        Assert.Contains(host, record, StringComparison.Ordinal);
        files.File.WriteAllText(file, record.Replace(host, "\"host\":\"elsewhere\"", StringComparison.Ordinal));
        Assert.False((await manager.TryAcquireAsync(new LockRequest("b", "x"))).Granted);
        Assert.Single((await manager.ReleaseAsync(LeaseSelector.On("a", "x"))).Released);
    }

    [Fact]
    public async Task Agent_ids_that_differ_in_case_are_two_agents()
    {
        await using var manager = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("Agent", "x"));
        Assert.False((await manager.TryAcquireAsync(new LockRequest("agent", "x"))).Granted);
        Assert.Single((await manager.ReleaseAsync(LeaseSelector.On("agent", "x"))).HeldByOthers);
    }

    [Fact]
    public async Task A_stale_lease_is_taken_over_at_once_however_short_the_wait_and_however_long_the_askers_own_ttl()
    {
        await using var manager = _process.Open();
        await manager.TryAcquireAsync(new LockRequest("a", "x") { OutlivesProcess = true, Ttl = TimeSpan.FromSeconds(5) });
        _process.Clock.Advance(TimeSpan.FromSeconds(5));
        // One that is not taken over waits by the fake clock, which has to go on for it.
        var granted = await Eventually.EndAsync(
            manager.TryAcquireAsync(new LockRequest("b", "x") { Ttl = TimeSpan.FromHours(1), Wait = TimeSpan.FromMilliseconds(1) }), _process.Clock);
        Assert.True(granted.Granted, granted.Message);
        Assert.Equal("a", granted.Leases.Single().TookOver.Single().Agent);
    }

    [Fact]
    public async Task Who_has_a_path_under_a_glob_lock_is_the_holder_of_the_glob()
    {
        await using var manager = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "glob:src/**/*.cs"));
        var holder = Assert.Single((await manager.WhoHasAsync("src/deep/x.cs")).Holders);
        Assert.Equal(("a", "glob:src/**/*.cs"), (holder.Agent, holder.Resource));
    }

    [Fact]
    public async Task Clean_ups_at_the_same_time_are_no_error_and_each_counts_only_what_it_removed()
    {
        await using var one = _process.Open();
        await using var two = _process.Open();
        for (int i = 0; i < 100; i++)
            await one.TryAcquireAsync(new LockRequest("a", $"file{i}") { OutlivesProcess = true, Ttl = TimeSpan.FromSeconds(5) });
        _process.Clock.Advance(TimeSpan.FromSeconds(5));
        var cleaning = Task.WhenAll(Task.Run(() => one.CleanupStaleLocksAsync()), Task.Run(() => two.CleanupStaleLocksAsync()));
        // Whoever finds the guard taken pauses by the fake clock, so it has to go on.
        var results = await Eventually.EndAsync(cleaning, _process.Clock);
        Assert.All(results, result => Assert.Empty(result.Failed));
        Assert.Equal(100, results.Sum(result => result.Removed.Count));
        Assert.Equal(100, results.SelectMany(result => result.Removed).Select(lease => lease.LeaseId).Distinct().Count());
    }

    [Fact]
    public async Task The_pauses_of_one_who_waits_grow_are_capped_and_vary()
    {
        WrappedStore? wrapped = null;
        await using var holder = _process.Open();
        await using var waiter = _process.Open(store => wrapped = new WrappedStore(store));
        await using var handle = await holder.AcquireAsync(new LockRequest("a", "x"));
        var waiting = waiter.TryAcquireAsync(new LockRequest("b", "x") { Wait = TimeSpan.FromSeconds(30) });
        for (int i = 0; i < 120 && !waiting.IsCompleted; i++)
            await _process.PassAsync(TimeSpan.FromSeconds(1));
        Assert.True(waiting.IsCompleted, "the wait ends");
        Assert.Equal(AcquireOutcome.Timeout, (await waiting).Outcome);
        var pauses = wrapped!.Pauses.ToList();
        Assert.InRange(pauses[0], TimeSpan.FromMilliseconds(25), TimeSpan.FromMilliseconds(50));
        Assert.All(pauses, pause => Assert.InRange(pause, TimeSpan.Zero, TimeSpan.FromMilliseconds(500)));
        Assert.Contains(pauses, pause => pause > TimeSpan.FromMilliseconds(250));
        Assert.True(pauses.Distinct().Count() > pauses.Count / 2);
    }
}
