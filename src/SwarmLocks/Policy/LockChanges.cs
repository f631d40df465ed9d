namespace SwarmLocks.Policy;

/// <summary>What a decision changes. A store applies all of it or, when something fails, none. Lists that it is given are copied.</summary>
public sealed class LockChanges
{
    // Made when something is put into them: nearly every decision changes one record and tells of it, and that is all.
    private List<LockRecord>? _writes;
    private List<LockResource>? _deletes;
    private List<UnreadableLock>? _setAside;
    private List<LockWaiter>? _waiterWrites;
    private List<long>? _waiterDeletes;
    private List<LockEvent>? _events;

    /// <summary>The token to persist before anything else; null to leave it.</summary>
    public long? Token { get; set; }

    /// <summary>Records to create or replace.</summary>
    public IReadOnlyList<LockRecord> Writes
    {
        get => _writes ?? (IReadOnlyList<LockRecord>)[];
        init => _writes = [.. value];
    }

    /// <summary>Records to remove; one that is gone already is no error.</summary>
    public IReadOnlyList<LockResource> Deletes
    {
        get => _deletes ?? (IReadOnlyList<LockResource>)[];
        init => _deletes = [.. value];
    }

    /// <summary>Unreadable files to move out of the way, never to delete.</summary>
    public IReadOnlyList<UnreadableLock> SetAside
    {
        get => _setAside ?? (IReadOnlyList<UnreadableLock>)[];
        init => _setAside = [.. value];
    }

    /// <summary>Requests to put or keep in line.</summary>
    public IReadOnlyList<LockWaiter> WaiterWrites
    {
        get => _waiterWrites ?? (IReadOnlyList<LockWaiter>)[];
        init => _waiterWrites = [.. value];
    }

    /// <summary>Requests to take out of line, by ticket; one that is gone already is no error.</summary>
    public IReadOnlyList<long> WaiterDeletes
    {
        get => _waiterDeletes ?? (IReadOnlyList<long>)[];
        init => _waiterDeletes = [.. value];
    }

    /// <summary>True to remove every dead session that no record names; the decision must have seen everything.</summary>
    public bool SweepSessions { get; set; }

    /// <summary>What to write into the journal. It is appended last and never fails the decision.</summary>
    public IReadOnlyList<LockEvent> Events
    {
        get => _events ?? (IReadOnlyList<LockEvent>)[];
        init => _events = [.. value];
    }

    /// <summary>Adds to <see cref="Writes"/>.</summary>
    public void Write(LockRecord record) => (_writes ??= new(1)).Add(record);

    /// <summary>Adds to <see cref="Deletes"/>.</summary>
    public void Delete(LockResource resource) => (_deletes ??= new(1)).Add(resource);

    /// <summary>Adds to <see cref="SetAside"/>.</summary>
    public void PutAside(UnreadableLock file) => (_setAside ??= new(1)).Add(file);

    /// <summary>Adds to <see cref="WaiterWrites"/>.</summary>
    public void WriteWaiter(LockWaiter waiter) => (_waiterWrites ??= new(1)).Add(waiter);

    /// <summary>Adds to <see cref="WaiterDeletes"/>.</summary>
    public void DeleteWaiter(long ticket) => (_waiterDeletes ??= new(1)).Add(ticket);

    /// <summary>Adds to <see cref="Events"/>.</summary>
    public void Tell(LockEvent what) => (_events ??= new(1)).Add(what);
}

/// <summary>The outcome of a decision.</summary>
/// <param name="Result">The answer.</param>
/// <param name="Changes">What to apply before the answer is given; null for nothing.</param>
public readonly record struct Decision<T>(T Result, LockChanges? Changes = null);
