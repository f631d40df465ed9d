using System.Text.Json.Serialization;

namespace SwarmLocks.Cli.Output;

/// <summary>A lease, as every verb prints it.</summary>
internal record LeaseJson
{
    public string? Resource { get; init; }

    public string? RequestedAs { get; init; }

    public required string Agent { get; init; }

    public required string Mode { get; init; }

    public string? LeaseId { get; init; }

    public long FencingToken { get; init; }

    public string? Reason { get; init; }

    public string? AcquiredAt { get; init; }

    public string? RenewedAt { get; init; }

    public string? ExpiresAt { get; init; }

    public double TtlSeconds { get; init; }

    public string? Session { get; init; }

    public string? Host { get; init; }

    public int? Pid { get; init; }

    public required string State { get; init; }

    public BrokenJson? Broken { get; init; }
}

internal sealed record BrokenJson(string By, string Why, string At);

internal sealed record GrantedLeaseJson : LeaseJson
{
    [JsonPropertyOrder(1)]
    public bool Reentrant { get; init; }

    [JsonPropertyOrder(1)]
    public IReadOnlyList<LeaseJson> TookOver { get; init; } = [];
}

internal record GrantJson
{
    public bool Granted { get; } = true;

    public long FencingToken { get; init; }

    public IReadOnlyList<GrantedLeaseJson> Leases { get; init; } = [];
}

internal record RefusalJson
{
    public bool Granted { get; }

    public required string Error { get; init; }

    public required string Message { get; init; }

    public IReadOnlyList<ConflictJson> Conflicts { get; init; } = [];

    public IReadOnlyList<string> Cycle { get; init; } = [];
}

internal sealed record ConflictJson(string Requested, LeaseJson? Held, QueuedJson? Queued, string Witness);

internal sealed record QueuedJson(string Agent, string Since);

internal sealed record RunGrantJson : GrantJson
{
    [JsonPropertyOrder(1)]
    public int ExitCode { get; init; }

    [JsonPropertyOrder(1)]
    public double HeldSeconds { get; init; }

    [JsonPropertyOrder(1)]
    public string? Lost { get; init; }
}

internal sealed record RunRefusalJson : RefusalJson
{
    [JsonPropertyOrder(1)]
    public int ExitCode { get; init; }

    [JsonPropertyOrder(1)]
    public double HeldSeconds { get; }

    [JsonPropertyOrder(1)]
    public string? Lost { get; }
}

internal sealed record UnaffectedJson(string Resource, string Why);

internal sealed record ReleaseJson : WithMessage
{
    public IReadOnlyList<LeaseJson> Released { get; init; } = [];

    public IReadOnlyList<UnaffectedJson> NotHeld { get; init; } = [];

    public IReadOnlyList<LeaseJson> HeldByOthers { get; init; } = [];
}

internal sealed record RenewJson : WithMessage
{
    public IReadOnlyList<LeaseJson> Renewed { get; init; } = [];

    public IReadOnlyList<UnaffectedJson> Lost { get; init; } = [];
}

internal sealed record CheckJson : WithMessage
{
    public bool Held { get; init; }

    public IReadOnlyList<LeaseJson> Leases { get; init; } = [];
}

internal sealed record WhoHasJson(string Resource, IReadOnlyList<LeaseJson> Holders, IReadOnlyList<QueuedJson> Waiting);

internal sealed record ListJson(IReadOnlyList<LeaseJson> Locks);

internal sealed record WaitJson : WithMessage
{
    public bool Free { get; init; }

    public double WaitedSeconds { get; init; }

    public IReadOnlyList<ConflictJson> Conflicts { get; init; } = [];
}

internal sealed record CleanupJson : WithMessage
{
    public int Removed { get; init; }

    public int Pending { get; init; }

    public IReadOnlyList<UnaffectedJson> Failed { get; init; } = [];

    public bool DryRun { get; init; }

    public IReadOnlyList<LeaseJson> Locks { get; init; } = [];
}

internal sealed record BreakJson(IReadOnlyList<LeaseJson> Broken, IReadOnlyList<LeaseJson> Pending);

internal sealed record ResetJson(IReadOnlyList<string> Reset);

internal sealed record HistoryJson(IReadOnlyList<EventJson> Events);

internal sealed record EventJson(
    long Seq, string At, string Event, string Resource, string Agent, string? LeaseId, long? FencingToken, string? By, string? Why);

internal sealed record DoctorJson(
    bool Healthy, string? Store, string? Root, IReadOnlyList<CheckedJson> Checks, int Live, int Stale, int Unreadable, int Waiting);

internal sealed record CheckedJson(string Name, bool Ok, string Detail);

internal sealed record InitJson(string Store, bool Created);

internal sealed record ErrorJson
{
    public required string Error { get; init; }

    public required string Message { get; init; }
}

/// <summary>Every refusal has a message; the same answer without one has none.</summary>
internal abstract record WithMessage
{
    [JsonPropertyOrder(1)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Message { get; init; }
}
