using System.Text.Json.Serialization;

namespace SwarmLocks;

/// <summary>A resource that an operation left alone, and why.</summary>
/// <param name="Resource">As it was spelt, or its canonical form.</param>
/// <param name="Why">One sentence.</param>
public sealed record Unaffected(string Resource, string Why);

/// <summary>What a release did. Releasing twice is no error.</summary>
/// <param name="Released">What was held and no longer is.</param>
/// <param name="NotHeld">What was asked for and was not held, each with why.</param>
/// <param name="HeldByOthers">Leases of other agents on what was asked for; they stay.</param>
public sealed record ReleaseResult(IReadOnlyList<Lease> Released, IReadOnlyList<Unaffected> NotHeld, IReadOnlyList<Lease> HeldByOthers);

/// <summary>What a break did.</summary>
/// <param name="Broken">Ended now.</param>
/// <param name="Pending">Marked; each still excludes others until its holder has noticed, is dead, or its deadline has passed.</param>
public sealed record BreakResult(IReadOnlyList<Lease> Broken, IReadOnlyList<Lease> Pending)
{
    /// <summary>When nothing was broken: the leases that overlap what was named, and have to be broken by their own names.</summary>
    public IReadOnlyList<Lease> Overlapping { get; init; } = [];
}

/// <summary>Who has a resource.</summary>
/// <param name="Resource">Its canonical form.</param>
/// <param name="Holders">Every lease that overlaps it, stale ones included.</param>
/// <param name="Waiting">Every live request in line that overlaps it, first come first.</param>
public sealed record WhoHasResult(string Resource, IReadOnlyList<Lease> Holders, IReadOnlyList<QueuedRequest> Waiting)
{
    /// <summary>Why nobody gets it although nobody holds it, in one sentence: it was abandoned too often. Null when that is not so.</summary>
    public string? Abandoned { get; init; }
}

/// <summary>Whether an agent's leases cover what it is about to touch.</summary>
/// <param name="Held">True when one live lease of the agent covers each resource.</param>
/// <param name="Leases">The covering leases.</param>
/// <param name="Message">One sentence: held until when, or what is missing.</param>
public sealed record CheckResult(bool Held, IReadOnlyList<Lease> Leases, string Message);

/// <summary>How waiting for resources to be free ended. Nothing was taken: the state may have changed since.</summary>
/// <param name="Free">Whether nothing stood in the way at the last look.</param>
/// <param name="Waited">How long it took.</param>
/// <param name="Conflicts">What stood in the way at the last look.</param>
/// <param name="Message">One sentence.</param>
public sealed record WaitResult(bool Free, TimeSpan Waited, IReadOnlyList<LockConflict> Conflicts, string Message);

/// <summary>What a clean-up did; with <paramref name="DryRun"/> what it would do.</summary>
/// <param name="Removed">Leases that this call removed, and lock files that cannot be read and that it set aside; only those.</param>
/// <param name="Pending">Live leases that it marked as broken and that end soon.</param>
/// <param name="Failed">Locks that could not be removed, each with why; the rest went on.</param>
/// <param name="DryRun">True when nothing was changed.</param>
public sealed record CleanupResult(IReadOnlyList<Lease> Removed, IReadOnlyList<Lease> Pending, IReadOnlyList<Unaffected> Failed, bool DryRun);

/// <summary>One line of the journal.</summary>
/// <param name="Seq">Grows with every event; gaps mean nothing.</param>
/// <param name="At">When (wall clock).</param>
/// <param name="Event">What happened.</param>
/// <param name="Resource">To which resource.</param>
/// <param name="Agent">Whose lease or request it was.</param>
/// <param name="LeaseId">Which lease, if one.</param>
/// <param name="FencingToken">Its fencing token, if it has one.</param>
/// <param name="By">Who did it, when not the agent itself.</param>
/// <param name="Why">Why, when there is more to say.</param>
public sealed record LockEvent(
    long Seq, DateTimeOffset At, LockEventKind Event, string Resource, string Agent, string? LeaseId, long? FencingToken, string? By, string? Why);

/// <summary>Kinds of journal lines.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LockEventKind>))]
public enum LockEventKind
{
    /// <summary>A lease was granted.</summary>
    [JsonStringEnumMemberName("acquired")]
    Acquired,

    /// <summary>A lease was extended.</summary>
    [JsonStringEnumMemberName("renewed")]
    Renewed,

    /// <summary>The holder gave it back.</summary>
    [JsonStringEnumMemberName("released")]
    Released,

    /// <summary>A stale lease went because somebody wanted the resource.</summary>
    [JsonStringEnumMemberName("taken_over")]
    TakenOver,

    /// <summary>A stale lease was cleaned up.</summary>
    [JsonStringEnumMemberName("reaped")]
    Reaped,

    /// <summary>Somebody asked the holder of a live lease to stop.</summary>
    [JsonStringEnumMemberName("break_asked")]
    BreakAsked,

    /// <summary>A lease was ended by somebody else.</summary>
    [JsonStringEnumMemberName("broken")]
    Broken,

    /// <summary>A holder noticed that it had lost its lease.</summary>
    [JsonStringEnumMemberName("lost")]
    Lost,

    /// <summary>A request was refused.</summary>
    [JsonStringEnumMemberName("refused")]
    Refused,

    /// <summary>The count of abandonments was cleared.</summary>
    [JsonStringEnumMemberName("reset")]
    Reset,
}

/// <summary>Which journal lines to read.</summary>
/// <param name="Resource">Only this resource, in any spelling.</param>
/// <param name="Holder">Only events of this agent.</param>
/// <param name="Since">Only events younger than this; not negative.</param>
/// <param name="Limit">At most this many, the newest; 1 or more, null for all.</param>
public sealed record HistoryQuery(string? Resource = null, string? Holder = null, TimeSpan? Since = null, int? Limit = null);

/// <summary>Where <see cref="LockManager.InitAsync"/> put the store.</summary>
/// <param name="Store">The folder.</param>
/// <param name="Created">False when it was there already.</param>
public sealed record InitResult(string Store, bool Created);

/// <summary>What <see cref="LockManager.DiagnoseAsync"/> found.</summary>
/// <param name="Store">The folder that holds the locks; null when there is no tree.</param>
/// <param name="Root">The top of the tree.</param>
/// <param name="Checks">Each check with its outcome.</param>
/// <param name="Live">Leases that exclude others.</param>
/// <param name="Stale">Leases that are expired or dead.</param>
/// <param name="Unreadable">Lock files that cannot be read.</param>
/// <param name="Waiting">Requests in line.</param>
public sealed record DoctorReport(
    string? Store, string? Root, IReadOnlyList<DoctorCheck> Checks, int Live, int Stale, int Unreadable, int Waiting)
{
    /// <summary>Whether every check passed.</summary>
    public bool Healthy => Checks.All(check => check.Ok);
}

/// <summary>One check.</summary>
/// <param name="Name">What was checked.</param>
/// <param name="Ok">Whether it works.</param>
/// <param name="Detail">One sentence.</param>
public sealed record DoctorCheck(string Name, bool Ok, string Detail);
