using System.Text.Json;
using SwarmLocks.Cli.Output;

namespace SwarmLocks.Tests.Unit.Cli;

/// <summary>The JSON of every verb, letter by letter: programs read it.</summary>
public class JsonTests
{
    private static readonly string L = Sample.LeaseJson();
    private static readonly string Conflicts =
        $$"""[{"requested":"src/a.cs","held":{{L}},"queued":null,"witness":"src/a.cs"},{"requested":"src/**","held":null,"queued":{"agent":"agent-3","since":"2026-11-20T09:59:51.000Z"},"witness":"src/a.cs"}]""";

    private readonly InProcess _command = new();

    [Fact]
    public Task Acquire_granted() => PrintsAsync(
        0, Sample.Granted(reentrant: true, tookOver: Sample.Lease()),
        $$"""{"granted":true,"fencing_token":41,"leases":[{{{Sample.LeaseFields(agent: "agent-1")}},"reentrant":true,"took_over":[{{L}}]}]}""",
        "acquire", "src/a.cs");

    [Fact]
    public Task Acquire_refused() => PrintsAsync(
        75, Sample.Conflict,
        $$"""{"granted":false,"error":"conflict","message":"It is not free.","conflicts":{{Conflicts}},"cycle":[]}""",
        "acquire", "src/a.cs");

    [Theory]
    [InlineData(AcquireOutcome.Timeout, "timeout")]
    [InlineData(AcquireOutcome.Abandoned, "abandoned")]
    public Task Acquire_refused_otherwise(AcquireOutcome outcome, string error) => PrintsAsync(
        75, new AcquireResult { Outcome = outcome, Message = "No." },
        $$"""{"granted":false,"error":"{{error}}","message":"No.","conflicts":[],"cycle":[]}""",
        "acquire", "src/a.cs");

    [Fact]
    public Task Acquire_that_would_deadlock() => PrintsAsync(
        75, Sample.Deadlock,
        """{"granted":false,"error":"deadlock","message":"It would never end.","conflicts":[],"cycle":["agent-1","agent-2","agent-1"]}""",
        "acquire", "src/a.cs", "--wait", "forever");

    [Fact]
    public Task Release() => PrintsAsync(
        0, new ReleaseResult([Sample.Lease()], [new("src/b.cs", "it was released")], []),
        $$"""{"released":[{{L}}],"not_held":[{"resource":"src/b.cs","why":"it was released"}],"held_by_others":[]}""",
        "release", "src/a.cs", "src/b.cs");

    [Fact]
    public Task Release_of_what_another_holds() => PrintsAsync(
        77, new ReleaseResult([], [], [Sample.Lease()]),
        $$"""{"released":[],"not_held":[],"held_by_others":[{{L}}],"message":"Not yours to release: path:src/a.cs is held by agent-2 (\"refactor login\") until 11:04:12 (in 4m12s), renewed while its process lives; next: leave it, work on something else, or ask agent-2 to release it."}""",
        "release", "src/a.cs");

    [Fact]
    public Task Renew() => PrintsAsync(0, new[] { Sample.Lease() }, $$"""{"renewed":[{{L}}],"lost":[]}""", "renew", "--all");

    [Fact]
    public Task Renew_of_what_was_lost() => PrintsAsync(
        75, new LockExpiredException("It is gone.", [new("path:src/b.cs", "it expired")], [Sample.Lease()]),
        $$"""{"renewed":[{{L}}],"lost":[{"resource":"path:src/b.cs","why":"it expired"}],"message":"It is gone."}""",
        "renew", "--all");

    [Fact]
    public Task Check_held() => PrintsAsync(
        0, new CheckResult(true, [Sample.Lease()], "Held."), $$"""{"held":true,"leases":[{{L}}],"message":"Held."}""", "check", "src/a.cs");

    [Fact]
    public Task Check_not_held() => PrintsAsync(75, new CheckResult(false, [], "Not held."), """{"held":false,"leases":[],"message":"Not held."}""", "check", "src/a.cs");

