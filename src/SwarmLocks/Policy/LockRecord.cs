using System.Text.Json;
using System.Text.Json.Serialization;

namespace SwarmLocks.Policy;

/// <summary>Everything known about one locked resource: the content of its lock file.</summary>
public sealed record LockRecord
{
    /// <summary>The format this code writes, and the newest it reads.</summary>
    public const int CurrentVersion = 1;

    /// <summary>The format.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>What is locked.</summary>
    public required LockResource Resource { get; init; }

    /// <summary>How all holders hold it: several agents only ever share.</summary>
    public required LockMode Mode { get; init; }

    /// <summary>One entry for each (agent, session). Empty only while <see cref="Abandoned"/> is kept.</summary>
    public required IReadOnlyList<LockEntry> Holders { get; init; }

    /// <summary>How many holders in a row died or lapsed instead of releasing.</summary>
    public int Abandoned { get; init; }

    /// <summary>Keys this version does not know; they survive a rewrite.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Extra { get; set; }
}

/// <summary>One holder of a resource.</summary>
public sealed record LockEntry
{
    /// <summary>Who holds it.</summary>
    public required string Agent { get; init; }

    /// <summary>The process life it is tied to; null for a lease that outlives its process.</summary>
    public required string? Session { get; init; }

    /// <summary>Identifies the lease; renewals and re-entry keep it.</summary>
    public required string LeaseId { get; init; }

    /// <summary>The token of the grant; renewals and re-entry keep it.</summary>
    public required long FencingToken { get; init; }

    /// <summary>Why, in the agent's words.</summary>
    public string? Reason { get; init; }

    /// <summary>How the resource was spelt.</summary>
    public required string RequestedAs { get; init; }

    /// <summary>The folder that spelling was relative to, itself relative to the root; null for the root.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RequestedFrom { get; init; }

    /// <summary>When it was granted (wall clock).</summary>
    public required DateTimeOffset AcquiredAt { get; init; }

    /// <summary>When it was last extended (wall clock).</summary>
    public required DateTimeOffset RenewedAt { get; init; }

    /// <summary>When it lapses (wall clock).</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>How long a renewal lasts. The holder's word counts, never the asker's.</summary>
    [JsonPropertyName("ttl_seconds")]
    public required TimeSpan Ttl { get; init; }

    /// <summary>The machine that asked (informative).</summary>
    public string? Host { get; init; }

    /// <summary>The process that asked (informative).</summary>
    public int? Pid { get; init; }

    /// <summary>Which monotonic clock <see cref="ExpiresMs"/> belongs to.</summary>
    public required string? Clock { get; init; }

    /// <summary>When it lapses, in milliseconds of <see cref="Clock"/>.</summary>
    public required long ExpiresMs { get; init; }

    /// <summary>Set when somebody asked the holder to stop.</summary>
    public LeaseBreak? Broken { get; init; }

    /// <summary>Keys this version does not know; they survive a rewrite.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Extra { get; set; }

    /// <summary>When it lapses, in both clocks.</summary>
    [JsonIgnore]
    public Expiry Expiry => new(Clock, ExpiresMs, ExpiresAt, RenewedAt);

    /// <summary>This entry with its life extended to <paramref name="expiry"/>.</summary>
    public LockEntry Extended(Expiry expiry, TimeSpan ttl) =>
        this with { RenewedAt = expiry.Renewed, ExpiresAt = expiry.At, ExpiresMs = expiry.Ms, Clock = expiry.Clock, Ttl = ttl };
}

/// <summary>A request in line.</summary>
public sealed record LockWaiter
{
    /// <summary>The format.</summary>
    public int Version { get; init; } = LockRecord.CurrentVersion;

    /// <summary>Its place: lower came first. From the same counter as fencing tokens, so that no two are equal.</summary>
    public required long Ticket { get; init; }

    /// <summary>Who waits.</summary>
    public required string Agent { get; init; }

    /// <summary>The process life of the waiting process.</summary>
    public required string? Session { get; init; }

    /// <summary>How it wants to hold them.</summary>
    public required LockMode Mode { get; init; }

    /// <summary>What it waits for, all at once.</summary>
    public required IReadOnlyList<LockResource> Resources { get; init; }

    /// <summary>Since when it waits (wall clock).</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>When it last looked (wall clock).</summary>
    public required DateTimeOffset PolledAt { get; init; }

    /// <summary>When it loses its place (wall clock).</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Which monotonic clock <see cref="ExpiresMs"/> belongs to.</summary>
    public required string? Clock { get; init; }

    /// <summary>When it loses its place, in milliseconds of <see cref="Clock"/>.</summary>
    public required long ExpiresMs { get; init; }

    /// <summary>When it loses its place, in both clocks.</summary>
    [JsonIgnore]
    public Expiry Expiry => new(Clock, ExpiresMs, ExpiresAt, PolledAt);
}
