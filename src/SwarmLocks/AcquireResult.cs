using SwarmLocks.Requests;

namespace SwarmLocks;

/// <summary>The answer to a request: granted in full, or refused with everyone who stands in the way.</summary>
public sealed record AcquireResult
{
    /// <summary>Granted, or why not.</summary>
    public required AcquireOutcome Outcome { get; init; }

    /// <summary>Whether all of it was granted.</summary>
    public bool Granted => Outcome == AcquireOutcome.Granted;

    /// <summary>One sentence: what was granted, or who holds it, why, until when, and what to do.</summary>
    public string Message { get => field ??= LockMessages.Granted(Leases, Time); init; }

    /// <summary>
    /// The token of what was newly granted, larger than any before it in this store; 0 when refused. What the agent held already keeps the token it has (see
    /// <see cref="Leases"/>); when that is all of it, this is the largest of those.
    /// </summary>
    public long FencingToken { get; init; }

    /// <summary>What was granted, in the order asked for.</summary>
    public IReadOnlyList<GrantedLease> Leases { get; init; } = [];

    /// <summary>Who stands in the way.</summary>
    public IReadOnlyList<LockConflict> Conflicts { get; init; } = [];

    /// <summary>For a deadlock: the agents that wait for one another, the asker first and last.</summary>
    public IReadOnlyList<string> Cycle { get; init; } = [];

    /// <summary>The clock of the message.</summary>
    internal TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Renews the lease and releases it when disposed; null when refused or when the lease outlives the process.</summary>
    public LockHandle? Handle { get; init; }
}

/// <summary>How a request ended.</summary>
public enum AcquireOutcome
{
    /// <summary>Everything asked for is held.</summary>
    Granted,

    /// <summary>Somebody holds, or earlier asked for, something that overlaps.</summary>
    Conflict,

    /// <summary>The same, at the end of the wait.</summary>
    Timeout,

    /// <summary>Waiting would close a cycle of agents that wait for one another.</summary>
    Deadlock,

    /// <summary>The resource was abandoned too often; see <see cref="ILockManager.ResetAsync"/>.</summary>
    Abandoned,
}

/// <summary>One granted lease.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="Reentrant">True when the agent held it already.</param>
/// <param name="TookOver">Stale leases that had to go for it.</param>
public sealed record GrantedLease(Lease Lease, bool Reentrant, IReadOnlyList<Lease> TookOver)
{
    /// <summary>Live leases of the same agent on the same resource that are not this one, each of another session: they are renewed and end on their own.</summary>
    public IReadOnlyList<Lease> AlsoHeld { get; init; } = [];
}

/// <summary>One reason for a refusal.</summary>
/// <param name="Requested">What was asked for, as it was spelt.</param>
/// <param name="Held">The lease in the way, if it is a lease.</param>
/// <param name="Queued">The earlier request in the way, if it is one.</param>
/// <param name="Witness">A resource that both match.</param>
public sealed record LockConflict(string Requested, Lease? Held, QueuedRequest? Queued, string Witness);

/// <summary>A request that waits in line.</summary>
/// <param name="Agent">Who waits.</param>
/// <param name="Since">Since when (wall clock).</param>
public sealed record QueuedRequest(string Agent, DateTimeOffset Since);
