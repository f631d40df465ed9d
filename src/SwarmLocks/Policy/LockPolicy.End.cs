namespace SwarmLocks.Policy;

/// <content>Renewing and ending leases.</content>
internal static partial class LockPolicy
{
    /// <summary>What the journal says behind the reason of a break that gave up exclusion.</summary>
    public const string AtOnce = " (at once: exclusion given up)";

    /// <summary>Extends live leases. What has expired, was broken or is gone stays lost: it is never revived.</summary>
    /// <param name="view">The records of all <paramref name="leases"/>.</param>
    /// <param name="leases">Which.</param>
    /// <param name="ttl">A new TTL for all; null to keep each one's own.</param>
    /// <param name="session">Who asks: a lease that another process keeps gets no shorter TTL, which that one does not know of. Null for who may do all.</param>
    public static Decision<RenewVerdict> Renew(LockView view, IReadOnlyList<LeaseRef> leases, TimeSpan? ttl, string? session = null)
    {
        var changes = new LockChanges();
        var renewed = new List<Lease>(leases.Count);
        List<LostLease>? lost = null;
        var after = new RecordsAfter(view);
        foreach (var lease in leases.Each())
        {
            var record = after.Find(lease.Resource);
            var entry = record is null ? null : EntryOf(record, lease);
            if (record is null || entry is null || !view.IsLive(entry) || entry.Broken is not null)
            {
                (lost ??= []).Add(new LostLease(lease, entry is null ? null : ToLease(view, record!, entry)));
                continue;
            }
            bool isKeptElsewhere = session is not null && entry.Session is not null && entry.Session != session;
            var extended = Extend(view, entry, ttl is { } wanted && !(isKeptElsewhere && wanted < entry.Ttl) ? wanted : entry.Ttl);
            record = record with { Holders = record.Holders.Count == 1 ? [extended] : With(record.Holders, entry, extended) };
            after.Put(record);
            changes.Tell(Event(view, LockEventKind.Renewed, record, extended));
            renewed.Add(ToLease(view, record, extended));
        }
        for (int i = 0; i < after.Count; i++)
            changes.Write(after[i]);
        return new(new RenewVerdict(renewed, lost ?? (IReadOnlyList<LostLease>)[]), changes);
    }

    /// <summary>Gives leases back. Nobody else's entry is touched; a live one given back properly clears the count of abandonments.</summary>
    /// <param name="view">The records of all <paramref name="leases"/>.</param>
    /// <param name="leases">Which, each once.</param>
    public static Decision<ReleaseVerdict> Release(LockView view, IReadOnlyList<LeaseRef> leases)
    {
        var changes = new LockChanges();
        List<LostLease>? lost = null;
        var after = new RecordsAfter(view);
        foreach (var lease in leases.Each())
        {
            var record = after.Find(lease.Resource);
            var entry = record is null ? null : EntryOf(record, lease);
            if (record is null || entry is null)
            {
                (lost ??= []).Add(new LostLease(lease, Lease: null));
                continue;
            }
            bool live = view.IsLive(entry);
            after.Put(record with { Holders = Without(record.Holders, entry), Abandoned = live ? 0 : record.Abandoned });
            changes.Tell(Event(view, live ? LockEventKind.Released : LockEventKind.Lost, record, entry, why: live ? null : "expired before its release"));
            if (!live)
                (lost ??= []).Add(new LostLease(lease, ToLease(view, record, entry)));
        }
        for (int i = 0; i < after.Count; i++)
            Put(changes, after[i]);
        return new(new ReleaseVerdict(view, leases, lost ?? (IReadOnlyList<LostLease>)[]), changes);
    }

    /// <summary>
    /// Ends leases that somebody else holds. A live one of a session is only marked: it excludes others until its holder has noticed and given
    /// it back, is dead, or its deadline has passed. Stale ones and those without a session go at once, and with <paramref name="now"/> all.
    /// </summary>
    /// <param name="view">The records of the <paramref name="targets"/>.</param>
    /// <param name="targets">Which leases; a null id means all of the record, and an unreadable file.</param>
    /// <param name="by">Who breaks them.</param>
    /// <param name="why">The reason.</param>
    /// <param name="now">Whether exclusion is given up.</param>
    public static Decision<BreakResult> Break(
        LockView view, IReadOnlyList<LeaseTarget> targets, string by, string why, bool now)
    {
        var changes = new LockChanges();
        var broken = new List<Lease>();
        var pending = new List<Lease>();
        var mark = new LeaseBreak(by, why, view.Now.Written);
        foreach (var group in targets.GroupBy(t => t.Resource))
        {
            if (view.Find(group.Key) is { } record)
            {
                var kept = new List<LockEntry>();
                foreach (var entry in record.Holders)
                {
                    if (!group.Any(t => t.LeaseId is null || t.LeaseId == entry.LeaseId))
                    {
                        kept.Add(entry);
                    }
                    else if (now || entry.Session is null || !view.IsLive(entry))
                    {
                        broken.Add(ToLease(view, record, entry with { Broken = entry.Broken ?? mark }));
                        changes.Tell(Event(view, LockEventKind.Broken, record, entry, by, now ? why + AtOnce : why));
                    }
                    else
                    {
                        // The first break stands: its reason is what the holder may have seen already.
                        var marked = entry with { Broken = entry.Broken ?? mark };
                        kept.Add(marked);
                        pending.Add(ToLease(view, record, marked));
                        if (entry.Broken is null)
                            changes.Tell(Event(view, LockEventKind.BreakAsked, record, entry, by, why));
                    }
                }
                Put(changes, record with { Holders = kept });
            }
            foreach (var file in view.Unreadable.Where(f => f.Resource?.Equals(group.Key) == true && group.Any(t => t.LeaseId is null)))
            {
                broken.Add(ToLease(view, file));
                changes.PutAside(file);
                changes.Tell(Unreadable(view, file, LockEventKind.Broken, by, why));
            }
        }
        return new(new BreakResult(broken, pending), changes);
    }

