using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Manager;

/// <summary>Losses, and what they must not do to others.</summary>
public sealed class LossTests
{
    private readonly MemoryManagers _process = new();

    [Fact]
    public async Task A_lease_that_was_lost_here_and_still_stands_in_the_store_is_granted_anew_with_a_sound_handle()
    {
        WrappedStore? wrapped = null;
        await using var manager = _process.Open(store => wrapped = new WrappedStore(store));
        var old = await manager.AcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromSeconds(9) });
        // A renewal that is written in time and answered too late.
        wrapped!.After = () => _process.Clock.Advance(TimeSpan.FromSeconds(7));
        await _process.PassAsync(TimeSpan.FromSeconds(3.5));
        wrapped.After = () => { };
        Assert.True(old.LeaseLost.WaitHandle.WaitOne(TimeSpan.FromSeconds(10)));

        var again = await manager.TryAcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromSeconds(9) });

        again.Handle!.ThrowIfLost();
        Assert.Throws<LockExpiredException>(old.ThrowIfLost);
        await old.DisposeAsync();
        Assert.False((await manager.TryAcquireAsync(new LockRequest("b", "x"))).Granted);
        again.Handle.ThrowIfLost();
        await again.Handle.DisposeAsync();
        Assert.True((await manager.TryAcquireAsync(new LockRequest("b", "x"))).Granted);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("plan:7")]
    public async Task A_renewal_of_what_somebody_else_took_over_is_a_loss_and_no_success(string resource)
    {
        await using var manager = _process.Open();
        await manager.TryAcquireAsync(new LockRequest("a", resource) { OutlivesProcess = true, Ttl = TimeSpan.FromSeconds(9) });
        _process.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.True((await manager.TryAcquireAsync(new LockRequest("b", resource) { OutlivesProcess = true })).Granted);

        var lost = await Assert.ThrowsAsync<LockExpiredException>(() => manager.RenewAsync(LeaseSelector.On("a", resource)));

        Assert.StartsWith($"b holds {resource}, until ", Assert.Single(lost.Lost).Why, StringComparison.Ordinal);
        Assert.Equal("b", Assert.Single(await manager.ListAsync()).Agent);
    }

    [Theory]
    [InlineData(false, "broken by boss at 10:00:0")]
    [InlineData(true, ": \"urgent\" (at once: exclusion given up).")]
    public async Task A_broken_lease_says_whether_others_are_still_kept_out(bool now, string why)
    {
        await using var manager = _process.Open();
        await using var breaker = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x") { ExcludesUntilDisposed = true });
        Assert.True(handle.ExcludesOthers);
        await breaker.BreakAsync("x", "boss", "urgent", now);

        for (int i = 0; i < 400 && !handle.LeaseLost.IsCancellationRequested; i++)
            await _process.PassAsync(TimeSpan.FromMilliseconds(250));

        Assert.Contains(why, handle.LossReason, StringComparison.Ordinal);
        Assert.Equal(!now, handle.ExcludesOthers);
        Assert.Equal(now, (await breaker.TryAcquireAsync(new LockRequest("b", "x") { OutlivesProcess = true })).Granted);
    }

    [Fact]
    public async Task Once_a_broken_lease_is_ended_at_once_it_excludes_nobody_any_more_and_its_holder_learns_it()
    {
        await using var manager = _process.Open();
        await using var breaker = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x") { ExcludesUntilDisposed = true });
        await breaker.BreakAsync("x", "boss", "urgent");
        for (int i = 0; i < 400 && !handle.LeaseLost.IsCancellationRequested; i++)
            await _process.PassAsync(TimeSpan.FromMilliseconds(250));
        Assert.True(handle.ExcludesOthers);

        await breaker.BreakAsync("x", "boss", "now", now: true);
        await _process.PassAsync(TimeSpan.FromSeconds(2.5));

        Assert.False(handle.ExcludesOthers);
    }

    [Fact]
    public async Task A_broken_lease_that_is_given_back_when_its_holder_has_seen_it_excludes_nobody()
    {
        await using var manager = _process.Open();
        await using var breaker = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x"));
        await breaker.BreakAsync("x", "boss", "urgent");
        for (int i = 0; i < 400 && !handle.LeaseLost.IsCancellationRequested; i++)
            await _process.PassAsync(TimeSpan.FromMilliseconds(250));
        Assert.False(handle.ExcludesOthers);
    }

    [Fact]
    public async Task Another_process_of_the_agent_renews_a_lease_by_name_and_never_shortens_its_ttl()
    {
        await using var manager = _process.Open();
        await using var other = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromSeconds(60) });

        Assert.Equal(60, Assert.Single(await other.RenewAsync(LeaseSelector.On("a", "x"), TimeSpan.FromSeconds(5))).Ttl.TotalSeconds);
        Assert.Equal(90, Assert.Single(await other.RenewAsync(LeaseSelector.ById("a", handle.Leases[0].Lease.LeaseId!), TimeSpan.FromSeconds(90))).Ttl.TotalSeconds);

        // What it does not keep itself it does not renew without being told to, nor give back at all.
        Assert.Empty(await other.RenewAsync(LeaseSelector.All("a")));
        Assert.Empty((await other.ReleaseAsync(LeaseSelector.On("a", "x"))).Released);
        await other.BreakAsync("x", "boss", "urgent");
        await Assert.ThrowsAsync<LockExpiredException>(() => other.RenewAsync(LeaseSelector.On("a", "x")));
    }

    [Fact]
    public async Task A_slow_callback_of_one_handle_does_not_cost_another_its_lease()
    {
        await using var manager = _process.Open();
        await using var breaker = _process.Open();
        await using var slow = await manager.AcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromSeconds(9) });
        await using var sound = await manager.AcquireAsync(new LockRequest("a", "y") { Ttl = TimeSpan.FromSeconds(9) });
        using var inside = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        using var registration = slow.LeaseLost.Register(() =>
        {
            inside.Set();
            goOn.Wait(TimeSpan.FromSeconds(30));
        });
        await breaker.BreakAsync("x", "boss", "urgent");
        for (int i = 0; i < 400 && !inside.IsSet; i++)
            await _process.PassAsync(TimeSpan.FromMilliseconds(250));
        Assert.True(inside.IsSet);

        await _process.PassAsync(TimeSpan.FromSeconds(30));

        sound.ThrowIfLost();
        goOn.Set();
    }

    [Fact]
    public async Task Closing_a_manager_releases_everything_in_one_turn_of_the_guard()
    {
        WrappedStore? wrapped = null;
        var manager = _process.Open(store => wrapped = new WrappedStore(store));
        for (int i = 0; i < 5; i++)
            await manager.AcquireAsync(new LockRequest("a", $"file{i}"));
        wrapped!.Sizes.Clear();
        await manager.DisposeAsync();
        Assert.Equal([5], wrapped.Sizes);
        await using var other = _process.Open();
        Assert.Empty(await other.ListAsync());
    }

    [Fact]
    public async Task A_request_whose_globs_would_keep_everybody_waiting_is_refused()
    {
        await using var manager = _process.Open();
        string[] globs = [.. Enumerable.Range(0, 20).Select(i => $"glob:d{i}/{{{string.Join(',', Enumerable.Range(0, 40).Select(j => $"{j}*"))}}}")];
        var error = await Assert.ThrowsAsync<LockUsageException>(() => manager.TryAcquireAsync(new LockRequest("a", globs)));
        Assert.Contains("800 alternatives", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tree_that_is_reached_through_a_link_is_the_same_tree()
    {
        _process.Memory.Files.Links["/other"] = "/tree";
        _process.Memory.Platform.Links["/other"] = "/tree";
        await using var direct = _process.Open();
        await using var handle = await direct.AcquireAsync(new LockRequest("a", "x"));
        await using var linked = _process.Open(options => options.Directory = "/other");
        Assert.Equal(direct.Root, linked.Root);
        Assert.False((await linked.TryAcquireAsync(new LockRequest("b", "x"))).Granted);
    }

    [Fact]
    public async Task Releasing_by_a_spelling_releases_what_it_named_before_and_what_it_names_now()
    {
        await using var manager = _process.Open();
        await manager.TryAcquireAsync(new LockRequest("a", "foo") { OutlivesProcess = true });
        _process.Memory.Files.CreateDirectory("/tree/foo");
        await manager.TryAcquireAsync(new LockRequest("a", "foo") { OutlivesProcess = true });
        var released = await manager.ReleaseAsync(LeaseSelector.On("a", "foo"));
        Assert.Equal(["path:foo", "path:foo/"], released.Released.Select(l => l.Resource).Order(StringComparer.Ordinal));
    }
}
