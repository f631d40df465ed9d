using System.Globalization;
using SwarmLocks.Policy;

namespace SwarmLocks.FileStore;

/// <summary>
/// Which records and requests on disk may name a session: as long as there is one, its file must stay. A name too many keeps that file a little longer, one too few would free
/// a live lock. So names are noted before the writing and forgotten after it. Only for whoever has the guard.
/// </summary>
internal sealed class SessionNames(string session)
{
    private readonly HashSet<string> _places = new(StringComparer.Ordinal);

    public bool Any => _places.Count > 0;

    public void Clear() => _places.Clear();

    /// <summary>Whether anything that is to be written names the session.</summary>
    public bool AreIn(LockChanges changes) => AreIn(changes.Writes) || (changes.WaiterWrites.Count > 0 && changes.WaiterWrites.Any(w => w.Session == session));

    public void Note(LockChanges changes)
    {
        foreach (var record in changes.Writes.Each())
        {
            if (IsIn(record))
                _places.Add(record.Resource.ToString());
        }
        foreach (var waiter in changes.WaiterWrites.Each())
        {
            if (waiter.Session == session)
                _places.Add(PlaceOf(waiter.Ticket));
        }
    }

    public void Forget(LockChanges changes)
    {
        foreach (var record in changes.Writes.Each())
        {
            if (!IsIn(record))
                _places.Remove(record.Resource.ToString());
        }
        foreach (var resource in changes.Deletes.Each())
            _places.Remove(resource.ToString());
        foreach (long ticket in changes.WaiterDeletes.Each())
        {
            if (!changes.WaiterWrites.Any(w => w.Ticket == ticket))
                _places.Remove(PlaceOf(ticket));
        }
    }

    private bool AreIn(IReadOnlyList<LockRecord> records)
    {
        foreach (var record in records.Each())
        {
            if (IsIn(record))
                return true;
        }
        return false;
    }

    private bool IsIn(LockRecord record)
    {
        foreach (var entry in record.Holders.Each())
        {
            if (entry.Session == session)
                return true;
        }
        return false;
    }

    private static string PlaceOf(long ticket) => ticket.ToString(CultureInfo.InvariantCulture);
}
