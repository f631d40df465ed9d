namespace SwarmLocks.Tests.Unit.Cli;

/// <summary>What people read, letter by letter. It is 11:00:00 on the wall.</summary>
public class WordsTests
{
    private readonly InProcess _command = new();
    private readonly InProcess _terminal = new() { Terminal = true, Variables = { ["NO_COLOR"] = "1" } };

    [Fact]
    public Task A_grant_says_until_when() => SaysAsync(
        0, Sample.Granted(), "acquired path:src/a.cs (exclusive) until 11:04:12 (in 4m12s), fencing token 41\n", "", "acquire", "src/a.cs");

    [Fact]
    public Task A_grant_of_what_one_had_says_so() => SaysAsync(
        0, Sample.Granted(reentrant: true),
        "already yours (session of pid 4711, since 10:59:12): path:src/a.cs (exclusive) until 11:04:12 (in 4m12s), fencing token 41\n", "",
        "acquire", "src/a.cs");

    [Fact]
    public Task A_grant_of_what_one_had_without_a_session_says_so() => SaysAsync(
        0,
        Sample.Granted() with { Leases = [new(Sample.Lease() with { Session = null, AcquiredAt = Sample.Now.AddDays(-1) }, Reentrant: true, [])] },
        "already yours (without a session, asked for by pid 4711, since 2026-11-19 11:00:00): path:src/a.cs (exclusive) until 11:04:12 (in 4m12s), fencing token 41\n", "",
        "acquire", "src/a.cs");

    [Fact]
    public Task A_grant_of_what_another_session_of_the_agent_has_says_so() => SaysAsync(
        0, Sample.Granted() with { Leases = [Sample.Granted().Leases[0] with { AlsoHeld = [Sample.Lease(agent: "agent-1") with { Pid = 12 }] }] },
        """
        acquired path:src/a.cs (exclusive) until 11:04:12 (in 4m12s), fencing token 41
          already yours too (session of pid 12, since 10:59:12): path:src/a.cs, a lease of its own until 11:04:12 (in 4m12s)

        """,
        "", "acquire", "src/a.cs");

    [Fact]
    public Task A_takeover_says_from_whom() => SaysAsync(
        0,
        Sample.Granted(
            tookOver:
            [
                Sample.Lease() with { State = LeaseState.Expired, ExpiresAt = Sample.Now.AddSeconds(-60) },
                Sample.Lease(agent: "agent-3") with { State = LeaseState.Dead, Reason = null },
            ]),
        """
        acquired path:src/a.cs (exclusive) until 11:04:12 (in 4m12s), fencing token 41
          took over from agent-2, whose lease expired 1m ago ("refactor login")
          took over from agent-3, whose lease ended with its process

        """,
        "", "acquire", "src/a.cs");

    [Fact]
    public Task A_refusal_says_who_why_until_when_and_what_next() => SaysAsync(
        75, Sample.Conflict, "",
        """
        swarmlocks: path:src/a.cs is held by agent-2 ("refactor login") until 11:04:12 (in 4m12s), renewed while its process lives
          src/** was asked for by agent-3 first, who waits in line since 10:59:51
          next: wait in line with --wait 5m, work on something else, or ask agent-2 to release it

        """,
        "acquire", "src/a.cs");

    [Fact]
    public async Task A_refusal_speaks_of_break_only_to_a_person()
    {
        Assert.Equal(75, await _terminal.AnsweringAsync(Sample.Conflict, "acquire", "src/a.cs"));
        Assert.EndsWith("\n  if its holder is gone for good: swarmlocks break path:src/a.cs --reason WHY\n", _terminal.Error, StringComparison.Ordinal);
        Assert.Equal(75, await _command.AnsweringAsync(Sample.Conflict, "acquire", "src/a.cs"));
        Assert.DoesNotContain("break", _command.Error, StringComparison.Ordinal);
    }