    [Fact]
    public Task Who_has() => PrintsAsync(
        0, new WhoHasResult("path:src/a.cs", [Sample.Lease()], [Sample.Queued]),
        $$"""{"resource":"path:src/a.cs","holders":[{{L}}],"waiting":[{"agent":"agent-3","since":"2026-11-20T09:59:51.000Z"}]}""",
        "who-has", "src/a.cs");

    [Fact]
    public Task List_with_a_broken_and_an_unreadable_lock()
    {
        var broken = Sample.Lease() with { Broken = new("lead", "it hangs", Sample.Now), Mode = LockMode.Shared, State = LeaseState.Dead, Ttl = TimeSpan.FromSeconds(1.5) };
        var unreadable = new Lease { Resource = null, Agent = "unreadable", State = LeaseState.Unreadable };
        string first = L.Replace("\"exclusive\"", "\"shared\"", StringComparison.Ordinal)
            .Replace("\"live\"", "\"dead\"", StringComparison.Ordinal)
            .Replace(":300,", ":1.5,", StringComparison.Ordinal)
            .Replace("\"broken\":null", """ "broken":{"by":"lead","why":"it hangs","at":"2026-11-20T10:00:00.000Z"}""".TrimStart(), StringComparison.Ordinal);
        const string second =
            """{"resource":null,"requested_as":null,"agent":"unreadable","mode":"exclusive","lease_id":null,"fencing_token":0,"reason":null,"acquired_at":null,"renewed_at":null,"expires_at":null,"ttl_seconds":0,"session":null,"host":null,"pid":null,"state":"unreadable","broken":null}""";
        return PrintsAsync(0, new[] { broken, unreadable }, $$"""{"locks":[{{first}},{{second}}]}""", "list");
    }

    [Fact]
    public Task Wait_that_ended_well() => PrintsAsync(
        0, new WaitResult(true, TimeSpan.FromSeconds(1.2345), [], "Free."), """{"free":true,"waited_seconds":1.234,"conflicts":[]}""", "wait", "src/a.cs");

    [Fact]
    public Task Wait_that_did_not() => PrintsAsync(
        75, new WaitResult(false, TimeSpan.FromSeconds(2), Sample.Conflict.Conflicts, "Not free."),
        $$"""{"free":false,"waited_seconds":2,"conflicts":{{Conflicts}},"message":"Not free."}""",
        "wait", "src/a.cs", "--timeout", "2s");

    [Theory]
    [InlineData("cleanup-stale-locks")]
    [InlineData("cleanup-agent-locks", "agent-2")]
    public Task Cleanup(params string[] args) => PrintsAsync(
        0, new CleanupResult([Sample.Lease()], [Sample.Lease("path:b")], [], DryRun: true),
        $$"""{"removed":1,"pending":1,"failed":[],"dry_run":true,"locks":[{{L}},{{Sample.LeaseJson("path:b")}}]}""",
        args);

    [Fact]
    public Task Cleanup_that_failed_in_part() => PrintsAsync(
        1, new CleanupResult([], [], [new("path:src/b.cs", "the disk is full")], DryRun: false),
        """{"removed":0,"pending":0,"failed":[{"resource":"path:src/b.cs","why":"the disk is full"}],"dry_run":false,"locks":[],"message":"Could not remove path:src/b.cs: the disk is full."}""",
        "cleanup-stale-locks");

    [Fact]
    public Task Break() => PrintsAsync(
        0, new BreakResult([Sample.Lease()], [Sample.Lease("path:b")]),
        $$"""{"broken":[{{L}}],"pending":[{{Sample.LeaseJson("path:b")}}]}""",
        "break", "src/a.cs", "--reason", "it hangs");

    [Fact]
    public Task Reset() => PrintsAsync(0, new List<string> { "task:migrate" }, """{"reset":["task:migrate"]}""", "reset", "task:migrate");

