namespace SwarmLocks.Policy;

/// <summary>What a decision changes. A store applies all of it or, when something fails, none. Lists that it is given are copied.</summary>
public sealed class LockChanges
{
    // Nobody else has these, as And needs. Nearly every decision changes one record and tells of it, and that is all.
    private IReadOnlyList<LockRecord> _writes = [];
    private IReadOnlyList<LockResource> _deletes = [];
    private IReadOnlyList<UnreadableLock> _setAside = [];
    private IReadOnlyList<LockWaiter> _waiterWrites = [];
    private IReadOnlyList<long> _waiterDeletes = [];
    private IReadOnlyList<LockEvent> _events = [];

    /// <summary>The token to persist before anything else; null to leave it.</summary>
    public long? Token { get; set; }

    /// <summary>Records to create or replace.</summary>
    public IReadOnlyList<LockRecord> Writes
    {
        get => _writes;
        init => _writes = [.. value];
    }

    /// <summary>Records to remove; one that is gone already is no error.</summary>
    public IReadOnlyList<LockResource> Deletes
    {
        get => _deletes;
        init => _deletes = [.. value];
    }

    /// <summary>Unreadable files to move out of the way, never to delete.</summary>
    public IReadOnlyList<UnreadableLock> SetAside
    {
        get => _setAside;
        init => _setAside = [.. value];
    }

    /// <summary>Requests to put or keep in line.</summary>
    public IReadOnlyList<LockWaiter> WaiterWrites
    {
        get => _waiterWrites;
        init => _waiterWrites = [.. value];
    }

    /// <summary>Requests to take out of line, by ticket; one that is gone already is no error.</summary>
    public IReadOnlyList<long> WaiterDeletes
    {
        get => _waiterDeletes;
        init => _waiterDeletes = [.. value];
    }

    /// <summary>True to remove every dead session that no record names; the decision must have seen everything.</summary>
    public bool SweepSessions { get; set; }

    /// <summary>What to write into the journal. It is appended last and never fails the decision.</summary>
    public IReadOnlyList<LockEvent> Events
    {
        get => _events;
        init => _events = [.. value];
    }

    /// <summary>Adds to <see cref="Writes"/>.</summary>
    public void Write(LockRecord record) => _writes = _writes.And(record);

    /// <summary>Adds to <see cref="Deletes"/>.</summary>
    public void Delete(LockResource resource) => _deletes = _deletes.And(resource);

    /// <summary>Adds to <see cref="SetAside"/>.</summary>
    public void PutAside(UnreadableLock file) => _setAside = _setAside.And(file);

    /// <summary>Adds to <see cref="WaiterWrites"/>.</summary>
    public void WriteWaiter(LockWaiter waiter) => _waiterWrites = _waiterWrites.And(waiter);

    /// <summary>Adds to <see cref="WaiterDeletes"/>.</summary>
    public void DeleteWaiter(long ticket) => _waiterDeletes = _waiterDeletes.And(ticket);

    /// <summary>Adds to <see cref="Events"/>.</summary>
    public void Tell(LockEvent what) => _events = _events.And(what);
}

/// <summary>The outcome of a decision.</summary>
/// <param name="Result">The answer.</param>
/// <param name="Changes">What to apply before the answer is given; null for nothing.</param>
public readonly record struct Decision<T>(T Result, LockChanges? Changes = null);