    [Fact]
    public Task A_refusal_through_an_overlap_names_both() => SaysAsync(
        75,
        Sample.Conflict with
        {
            Outcome = AcquireOutcome.Timeout,
            Conflicts = [new("src/a.cs", Sample.Lease("glob:src/**") with { RequestedAs = "src/**", Session = null, Reason = null, Broken = new("lead", "enough", Sample.Now) }, null, "src/a.cs")],
        },
        "",
        """
        swarmlocks: glob:src/** is held by agent-2 until 11:04:12 (in 4m12s); lead asked it to stop: enough; src/a.cs overlaps it at src/a.cs
          next: wait longer, work on something else, or ask agent-2 to release it

        """,
        "acquire", "src/a.cs", "--wait", "1s");

    [Fact]
    public Task A_deadlock_shows_the_cycle() => SaysAsync(
        75, Sample.Deadlock with { Conflicts = [Sample.Conflict.Conflicts[0]] }, "",
        "swarmlocks: deadlock: agent-1 waits for agent-2 waits for agent-1\n"
        + "  path:src/a.cs is held by agent-2 (\"refactor login\") until 11:04:12 (in 4m12s), renewed while its process lives\n  next: release what you hold, then ask for all of it at once\n",
        "acquire", "src/a.cs", "--wait", "1m");

    [Fact]
    public Task A_release_lists_what_was_not_held_and_is_no_error() => SaysAsync(
        0, new ReleaseResult([Sample.Lease()], [new("src/b.cs", "it was released")], []),
        "released path:src/a.cs\nnot held src/b.cs: it was released\n", "",
        "release", "src/a.cs", "src/b.cs");

    [Fact]
    public Task A_release_of_what_another_holds_names_the_holder() => SaysAsync(
        77, new ReleaseResult([], [], [Sample.Lease()]), "",
        "swarmlocks: Not yours to release: path:src/a.cs is held by agent-2 (\"refactor login\") until 11:04:12 (in 4m12s), renewed while its process lives; next: leave it, work on something else, or ask agent-2 to release it.\n",
        "release", "src/a.cs");

    [Fact]
    public Task A_release_of_nothing_does_not_look_like_success() => SaysAsync(0, new ReleaseResult([], [], []), "nothing was held\n", "", "release", "--all");

    [Fact]
    public Task A_lost_lease_is_not_renewed_quietly() => SaysAsync(
        75, new LockExpiredException("Gone.", [new("path:src/b.cs", "it was broken by lead")], [Sample.Lease()]),
        "renewed path:src/a.cs until 11:04:12 (in 4m12s)\n", "swarmlocks: path:src/b.cs: it was broken by lead; do not write before 'swarmlocks acquire --wait 5m' has granted it\n",
        "renew", "--all");

    [Fact]
    public Task A_renewal_that_does_not_shorten_says_so() => SaysAsync(
        0, new[] { Sample.Lease() with { Ttl = TimeSpan.FromSeconds(10) } },
        "renewed path:src/a.cs until 11:04:12 (in 4m12s), as promised before: a renewal never shortens, so the 10s count from the next\n", "",
        "renew", "src/a.cs", "--ttl", "10s");

    [Fact]
    public Task A_wait_that_ended_says_who_why_until_when_and_what_next() => SaysAsync(
        75, new WaitResult(false, TimeSpan.FromSeconds(2), Sample.Conflict.Conflicts, "Not free."), "",
        """
        swarmlocks: path:src/a.cs is held by agent-2 ("refactor login") until 11:04:12 (in 4m12s), renewed while its process lives
          src/** was asked for by agent-3 first, who waits in line since 10:59:51
          not free after 2s; next: wait longer, work on something else, or ask agent-2 to release it

        """,
        "wait", "src/a.cs", "--timeout", "2s");