    /// <summary>Removes stale leases, each of which counts as an abandonment, and sets old unreadable files aside.</summary>
    /// <param name="view">The records of the <paramref name="targets"/>.</param>
    /// <param name="targets">Which to look at.</param>
    /// <param name="by">Who cleans up, for the journal.</param>
    public static Decision<IReadOnlyList<Lease>> Reap(LockView view, IReadOnlyList<LeaseTarget> targets, string? by)
    {
        var changes = new LockChanges();
        DropDeadWaiters(view, changes);
        var removed = new List<Lease>();
        foreach (var file in view.Unreadable.Where(f => !view.IsLive(f)))
        {
            removed.Add(ToLease(view, file));
            changes.PutAside(file);
            changes.Tell(Unreadable(view, file, LockEventKind.Reaped, by, "unreadable and old"));
        }
        foreach (var group in targets.GroupBy(t => t.Resource))
        {
            if (view.Find(group.Key) is not { } record)
                continue;
            var stale = record.Holders.Where(e => !view.IsLive(e) && group.Any(t => t.LeaseId is null || t.LeaseId == e.LeaseId)).ToList();
            foreach (var entry in stale)
            {
                removed.Add(ToLease(view, record, entry));
                changes.Tell(Event(view, LockEventKind.Reaped, record, entry, by, view.StateOf(entry) == LeaseState.Dead ? "dead" : "expired"));
            }
            if (stale.Count > 0)
                Put(changes, record with { Holders = [.. record.Holders.Except(stale)], Abandoned = record.Abandoned + stale.Count });
        }
        return new(removed, changes);
    }

    /// <summary>Clears the count of abandonments, and the stale holders that would count next.</summary>
    public static Decision<IReadOnlyList<string>> Reset(LockView view, IReadOnlyList<LockResource> resources, string by)
    {
        var changes = new LockChanges();
        var reset = new List<string>();
        foreach (var resource in resources)
        {
            if (view.Find(resource) is not { } record || (record.Abandoned == 0 && record.Holders.All(view.IsLive)))
                continue;
            Put(changes, record with { Holders = [.. record.Holders.Where(view.IsLive)], Abandoned = 0 });
            changes.Tell(new LockEvent(
                0, view.Now.Wall, LockEventKind.Reset, resource.ToString(), by, LeaseId: null, FencingToken: null, By: by,
                Why: string.Create(System.Globalization.CultureInfo.InvariantCulture, $"after {record.Abandoned + record.Holders.Count(e => !view.IsLive(e))} abandonments")));
            reset.Add(resource.ToString());
        }
        return new(reset, changes);
    }

    /// <summary>The entry of <paramref name="lease"/> in its record, or null.</summary>
    public static LockEntry? EntryOf(LockRecord record, LeaseRef lease)
    {
        foreach (var entry in record.Holders.Each())
        {
            if (entry.LeaseId == lease.LeaseId)
                return entry;
        }
        return null;
    }

    /// <summary>Writes what is left of a record, or removes it: an empty one is kept for its count of abandonments, until a proper release or a reset clears that.</summary>
    private static void Put(LockChanges changes, LockRecord record)
    {
        if (record.Holders.Count > 0 || record.Abandoned > 0)
            changes.Write(record);
        else
            changes.Delete(record.Resource);
    }

    private static LockEntry[] Without(IReadOnlyList<LockEntry> holders, LockEntry entry) =>
        holders.Count == 1 && ReferenceEquals(holders[0], entry) ? [] : AllBut(holders, entry);

    private static LockEntry[] AllBut(IReadOnlyList<LockEntry> holders, LockEntry entry) => [.. holders.Where(e => !ReferenceEquals(e, entry))];
}

/// <summary>One lease, where it is and which.</summary>
internal sealed record LeaseRef(LockResource Resource, string LeaseId);

/// <summary>A lease to end, or, without an id, every lease on exactly this resource.</summary>
internal sealed record LeaseTarget(LockResource Resource, string? LeaseId);

/// <summary>A lease that is not held any more.</summary>
/// <param name="Ref">Which.</param>
/// <param name="Lease">What is left of it, expired or broken; null when nothing is.</param>
internal sealed record LostLease(LeaseRef Ref, Lease? Lease);

internal sealed record RenewVerdict(IReadOnlyList<Lease> Renewed, IReadOnlyList<LostLease> Lost);

/// <param name="View">What was decided about.</param>
/// <param name="Asked">What was to be given back.</param>
/// <param name="Lost">What of it was not held any more.</param>
internal sealed record ReleaseVerdict(LockView View, IReadOnlyList<LeaseRef> Asked, IReadOnlyList<LostLease> Lost)
{
    /// <summary>What is given back, for people. Made for who asks: a handle, which gives back nearly all leases, does not.</summary>
    public IReadOnlyList<Lease> Released() =>
    [
        .. from lease in Asked.Except(Lost.Select(lost => lost.Ref))
           let record = View.Find(lease.Resource)!
           select LockPolicy.ToLease(View, record, LockPolicy.EntryOf(record, lease)!),
    ];
}
