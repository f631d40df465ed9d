using System.Text.Json.Serialization;

namespace SwarmLocks;

/// <summary>What was granted, to whom, until when: a snapshot. By the time it is used the state may have changed.</summary>
public sealed record Lease
{
    /// <summary>The locked resource in canonical form, e.g. <c>path:src/a.cs</c>; null for an unreadable lock file whose name is hashed.</summary>
    public required string? Resource { get; init; }

    /// <summary>The spelling it was asked for with.</summary>
    public string? RequestedAs { get; init; }

    /// <summary>The agent that holds it; <c>unreadable</c> for a lock file that cannot be read.</summary>
    public required string Agent { get; init; }

    /// <summary>How it excludes others.</summary>
    public LockMode Mode { get; init; }

    /// <summary>Identifies this lease; renewals keep it.</summary>
    public string? LeaseId { get; init; }

    /// <summary>Grows with every grant in this store and outlives every lock file; renewals keep it.</summary>
    public long FencingToken { get; init; }

    /// <summary>Why the agent wanted it, in its own words.</summary>
    public string? Reason { get; init; }

    /// <summary>When it was granted (wall clock, for people).</summary>
    public DateTimeOffset? AcquiredAt { get; init; }

    /// <summary>When it was last renewed (wall clock, for people).</summary>
    public DateTimeOffset? RenewedAt { get; init; }

    /// <summary>When it lapses unless renewed (wall clock, for people; the machine's monotonic clock decides).</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>How long each renewal lasts.</summary>
    public TimeSpan Ttl { get; init; }

    /// <summary>The process life it is tied to; null for a lease that outlives its process.</summary>
    public string? Session { get; init; }

    /// <summary>The machine that asked.</summary>
    public string? Host { get; init; }

    /// <summary>The process that asked. Informative: liveness is never judged by it.</summary>
    public int? Pid { get; init; }

    /// <summary>Whether it still excludes others.</summary>
    public LeaseState State { get; init; }

    /// <summary>Set when somebody broke it.</summary>
    public LeaseBreak? Broken { get; init; }
}

/// <summary>What a lease is worth now.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LeaseState>))]
public enum LeaseState
{
    /// <summary>It excludes others.</summary>
    [JsonStringEnumMemberName("live")]
    Live,

    /// <summary>Its time is over; the next who wants it takes it over.</summary>
    [JsonStringEnumMemberName("expired")]
    Expired,

    /// <summary>Its session has ended; the next who wants it takes it over.</summary>
    [JsonStringEnumMemberName("dead")]
    Dead,

    /// <summary>Its lock file cannot be read; it excludes others until the file is a day old or is broken.</summary>
    [JsonStringEnumMemberName("unreadable")]
    Unreadable,
}

/// <summary>Who broke a lease, and why.</summary>
/// <param name="By">The agent that broke it.</param>
/// <param name="Why">Its reason.</param>
/// <param name="At">When (wall clock).</param>
public sealed record LeaseBreak(string By, string Why, DateTimeOffset At);