    [Fact]
    public Task A_wait_for_what_was_abandoned_says_so() => SaysAsync(
        75, new WaitResult(false, TimeSpan.Zero, [], "It was abandoned."), "", "swarmlocks: It was abandoned.\n", "wait", "task:1");

    [Fact]
    public Task Who_has_does_not_promise_what_was_abandoned() => SaysAsync(
        0, new WhoHasResult("task:1", [Sample.Lease("task:1") with { State = LeaseState.Dead, Reason = null }], []) { Abandoned = "It was abandoned." },
        "task:1 was held by agent-2, whose lease ended with its process\nIt was abandoned.\n", "",
        "who-has", "task:1");

    [Fact]
    public Task Who_has_names_holders_and_waiters() => SaysAsync(
        0, new WhoHasResult("path:src/a.cs", [Sample.Lease("glob:src/**") with { Reason = null, Session = null }], [Sample.Queued]),
        "glob:src/** is held by agent-2 until 11:04:12 (in 4m12s), which overlaps path:src/a.cs\nagent-3 waits since 10:59:51\n", "",
        "who-has", "src/a.cs");

    [Fact]
    public Task Who_has_of_a_free_one() => SaysAsync(0, new WhoHasResult("path:src/a.cs", [], []), "nobody has path:src/a.cs\n", "", "who-has", "src/a.cs");

    [Fact]
    public Task Who_has_tells_stale_and_unreadable_from_live() => SaysAsync(
        0,
        new WhoHasResult("path:src/a.cs", [Sample.Lease() with { State = LeaseState.Dead }, Sample.Lease() with { State = LeaseState.Unreadable }], []),
        "path:src/a.cs was held by agent-2 (\"refactor login\"), whose lease ended with its process; the next who asks gets it\n"
        + "path:src/a.cs has a lock file that cannot be read, ./src/a.cs (\"refactor login\"), and counts as held until 11:04:12 (in 4m12s) or until it is broken\n", "",
        "who-has", "src/a.cs");

    [Fact]
    public Task A_list_is_a_table() => SaysAsync(
        0, new[] { Sample.Lease(), Sample.Lease("plan:42", "a") with { State = LeaseState.Expired, Mode = LockMode.Shared, Reason = null, ExpiresAt = Sample.Now.AddHours(-2) } },
        """
        RESOURCE       HOLDER   MODE       STATE    EXPIRES   REASON
        path:src/a.cs  agent-2  exclusive  live     in 4m12s  refactor login
        plan:42        a        shared     expired  2h ago

        """,
        "", "list");

    [Fact]
    public Task A_list_tells_alike_ones_apart_and_shows_who_is_asked_to_stop() => SaysAsync(
        0, new[] { Sample.Lease() with { Reason = null }, Sample.Lease() with { Pid = 12, Reason = null, Broken = new("lead", "enough", Sample.Now) } },
        """
        RESOURCE       HOLDER              MODE       STATE          EXPIRES   REASON
        path:src/a.cs  agent-2 (pid 4711)  exclusive  live           in 4m12s
        path:src/a.cs  agent-2 (pid 12)    exclusive  asked to stop  in 4m12s

        """,
        "", "list");

    [Fact]
    public Task A_list_of_nothing() => SaysAsync(0, Array.Empty<Lease>(), "no locks\n", "", "list");

    [Fact]
    public Task A_cleanup_counts_what_it_removed() => SaysAsync(
        0,
        new CleanupResult([Sample.Lease() with { State = LeaseState.Expired, ExpiresAt = Sample.Now.AddSeconds(-5) }], [Sample.Lease("path:b")], [], DryRun: false),
        """
        removed path:src/a.cs of agent-2, whose lease expired 5s ago
        asked agent-2 to stop: path:b until 11:04:12 (in 4m12s) at most
        removed 1, 1 pending

        """,
        "", "cleanup-agent-locks", "agent-2");

