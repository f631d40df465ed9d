namespace SwarmLocks.Policy;

/// <summary>What a decision changes. A store applies all of it or, when something fails, none.</summary>
public sealed class LockChanges
{
    /// <summary>The token to persist before anything else; null to leave it.</summary>
    public long? Token { get; set; }

    /// <summary>Records to create or replace.</summary>
    public IList<LockRecord> Writes { get; } = [];

    /// <summary>Records to remove; one that is gone already is no error.</summary>
    public IList<LockResource> Deletes { get; } = [];

    /// <summary>Unreadable files to move out of the way, never to delete.</summary>
    public IList<UnreadableLock> SetAside { get; } = [];

    /// <summary>Requests to put or keep in line.</summary>
    public IList<LockWaiter> WaiterWrites { get; } = [];

    /// <summary>Requests to take out of line, by ticket; one that is gone already is no error.</summary>
    public IList<long> WaiterDeletes { get; } = [];

    /// <summary>True to remove every dead session that no record names; the decision must have seen everything.</summary>
    public bool SweepSessions { get; set; }

    /// <summary>What to write into the journal. It is appended last and never fails the decision.</summary>
    public IList<LockEvent> Events { get; } = [];
}

/// <summary>The outcome of a decision.</summary>
/// <param name="Result">The answer.</param>
/// <param name="Changes">What to apply before the answer is given; null for nothing.</param>
public readonly record struct Decision<T>(T Result, LockChanges? Changes = null);
