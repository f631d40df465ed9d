using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Manager;

/// <summary>Questions, and waiting without taking.</summary>
public sealed class QuestionTests
{
    private readonly MemoryManagers _process = new();

    [Theory]
    [InlineData("src/a.cs", true)]
    [InlineData("./src/../src/a.cs", true)]
    [InlineData("src/", true)]
    [InlineData("src/*.cs", true)]
    [InlineData("**", true)]
    [InlineData("src/b.cs", false)]
    [InlineData("test/*.cs", false)]
    [InlineData("plan:1", true)]
    [InlineData("plan:2", false)]
    public async Task A_resource_is_locked_when_a_live_lease_overlaps_it(string resource, bool locked)
    {
        await using var manager = _process.Open();
        await manager.TryAcquireAsync(new LockRequest("a", "src/a.cs", "plan:1") { OutlivesProcess = true, Ttl = TimeSpan.FromSeconds(60) });
        Assert.Equal(locked, await manager.IsLockedAsync(resource));
        _process.Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.False(await manager.IsLockedAsync(resource));
    }

    [Fact]
    public async Task Check_asks_for_one_live_exclusive_lease_that_covers_each_resource()
    {
        await using var manager = _process.Open();
        var held = await manager.AcquireAsync(new LockRequest("a", "src/", "glob:doc/*.md"));
        await manager.AcquireAsync(new LockRequest("a", "shared") { Mode = LockMode.Shared });
        Assert.True((await manager.CheckAsync("a", ["src/deep/x.cs", "doc/y.md"])).Held);
        Assert.True((await manager.CheckAsync("a", ["src/x"], fencingToken: held.FencingToken)).Held);
        Assert.True((await manager.CheckAsync("a", ["shared"], LockMode.Shared)).Held);
        Assert.Contains("is shared", (await manager.CheckAsync("a", ["shared"])).Message, StringComparison.Ordinal);
        Assert.Contains("with fencing token 1", (await manager.CheckAsync("a", ["src/x"], fencingToken: 1)).Message, StringComparison.Ordinal);
        Assert.Contains("b does not hold src/x; a holds path:src/, which overlaps it at src/x", (await manager.CheckAsync("b", ["src/x"])).Message, StringComparison.Ordinal);
        Assert.Contains("does not hold doc/deep/z.md:", (await manager.CheckAsync("a", ["src/x", "doc/deep/z.md"])).Message, StringComparison.Ordinal);
        Assert.Contains("as a whole", (await manager.CheckAsync("a", ["doc/"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_fails_when_the_lease_lapses_while_it_looks_who_lives()
    {
        await using var manager = _process.Open();
        await manager.TryAcquireAsync(new LockRequest("a", "x") { Mode = LockMode.Shared, OutlivesProcess = true, Ttl = TimeSpan.FromSeconds(4) });
        // A process that shares it, whose session is looked at.
        string session = Guid.NewGuid().ToString("n");
        await using (var store = _process.Memory.Open())
        {
            await store.WriteAsync(view => Records.Writing(view.Records[0] with
            {
                Holders = [.. view.Records[0].Holders, Records.Entry(view.Now, "b", session)],
            }), SwarmLocks.Policy.LockScope.All);
        }
        _process.Memory.Files.File.WriteAllText($"{_process.Memory.Data}/sessions/{session}", "\n");
        var stopped = TimeSpan.Zero;
        _process.Memory.Platform.Trouble = shared =>
        {
            _process.Clock.AdvanceUnnoticed(stopped);
            return shared ? "no answer" : null;
        };
        Assert.True((await manager.CheckAsync("a", ["x"], LockMode.Shared)).Held);
        // Stopped, and continued later, between the look at the clock and the answer.
        stopped = TimeSpan.FromSeconds(4);
        Assert.False((await manager.CheckAsync("a", ["x"], LockMode.Shared)).Held);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(-1)]
    public async Task A_mode_that_is_none_is_refused(int mode)
    {
        await using var manager = _process.Open();
        await manager.TryAcquireAsync(new LockRequest("a", "x") { Mode = LockMode.Shared, OutlivesProcess = true });
        var refused = await Assert.ThrowsAsync<LockUsageException>(() => manager.TryAcquireAsync(new LockRequest("b", "x") { Mode = (LockMode)mode }));
        Assert.Contains("give exclusive or shared", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<LockUsageException>(() => manager.CheckAsync("a", ["x"], (LockMode)mode));
        Assert.Equal("a", Assert.Single(await manager.ListAsync()).Agent);
    }

    [Fact]
    public async Task One_lock_of_a_newer_version_hides_no_other_and_is_never_touched()
    {
        await using var manager = _process.Open();
        await manager.TryAcquireAsync(new LockRequest("a", "x", "y") { OutlivesProcess = true, Ttl = TimeSpan.FromSeconds(1) });
        string newer = _process.Memory.FileOf("path:new");
        _process.Memory.Files.File.WriteAllText(newer, "{\"version\":2}\n");
        // Older than any other that is not understood would be left in its place.
        _process.Clock.Advance(TimeSpan.FromDays(2));
        Assert.Equal(
            [("path:new", LeaseState.Unreadable), ("path:x", LeaseState.Expired), ("path:y", LeaseState.Expired)],
            (await manager.ListAsync()).Select(l => (l.Resource!, l.State)).Order());
        Assert.Equal(2, await manager.CountStaleLocksAsync());
        Assert.Equal(2, (await manager.CleanupStaleLocksAsync()).Removed.Count);
        Assert.Equal("{\"version\":2}\n", _process.Memory.Files.File.ReadAllText(newer));
        Assert.True((await manager.TryAcquireAsync(new LockRequest("b", "x") { OutlivesProcess = true })).Granted);
        // Nor does a request in line of a newer one keep anybody from tidying up.
        string line = $"{_process.Memory.Data}/waiting/{9:d19}.json";
        _process.Memory.Files.File.WriteAllText(line, "{\"version\":2}\n");
        Assert.Single((await manager.CleanupAgentLocksAsync("b")).Removed);
        Assert.Empty((await manager.CleanupStaleLocksAsync()).Failed);
        Assert.True(_process.Memory.Files.File.Exists(line));
        foreach (string overlapping in (string[])["new", "*", "./"])
            Assert.Equal(StoreProblem.NewerVersion, (await Assert.ThrowsAsync<LockStoreException>(() => manager.TryAcquireAsync(new LockRequest("b", overlapping)))).Problem);
    }

    [Fact]
    public async Task Check_fails_once_the_lease_is_broken_or_lapsed()
    {
        await using var manager = _process.Open();
        await manager.TryAcquireAsync(new LockRequest("a", "x") { OutlivesProcess = true, Ttl = TimeSpan.FromSeconds(60) });
        _process.Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Contains("expired at 10:01:00", (await manager.CheckAsync("a", ["x"])).Message, StringComparison.Ordinal);
        await using var other = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "y") { ExcludesUntilDisposed = true });
        await other.BreakAsync("y", "boss", "urgent");
        Assert.Contains("broken by boss", (await manager.CheckAsync("a", ["y"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_says_who_holds_it_instead_why_and_until_when()
    {
        await using var manager = _process.Open();
        await manager.TryAcquireAsync(new LockRequest("b", "x") { OutlivesProcess = true, Reason = "rename login" });
        Assert.Equal(
            "a does not hold x; b holds x, for \"rename login\", until 10:05:00 (in 5m) unless renewed: do not write it before you got it, in line with 'swarmlocks acquire --wait 5m'.",
            (await manager.CheckAsync("a", ["x"])).Message);
    }

    [Theory]
    [InlineData("x", "x")]
    [InlineData("dir/", "dir/y")]
    public async Task Check_tells_a_holder_who_broke_its_lease_when_nothing_is_left_of_it(string locked, string about)
    {
        await using var manager = _process.Open();
        await manager.TryAcquireAsync(new LockRequest("b", locked) { OutlivesProcess = true });
        await manager.BreakAsync(locked, "lead", "it hangs");
        Assert.Equal(
            $"b does not hold {about} any more (it was broken by lead at 10:00:00: \"it hangs\"): acquire it before writing.",
            (await manager.CheckAsync("b", [about])).Message);
        await manager.TryAcquireAsync(new LockRequest("a", locked) { OutlivesProcess = true });
        Assert.StartsWith(
            $"b does not hold {about} any more (it was broken by lead at 10:00:00: \"it hangs\"); a holds ", (await manager.CheckAsync("b", [about])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_grant_names_the_other_lease_of_the_agent()
    {
        await using var manager = _process.Open();
        await using var other = _process.Open();
        await using var held = await other.AcquireAsync(new LockRequest("a", "x"));
        var granted = (await manager.TryAcquireAsync(new LockRequest("a", "x") { OutlivesProcess = true })).Leases.Single();
        Assert.False(granted.Reentrant);
        Assert.Equal(held.Leases.Single().Lease.LeaseId, Assert.Single(granted.AlsoHeld).LeaseId);
    }

    [Fact]
    public async Task Whoever_stands_in_the_way_is_named_in_order()
    {
        await using var manager = _process.Open();
        await manager.TryAcquireAsync(new LockRequest("b", "src/c") { OutlivesProcess = true });
        await manager.TryAcquireAsync(new LockRequest("c", "src/a") { OutlivesProcess = true });
        await manager.TryAcquireAsync(new LockRequest("d", "src/b") { OutlivesProcess = true });
        var refused = await manager.TryAcquireAsync(new LockRequest("a", "x", "src/"));
        Assert.Equal(["path:src/a", "path:src/b", "path:src/c"], refused.Conflicts.Select(c => c.Held!.Resource));
        Assert.StartsWith("x, src/ are not free: c holds path:src/a, which overlaps it at src/a, until ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_that_was_abandoned_is_neither_free_nor_promised_and_all_who_abandoned_it_are_named()
    {
        await using var manager = _process.Open();
        foreach (string agent in (string[])["before", "m1", "m2", "m3"])
        {
            await manager.TryAcquireAsync(new LockRequest(agent, "task:m") { OutlivesProcess = true, Ttl = TimeSpan.FromSeconds(60) });
            Assert.Null((await manager.WhoHasAsync("task:m")).Abandoned);
            _process.Clock.Advance(TimeSpan.FromSeconds(60));
            if (agent == "before")
                await manager.ResetAsync("task:m", "lead");
        }
        const string sentence = "task:m was abandoned too often by agents that died or let it lapse (m1 expired, found at 10:02:00; m2 expired, found at 10:03:00; m3 expired at 10:04:00): "
            + "find out why, then clear the count with 'swarmlocks reset task:m'.";
        Assert.Equal(sentence, (await manager.WhoHasAsync("task:m")).Abandoned);
        var wait = await manager.WaitUntilFreeAsync(["task:m", "free"], Timeout.InfiniteTimeSpan, "b");
        Assert.Equal((false, sentence), (wait.Free, wait.Message));
        var refused = await manager.TryAcquireAsync(new LockRequest("b", "free", "task:m"));
        Assert.Equal((AcquireOutcome.Abandoned, sentence), (refused.Outcome, refused.Message));
        // Its own lapse would not count against it.
        Assert.True((await manager.WaitUntilFreeAsync(["task:m"], TimeSpan.Zero, "m3")).Free);
        await manager.ResetAsync("task:m", "lead");
        Assert.True((await manager.WaitUntilFreeAsync(["task:m"], TimeSpan.Zero, "b")).Free);
    }

    [Fact]
    public async Task Instants_in_messages_are_those_of_the_place_where_they_are_read()
    {
        _process.Clock.Zone = TimeZoneInfo.CreateCustomTimeZone("test", TimeSpan.FromHours(14), "test", "test");
        await using var manager = _process.Open();
        var granted = await manager.TryAcquireAsync(new LockRequest("b", "x") { OutlivesProcess = true });
        Assert.Equal("b holds path:x until 00:05:00.", granted.Message);
        Assert.Contains(" until 00:05:00 (in 5m)", (await manager.CheckAsync("b", ["x"])).Message, StringComparison.Ordinal);
        _process.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Contains("expired at 2026-11-21 00:05:00)", (await manager.CheckAsync("b", ["x"])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("has space")]
    [InlineData("")]
    public async Task Nobody_is_asked_about_under_a_name_that_no_agent_can_have(string agent)
    {
        await using var manager = _process.Open();
        await Assert.ThrowsAsync<LockUsageException>(() => manager.ListAsync(agent));
        await Assert.ThrowsAsync<LockUsageException>(() => manager.HistoryAsync(new HistoryQuery(Holder: agent)));
        await Assert.ThrowsAsync<LockUsageException>(() => manager.WaitUntilFreeAsync(["x"], TimeSpan.Zero, agent));
        await Assert.ThrowsAsync<LockUsageException>(() => manager.CleanupStaleLocksAsync(by: agent));
        await Assert.ThrowsAsync<LockUsageException>(() => manager.CleanupAgentLocksAsync("a", by: agent));
        var wait = await Assert.ThrowsAsync<LockUsageException>(() => manager.TryAcquireAsync(new LockRequest("a", "x") { Wait = TimeSpan.FromDays(400) }));
        Assert.Equal("The wait is 400d: give 0s to 24d, or for ever.", wait.Message);
    }

    [Fact]
    public async Task A_lease_is_found_by_either_spelling_after_its_link_was_moved_and_check_fails()
    {
        _process.Memory.Platform.Links["/tree/link"] = "one";
        await using var manager = _process.Open();
        await manager.AcquireAsync(new LockRequest("a", "link"));
        _process.Memory.Platform.Links["/tree/link"] = "two";
        Assert.False((await manager.CheckAsync("a", ["link"])).Held);
        Assert.True((await manager.CheckAsync("a", ["one"])).Held);
        Assert.Single(await manager.RenewAsync(LeaseSelector.On("a", "link")));
        Assert.Equal("path:one", (await manager.ReleaseAsync(LeaseSelector.On("a", "link"))).Released.Single().Resource);

        await manager.AcquireAsync(new LockRequest("a", "link"));
        _process.Memory.Platform.Links["/tree/link"] = "three";
        Assert.Equal("path:two", (await manager.ReleaseAsync(LeaseSelector.On("a", "two"))).Released.Single().Resource);
    }

    [Fact]
    public async Task Waiting_until_free_takes_nothing_and_ends_when_it_is()
    {
        await using var manager = _process.Open();
        var handle = await manager.AcquireAsync(new LockRequest("a", "x"));
        Assert.True((await manager.WaitUntilFreeAsync(["x"], TimeSpan.Zero, agent: "a")).Free);
        var late = await manager.WaitUntilFreeAsync(["x"], TimeSpan.Zero, agent: "b");
        Assert.False(late.Free);
        Assert.Equal("a", late.Conflicts.Single().Held!.Agent);
        var waiting = manager.WaitUntilFreeAsync(["x"], TimeSpan.FromMinutes(5));
        _process.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.False(waiting.IsCompleted);
        await handle.DisposeAsync();
        Assert.True((await Eventually.EndAsync(waiting, _process.Clock)).Free);
        Assert.Empty(await manager.ListAsync());
    }

    [Fact]
    public async Task Check_names_both_tokens_where_the_lease_has_another_one()
    {
        await using var manager = _process.Open();
        var first = await manager.AcquireAsync(new LockRequest("a", "x"));
        var both = await manager.AcquireAsync(new LockRequest("a", "x", "y"));
        Assert.Equal([first.FencingToken, both.FencingToken], both.Leases.Select(l => l.Lease.FencingToken));
        Assert.True((await manager.CheckAsync("a", ["x"], fencingToken: first.FencingToken)).Held);
        var check = await manager.CheckAsync("a", ["x"], fencingToken: both.FencingToken);
        Assert.False(check.Held);
        Assert.Equal(
            $"a does not hold x with fencing token {both.FencingToken}, since its lease on path:x has {first.FencingToken}: use that one, and if the lease with the other was lost, read again before writing.",
            check.Message);
    }

    [Fact]
    public async Task Wrong_arguments_are_refused_in_a_sentence_and_not_by_what_they_lead_to()
    {
        await using var manager = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x"));
        async Task IsRefusedAsync(string sentence, Func<Task> ask) => Assert.Equal(sentence, (await Assert.ThrowsAsync<LockUsageException>(ask)).Message);
        await IsRefusedAsync("The limit of events is -3: give 1 or more, or none for all.", () => manager.HistoryAsync(new HistoryQuery(Limit: -3)));
        await IsRefusedAsync("The time since when is -1m: give 0 or more, or none for all.", () => manager.HistoryAsync(new HistoryQuery(Since: TimeSpan.FromMinutes(-1))));
        await IsRefusedAsync("The wait is -1m: give 0s to 24d, or for ever.", () => manager.WaitUntilFreeAsync(["x"], TimeSpan.FromMinutes(-1)));
        await IsRefusedAsync("The wait is 400d: give 0s to 24d, or for ever.", () => manager.TryAcquireAsync(new LockRequest("a", "x") { Wait = TimeSpan.FromDays(400) }));
        await IsRefusedAsync("The TTL is -5m: give 1s to 24h.", () => manager.TryAcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromMinutes(-5) }));
        foreach (var ask in (Func<Task>[])[() => manager.WhoHasAsync(null!), () => manager.CheckAsync("a", [null!]), () => manager.TryAcquireAsync(new LockRequest("a", "x", null!))])
            await IsRefusedAsync("A resource is null, which names nothing to lock: give a path, a glob, or a named thing such as plan:42.", ask);
        await IsRefusedAsync(
            "The reason is not valid Unicode (half a surrogate pair): give one line of plain text.", () => manager.TryAcquireAsync(new LockRequest("a", "y") { Reason = "half \ud83d" }));
        Assert.True((await manager.TryAcquireAsync(new LockRequest("a", "y") { Reason = "whole 😀" })).Granted);
        Assert.NotEmpty(await manager.HistoryAsync(new HistoryQuery(Since: TimeSpan.MaxValue)));
    }
}