    [Fact]
    public Task A_dry_run_says_would() => SaysAsync(0, new CleanupResult([], [], [], DryRun: true), "would remove 0\n", "", "cleanup-stale-locks", "--dry-run");

    [Fact]
    public Task A_break_says_what_is_pending() => SaysAsync(
        0, new BreakResult([Sample.Lease("path:b")], [Sample.Lease()]),
        "broke path:b of agent-2\nasked agent-2 to stop; until it has, path:src/a.cs is not free: until 11:04:12 (in 4m12s) at most\n", "",
        "break", "src/a.cs", "--reason", "it hangs");

    [Fact]
    public Task A_break_of_nothing_says_so() => SaysAsync(
        0, new BreakResult([], []), "nobody holds exactly src/a.cs; nothing was broken\n", "", "break", "src/a.cs", "--reason", "it hangs");

    [Fact]
    public Task A_break_of_nothing_names_what_is_held_below() => SaysAsync(
        0, new BreakResult([], []) { Overlapping = [Sample.Lease() with { Session = null }] },
        "nobody holds exactly src/; nothing was broken\n"
        + "  path:src/a.cs is held by agent-2 (\"refactor login\") until 11:04:12 (in 4m12s), which overlaps it: break that by its own name\n", "",
        "break", "src/", "--reason", "it hangs");

    [Fact]
    public Task History_is_one_line_an_event() => SaysAsync(
        0,
        new LockEvent[]
        {
            new(7, Sample.Now, LockEventKind.TakenOver, "path:src/a.cs", "agent-2", "0197a", 41, "agent-1", "it had expired"),
            new(8, Sample.Now.AddDays(-1), LockEventKind.Lost, "path:src/a.cs", "agent-3", null, null, null, null),
        },
        "11:00:00  taken over   path:src/a.cs  agent-2 by agent-1: it had expired\n2026-11-19 11:00:00  lost         path:src/a.cs  agent-3\n", "",
        "history");

    [Fact]
    public Task Text_of_others_cannot_move_the_cursor() => SaysAsync(
        0, new[] { Sample.Lease() with { Reason = "a\u001b[2Jb\nc\u202ed" } },
        """
        RESOURCE       HOLDER   MODE       STATE  EXPIRES   REASON
        path:src/a.cs  agent-2  exclusive  live   in 4m12s  a\u001b[2Jb\u000ac\u202ed

        """,
        "", "list");

    [Fact]
    public async Task Colour_is_for_terminals_that_want_it()
    {
        async Task<string> ListAsync(bool terminal, params (string Name, string Value)[] variables)
        {
            var command = new InProcess { Terminal = terminal };
            foreach (var (name, value) in variables)
                command.Variables[name] = value;
            await command.AnsweringAsync(new[] { Sample.Lease() with { State = LeaseState.Expired } }, "list");
            return command.Out;
        }

        Assert.Contains("\e[33m", await ListAsync(true), StringComparison.Ordinal);
        Assert.Contains("\e[33m", await ListAsync(true, ("NO_COLOR", "")), StringComparison.Ordinal);
        Assert.DoesNotContain('\e', await ListAsync(false));
        Assert.DoesNotContain('\e', await ListAsync(true, ("NO_COLOR", "1")));
        Assert.DoesNotContain('\e', await ListAsync(true, ("TERM", "dumb")));
    }

    [Fact]
    public async Task Json_has_no_colour_even_on_a_terminal()
    {
        var command = new InProcess { Terminal = true };
        await command.AnsweringAsync(new ReleaseResult([], [], [Sample.Lease()]), "release", "src/a.cs", "--json");
        Assert.DoesNotContain("[31m", command.Out, StringComparison.Ordinal);
    }

    private async Task SaysAsync(int code, object answer, string output, string error, params string[] args)
    {
        Assert.Equal(code, await _command.AnsweringAsync(answer, args));
        Assert.Equal(output, _command.Out);
        Assert.Equal(error, _command.Error);
    }
}
