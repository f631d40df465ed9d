namespace SwarmLocks.Policy;

/// <content>Questions, and the forms in which answers and events are told.</content>
internal static partial class LockPolicy
{
    /// <summary>Everything in <paramref name="view"/> as leases, by resource.</summary>
    public static IReadOnlyList<Lease> Leases(LockView view)
    {
        var leases = new List<Lease>(view.Records.Count + view.Unreadable.Count);
        foreach (var record in view.Records.Each())
        {
            foreach (var entry in record.Holders.Each())
                leases.Add(ToLease(view, record, entry));
        }
        foreach (var file in view.Unreadable.Each())
            leases.Add(ToLease(view, file));
        leases.Sort(static (one, other) =>
            string.CompareOrdinal(one.Resource, other.Resource) is not 0 and var byName ? byName
            : one.FencingToken.CompareTo(other.FencingToken) is not 0 and var byToken ? byToken
            : string.CompareOrdinal(one.RequestedAs, other.RequestedAs));
        return leases;
    }

    /// <summary>Every lease that overlaps <paramref name="resource"/>, stale ones included.</summary>
    public static IReadOnlyList<Lease> Overlapping(LockView view, LockResource resource) => Leases(new LockView
    {
        Now = view.Now,
        LastToken = view.LastToken,
        DeadSessions = view.DeadSessions,
        Records = [.. view.Records.Where(r => GlobOverlap.Witness(resource, r.Resource) is not null)],
        Unreadable = [.. view.Unreadable.Where(f => f.Resource is null || GlobOverlap.Witness(resource, f.Resource) is not null)],
    });

    /// <summary>Every live request in line that overlaps <paramref name="resource"/>, first come first.</summary>
    public static IReadOnlyList<QueuedRequest> Waiting(LockView view, LockResource? resource = null) =>
    [
        .. view.Waiters
            .Where(w => view.IsLive(w) && (resource is null || w.Resources.Any(r => GlobOverlap.Witness(resource, r) is not null)))
            .OrderBy(w => w.Ticket)
            .Select(w => new QueuedRequest(w.Agent, w.Since)),
    ];

    /// <summary>Live leases, not of <paramref name="agent"/>, that exclude an exclusive use of <paramref name="resources"/>.</summary>
    public static IReadOnlyList<LockConflict> InTheWay(LockView view, IReadOnlyList<AskedResource> resources, string? agent)
    {
        var conflicts = new List<LockConflict>();
        foreach (var asked in resources)
        {
            conflicts.AddRange(
                from lease in Overlapping(view, asked.Resource)
                where lease.State is LeaseState.Live or LeaseState.Unreadable && (agent is null || lease.Agent != agent)
                let other = lease.Resource is null ? null : LockResource.FromCanonical(lease.Resource)
                select new LockConflict(asked.RequestedAs, lease, Queued: null, other is null ? asked.RequestedAs : GlobOverlap.Witness(asked.Resource, other)!));
        }
        return conflicts;
    }

    /// <summary>The live lease of <paramref name="agent"/> that covers <paramref name="asked"/>; a broken one does not.</summary>
    public static Lease? Covering(LockView view, string agent, LockResource asked, LockMode mode, long? fencingToken) =>
        (from record in view.Records
         where (mode == LockMode.Shared || record.Mode == LockMode.Exclusive) && GlobOverlap.Covers(record.Resource, asked)
         from entry in record.Holders
         where entry.Agent == agent && entry.Broken is null && view.IsLive(entry) && (fencingToken is null || entry.FencingToken == fencingToken)
         orderby entry.ExpiresAt descending
         select ToLease(view, record, entry)).FirstOrDefault();

    /// <summary>How long ago <paramref name="entry"/> was last extended.</summary>
    /// <remarks>The wall clock only where the monotonic one cannot tell: other clocks, and a TTL that was shortened, which keeps the later expiry.</remarks>
    public static TimeSpan AgeOf(LockView view, LockEntry entry)
    {
        var age = TimeSpan.FromMilliseconds(view.Now.Ms - entry.ExpiresMs) + entry.Ttl;
        return view.Now.Clock is not null && view.Now.Clock == entry.Clock && age >= TimeSpan.Zero ? age : view.Now.Wall - entry.RenewedAt;
    }

    /// <summary>An entry of a record as users see it.</summary>
    public static Lease ToLease(LockView view, LockRecord record, LockEntry entry) => new()
    {
        Resource = record.Resource.ToString(),
        RequestedAs = entry.RequestedAs,
        Agent = entry.Agent,
        Mode = record.Mode,
        LeaseId = entry.LeaseId,
        FencingToken = entry.FencingToken,
        Reason = entry.Reason,
        AcquiredAt = entry.AcquiredAt,
        RenewedAt = entry.RenewedAt,
        ExpiresAt = entry.ExpiresAt,
        Ttl = entry.Ttl,
        Session = entry.Session,
        Host = entry.Host,
        Pid = entry.Pid,
        State = view.StateOf(entry),
        Broken = entry.Broken,
    };

    /// <summary>An unreadable lock file as users see it.</summary>
    public static Lease ToLease(LockView view, UnreadableLock file) => new()
    {
        Resource = file.Resource?.ToString(),
        RequestedAs = file.File,
        Agent = "unreadable",
        State = view.IsLive(file) ? LeaseState.Unreadable : LeaseState.Expired,
        Reason = file.Why,
        RenewedAt = file.ModifiedAt,
        ExpiresAt = file.ModifiedAt + LockView.UnreadableHolds,
        Ttl = LockView.UnreadableHolds,
    };

    private static LockEvent Event(LockView view, LockEventKind kind, LockRecord record, LockEntry entry, string? by = null, string? why = null) =>
        new(0, view.Now.Wall, kind, record.Resource.ToString(), entry.Agent, entry.LeaseId, entry.FencingToken, by, why);

    private static LockEvent Unreadable(LockView view, UnreadableLock file, LockEventKind kind, string? by, string? why) =>
        new(0, view.Now.Wall, kind, file.Resource?.ToString() ?? file.File, "unreadable", LeaseId: null, FencingToken: null, by, why);
}
