using System.Globalization;

namespace SwarmLocks.Cli.Output;

/// <summary>From the library's answers to the JSON of the contract.</summary>
internal static class Shapes
{
    public static LeaseJson Of(Lease lease) => Fill(lease, new LeaseJson { Agent = lease.Agent, Mode = "", State = "" });

    public static GrantJson Granted(AcquireResult result) => new() { FencingToken = result.FencingToken, Leases = List(result.Leases) };

    public static RefusalJson Refused(AcquireResult result) => new()
    {
        Error = Kind(result.Outcome),
        Message = result.Message,
        Conflicts = List(result.Conflicts),
        Cycle = result.Cycle,
    };

    public static RunGrantJson Ran(AcquireResult result, int exitCode, TimeSpan held, string? lost) => new()
    {
        FencingToken = result.FencingToken,
        Leases = List(result.Leases),
        ExitCode = exitCode,
        HeldSeconds = Seconds(held),
        Lost = lost,
    };

    public static RunRefusalJson NotRun(AcquireResult result) => new()
    {
        Error = Kind(result.Outcome),
        Message = result.Message,
        Conflicts = List(result.Conflicts),
        Cycle = result.Cycle,
        ExitCode = ExitCode.Refused,
    };

    public static ReleaseJson Of(ReleaseResult result, string? message) => new()
    {
        Released = List(result.Released),
        NotHeld = List(result.NotHeld),
        HeldByOthers = List(result.HeldByOthers),
        Message = message,
    };

    public static RenewJson Renewed(IReadOnlyList<Lease> renewed, IReadOnlyList<Unaffected> lost, string? message) =>
        new() { Renewed = List(renewed), Lost = List(lost), Message = message };

    public static CheckJson Of(CheckResult result) => new() { Held = result.Held, Leases = List(result.Leases), Message = result.Message };

    public static WhoHasJson Of(WhoHasResult result) => new(result.Resource, List(result.Holders), [.. result.Waiting.Select(Of)]);

    public static ListJson Of(IReadOnlyList<Lease> locks) => new(List(locks));

    public static WaitJson Of(WaitResult result) => new()
    {
        Free = result.Free,
        WaitedSeconds = Seconds(result.Waited),
        Conflicts = List(result.Conflicts),
        Message = result.Free ? null : result.Message,
    };

    public static CleanupJson Of(CleanupResult result, string? message) => new()
    {
        Removed = result.Removed.Count,
        Pending = result.Pending.Count,
        Failed = List(result.Failed),
        DryRun = result.DryRun,
        Locks = [.. result.Removed.Concat(result.Pending).Select(Of)],
        Message = message,
    };

    public static BreakJson Of(BreakResult result) => new(List(result.Broken), List(result.Pending));

    public static HistoryJson Of(IReadOnlyList<LockEvent> events) => new([.. events.Select(Of)]);

    public static DoctorJson Of(DoctorReport report) => new(
        report.Healthy,
        report.Store,
        report.Root,
        [.. report.Checks.Select(check => new CheckedJson(check.Name, check.Ok, check.Detail))],
        report.Live,
        report.Stale,
        report.Unreadable,
        report.Waiting);

    /// <summary>The journal's word for an event.</summary>
    public static string Kind(LockEventKind kind) => kind switch
    {
        LockEventKind.Acquired => "acquired",
        LockEventKind.Renewed => "renewed",
        LockEventKind.Released => "released",
        LockEventKind.TakenOver => "taken_over",
        LockEventKind.Reaped => "reaped",
        LockEventKind.BreakAsked => "break_asked",
        LockEventKind.Broken => "broken",
        LockEventKind.Lost => "lost",
        LockEventKind.Refused => "refused",
        LockEventKind.Reset => "reset",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>The word for what a lease is worth now.</summary>
    public static string Kind(LeaseState state) => state switch
    {
        LeaseState.Live => "live",
        LeaseState.Expired => "expired",
        LeaseState.Dead => "dead",
        LeaseState.Unreadable => "unreadable",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    /// <summary>The word for a mode.</summary>
    public static string Kind(LockMode mode) => mode == LockMode.Shared ? "shared" : "exclusive";

    private static string Kind(AcquireOutcome outcome) => outcome switch
    {
        AcquireOutcome.Conflict => "conflict",
        AcquireOutcome.Timeout => "timeout",
        AcquireOutcome.Deadlock => "deadlock",
        AcquireOutcome.Abandoned => "abandoned",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, null),
    };

    private static GrantedLeaseJson Of(GrantedLease granted)
    {
        var shape = new GrantedLeaseJson { Agent = "", Mode = "", State = "", Reentrant = granted.Reentrant, TookOver = List(granted.TookOver) };
        return Fill(granted.Lease, shape);
    }

    private static ConflictJson Of(LockConflict conflict) => new(
        conflict.Requested,
        conflict.Held is null ? null : Of(conflict.Held),
        conflict.Queued is null ? null : Of(conflict.Queued),
        conflict.Witness);

    private static QueuedJson Of(QueuedRequest request) => new(request.Agent, Instant(request.Since));

    private static EventJson Of(LockEvent e) =>
        new(e.Seq, Instant(e.At), Kind(e.Event), e.Resource, e.Agent, e.LeaseId, e.FencingToken, e.By, e.Why);

    private static LeaseJson[] List(IReadOnlyList<Lease> leases) => [.. leases.Select(Of)];

    private static GrantedLeaseJson[] List(IReadOnlyList<GrantedLease> leases) => [.. leases.Select(Of)];

    private static ConflictJson[] List(IReadOnlyList<LockConflict> conflicts) => [.. conflicts.Select(Of)];

    private static UnaffectedJson[] List(IReadOnlyList<Unaffected> items) => [.. items.Select(item => new UnaffectedJson(item.Resource, item.Why))];

    private static T Fill<T>(Lease lease, T shape) where T : LeaseJson => (T)(shape with
    {
        Resource = lease.Resource,
        RequestedAs = lease.RequestedAs,
        Agent = lease.Agent,
        Mode = Kind(lease.Mode),
        LeaseId = lease.LeaseId,
        FencingToken = lease.FencingToken,
        Reason = lease.Reason,
        AcquiredAt = Instant(lease.AcquiredAt),
        RenewedAt = Instant(lease.RenewedAt),
        ExpiresAt = Instant(lease.ExpiresAt),
        TtlSeconds = Seconds(lease.Ttl),
        Session = lease.Session,
        Host = lease.Host,
        Pid = lease.Pid,
        State = Kind(lease.State),
        Broken = lease.Broken is { } broken ? new BrokenJson(broken.By, broken.Why, Instant(broken.At)) : null,
    });

    private static double Seconds(TimeSpan span) => Math.Round(span.TotalSeconds, 3);

    private static string Instant(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string? Instant(DateTimeOffset? at) => at is { } known ? Instant(known) : null;
}
