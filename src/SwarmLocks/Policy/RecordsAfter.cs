namespace SwarmLocks.Policy;

/// <summary>The records as a decision leaves them: what it has changed so far, and for all else what it saw.</summary>
/// <remarks>A value: not to be handed on before it is complete, since a copy would miss what comes later.</remarks>
internal struct RecordsAfter(LockView before)
{
    private SmallMap<LockResource, LockRecord> _changed;

    /// <summary>How many are not as they were.</summary>
    public readonly int Count => _changed.Count;

    /// <summary>Those, in the order of their first change.</summary>
    public readonly LockRecord this[int place] => _changed[place];

    /// <summary>The record of exactly this resource, or null.</summary>
    public readonly LockRecord? Find(LockResource resource) => FindChanged(resource) ?? before.Find(resource);

    /// <summary>The record of exactly this resource, if it is not as it was.</summary>
    public readonly LockRecord? FindChanged(LockResource resource) => _changed.TryGet(resource, out var record) ? record : null;

    public void Put(LockRecord record) => _changed.Put(record.Resource, record);
}
