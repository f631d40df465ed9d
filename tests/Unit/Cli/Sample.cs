namespace SwarmLocks.Tests.Unit.Cli;

/// <summary>Fixed values, so that what is printed can be compared letter by letter.</summary>
internal static class Sample
{
    public static readonly DateTimeOffset Now = new(2026, 11, 20, 10, 0, 0, TimeSpan.Zero);

    /// <summary>A lease with every field filled.</summary>
    public static Lease Lease(string resource = "path:src/a.cs", string agent = "agent-2") => new()
    {
        Resource = resource,
        RequestedAs = "./src/a.cs",
        Agent = agent,
        Mode = LockMode.Exclusive,
        LeaseId = "0197a",
        FencingToken = 41,
        Reason = "refactor login",
        AcquiredAt = Now.AddSeconds(-48),
        RenewedAt = Now.AddSeconds(-48).AddMilliseconds(5),
        ExpiresAt = Now.AddSeconds(252),
        Ttl = TimeSpan.FromSeconds(300),
        Session = "0197s",
        Host = "dev-1",
        Pid = 4711,
        State = LeaseState.Live,
    };

    /// <summary>The JSON of <see cref="Lease"/> without its braces.</summary>
    public static string LeaseFields(string resource = "path:src/a.cs", string agent = "agent-2") =>
        $"\"resource\":\"{resource}\",\"requested_as\":\"./src/a.cs\",\"agent\":\"{agent}\",\"mode\":\"exclusive\",\"lease_id\":\"0197a\",\"fencing_token\":41,"
        + "\"reason\":\"refactor login\",\"acquired_at\":\"2026-11-20T09:59:12.000Z\",\"renewed_at\":\"2026-11-20T09:59:12.005Z\","
        + "\"expires_at\":\"2026-11-20T10:04:12.000Z\",\"ttl_seconds\":300,\"session\":\"0197s\",\"host\":\"dev-1\",\"pid\":4711,\"state\":\"live\",\"broken\":null";

    /// <summary>The JSON of <see cref="Lease"/>.</summary>
    public static string LeaseJson(string resource = "path:src/a.cs", string agent = "agent-2") => $"{{{LeaseFields(resource, agent)}}}";

    public static readonly QueuedRequest Queued = new("agent-3", Now.AddSeconds(-9));

    public static readonly AcquireResult Conflict = new()
    {
        Outcome = AcquireOutcome.Conflict,
        Message = "It is not free.",
        Conflicts = [new("src/a.cs", Lease(), null, "src/a.cs"), new("src/**", null, Queued, "src/a.cs")],
    };

    public static readonly AcquireResult Deadlock = new()
    {
        Outcome = AcquireOutcome.Deadlock,
        Message = "It would never end.",
        Cycle = ["agent-1", "agent-2", "agent-1"],
    };

    public static AcquireResult Granted(bool reentrant = false, params Lease[] tookOver) => new()
    {
        Outcome = AcquireOutcome.Granted,
        Message = "Granted.",
        FencingToken = 41,
        Leases = [new(Lease(agent: "agent-1"), reentrant, tookOver)],
    };

    /// <summary>A clock that stands still, in a time zone one hour ahead of UTC.</summary>
    public sealed class Clock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;

        public override TimeZoneInfo LocalTimeZone { get; } = TimeZoneInfo.CreateCustomTimeZone("test", TimeSpan.FromHours(1), "test", "test");
    }
}
