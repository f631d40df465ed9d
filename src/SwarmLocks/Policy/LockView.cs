using System.Collections.Frozen;

namespace SwarmLocks.Policy;

/// <summary>What a decision sees: all that its <see cref="LockScope"/> asked for, as it stands at <see cref="Now"/>.</summary>
public sealed class LockView
{
    /// <summary>How long an unreadable lock file excludes others.</summary>
    public static readonly TimeSpan UnreadableHolds = TimeSpan.FromHours(24);

    /// <summary>The instant of the decision.</summary>
    public required StoreTime Now { get; init; }

    /// <summary>The last token given out by this store.</summary>
    public required long LastToken { get; init; }

    /// <summary>Every readable lock in scope, one record for each resource.</summary>
    public required IReadOnlyList<LockRecord> Records { get; init; }

    /// <summary>Every lock file in scope that cannot be read.</summary>
    public IReadOnlyList<UnreadableLock> Unreadable { get; init; } = [];

    /// <summary>Every request in line, whatever it asks for; first come first.</summary>
    public IReadOnlyList<LockWaiter> Waiters { get; init; } = [];

    /// <summary>Sessions known to have ended. One that is not here may live or be unknown: then the TTL rules.</summary>
    public IReadOnlySet<string> DeadSessions { get; init; } = FrozenSet<string>.Empty;

    /// <summary>What <paramref name="entry"/> is worth now.</summary>
    public LeaseState StateOf(LockEntry entry) =>
        Now.HasPassed(entry.Expiry) ? LeaseState.Expired
        : entry.Session is { } session && DeadSessions.Contains(session) ? LeaseState.Dead
        : LeaseState.Live;

    /// <summary>Whether <paramref name="entry"/> excludes others now.</summary>
    public bool IsLive(LockEntry entry) => StateOf(entry) == LeaseState.Live;

    /// <summary>Whether <paramref name="waiter"/> still has its place.</summary>
    public bool IsLive(LockWaiter waiter) =>
        !Now.HasPassed(waiter.Expiry) && !(waiter.Session is { } session && DeadSessions.Contains(session));

    /// <summary>Whether <paramref name="file"/> still excludes others.</summary>
    public bool IsLive(UnreadableLock file) => file.IsNewer || (Now.Wall - file.ModifiedAt < UnreadableHolds && !(file.ModifiedAt < Now.BootedAt));

    /// <summary>The same, judged at another instant.</summary>
    public LockView At(StoreTime now) => new()
    {
        Now = now,
        LastToken = LastToken,
        Records = Records,
        Unreadable = Unreadable,
        Waiters = Waiters,
        DeadSessions = DeadSessions,
    };

    /// <summary>The record of exactly this resource, or null.</summary>
    public LockRecord? Find(LockResource resource)
    {
        foreach (var record in Records.Each())
        {
            if (record.Resource.Equals(resource))
                return record;
        }
        return null;
    }
}

/// <summary>A lock file that is complete but not understood. Somebody may rely on it, so it excludes others until it is a day old or broken.</summary>
/// <param name="File">Its name in the store.</param>
/// <param name="Resource">What it locks, told by its name; null when the name is hashed: then it may lock anything.</param>
/// <param name="ModifiedAt">Its last change (wall clock).</param>
/// <param name="Why">What is wrong with it.</param>
/// <param name="IsNewer">True when a newer version wrote it: then it excludes others for as long as it is there. Only whoever asks for everything sees it; who asks for it is refused.</param>
public sealed record UnreadableLock(string File, LockResource? Resource, DateTimeOffset ModifiedAt, string Why, bool IsNewer = false);

/// <summary>How much of the store a decision has to see.</summary>
/// <param name="Resources">The resources in question; null for everything.</param>
/// <param name="Overlapping">True to see all that overlaps them, false for exactly their own records.</param>
/// <param name="Waiters">True to see all requests in line, and all locks that overlap what those ask for: a place in line depends on them.</param>
public sealed record LockScope(IReadOnlyList<LockResource>? Resources, bool Overlapping, bool Waiters)
{
    /// <summary>Everything.</summary>
    public static LockScope All { get; } = new(null, Overlapping: true, Waiters: true);

    /// <summary>What a request for <paramref name="resources"/> depends on.</summary>
    public static LockScope Request(IReadOnlyList<LockResource> resources) => new(resources, Overlapping: true, Waiters: true);

    /// <summary>Only the records of <paramref name="resources"/> themselves.</summary>
    public static LockScope Exactly(IReadOnlyList<LockResource> resources) => new(resources, Overlapping: false, Waiters: false);
}