    [Fact]
    public Task History() => PrintsAsync(
        0,
        new LockEvent[]
        {
            new(7, Sample.Now, LockEventKind.TakenOver, "path:src/a.cs", "agent-2", "0197a", 41, "agent-1", "it had expired"),
            new(8, Sample.Now, LockEventKind.Refused, "path:src/a.cs", "agent-3", null, null, null, null),
        },
        """{"events":[{"seq":7,"at":"2026-11-20T10:00:00.000Z","event":"taken_over","resource":"path:src/a.cs","agent":"agent-2","lease_id":"0197a","fencing_token":41,"by":"agent-1","why":"it had expired"},"""
        + """{"seq":8,"at":"2026-11-20T10:00:00.000Z","event":"refused","resource":"path:src/a.cs","agent":"agent-3","lease_id":null,"fencing_token":null,"by":null,"why":null}]}""",
        "history");

    [Fact]
    public void Doctor() => Assert.Equal(
        """{"healthy":false,"store":"/t/.git/swarmlocks","root":"/t","checks":[{"name":"guard","ok":true,"detail":"Free."},{"name":"clock","ok":false,"detail":"None."}],"live":1,"stale":2,"unreadable":3,"waiting":4}""",
        Answer.Text(
            Shapes.Of(new DoctorReport("/t/.git/swarmlocks", "/t", [new("guard", true, "Free."), new("clock", false, "None.")], 1, 2, 3, 4)), CliJson.Default.DoctorJson));

    [Fact]
    public void Init() => Assert.Equal("""{"store":"/t/.swarmlocks","created":true}""", Answer.Text(new InitJson("/t/.swarmlocks", true), CliJson.Default.InitJson));

    [Fact]
    public void Run_that_ran() => Assert.Equal(
        $$"""{"granted":true,"fencing_token":41,"leases":[{{{Sample.LeaseFields(agent: "agent-1")}},"reentrant":false,"took_over":[]}],"exit_code":3,"held_seconds":1.5,"lost":"broken"}""",
        Answer.Text(Shapes.Ran(Sample.Granted(), 3, TimeSpan.FromSeconds(1.5), "broken"), CliJson.Default.RunGrantJson));

    [Fact]
    public void Run_that_was_refused() => Assert.Equal(
        $$"""{"granted":false,"error":"conflict","message":"It is not free.","conflicts":{{Conflicts}},"cycle":[],"exit_code":75,"held_seconds":0,"lost":null}""",
        Answer.Text(Shapes.NotRun(Sample.Conflict), CliJson.Default.RunRefusalJson));

    [Fact]
    public Task An_error_of_the_store() => PrintsAsync(69, new LockStoreException(StoreProblem.Busy, "Busy."), """{"error":"store","message":"Busy."}""", "list");

    [Fact]
    public Task A_wrong_question() => PrintsAsync(64, new LockUsageException("Wrong."), """{"error":"usage","message":"Wrong."}""", "list");

    [Fact]
    public Task What_nobody_expected() => PrintsAsync(
        1, new InvalidOperationException("Oh."), """{"error":"unexpected","message":"Unexpected InvalidOperationException: Oh."}""", "list");

    [Fact]
    public Task Text_of_others_stays_readable_and_inside_its_string() => PrintsAsync(
        0, new WhoHasResult("path:ä\"\u001b[31m", [], []), """{"resource":"path:ä\"\u001B[31m","holders":[],"waiting":[]}""", "who-has", "ä");

    [Theory]
    [InlineData("acquire", "--nope")]
    [InlineData("acquire", "a", "--ttl")]
    [InlineData("acquire", "a", "--ttl", "soon")]
    [InlineData("nonsense")]
    [InlineData("list", "extra")]
    [InlineData("run", "a", "--", "true")]
    [InlineData("init", "--dir", "/x")]
    public async Task A_usage_error_is_one_document_too(params string[] args)
    {
        Assert.Equal(64, await _command.RunAsync([.. args.Take(2), "--json", .. args.Skip(2)]));
        using var document = JsonDocument.Parse(_command.Out);
        Assert.Equal("usage", document.RootElement.GetProperty("error").GetString());
        Assert.NotEmpty(document.RootElement.GetProperty("message").GetString()!);
        Assert.Empty(_command.Error);
    }

    private async Task PrintsAsync(int code, object answer, string json, params string[] args)
    {
        Assert.Equal(code, await _command.AnsweringAsync(answer, [.. args, "--json"]));
        Assert.Equal(json + "\n", _command.Out);
        Assert.Empty(_command.Error);
    }
}
