namespace SwarmLocks.Policy;

/// <summary>
/// Every rule about who gets what. Pure: it sees a view and a request, and says the answer and what changes; no disk, no clock, no waiting.
/// </summary>
internal static partial class LockPolicy
{
    /// <summary>How long a request keeps its place in line after its last look.</summary>
    public static readonly TimeSpan WaiterTtl = TimeSpan.FromSeconds(10);

    /// <summary>
    /// All of it or nothing. Refused by live leases of other agents that overlap and exclude, by unreadable lock files, and by earlier
    /// requests in line, unless those wait for the asker; stale leases in the way are taken over.
    /// </summary>
    public static Decision<AcquireVerdict> Acquire(LockView view, LockAsk ask)
    {
        var changes = new LockChanges();
        DropDeadWaiters(view, changes);
        // Whoever did not look for too long has lost its place, and asks again from the end of the line.
        if (ask.Ticket is not null && !StandsInLine(view, ask))
            ask = ask with { Ticket = null };

        var obstacles = Obstacles(view, ask);
        IReadOnlyList<Blocker> ahead = [];
        // The graph costs a look at every pair in line: build it only where somebody waits.
        var graph = view.Waiters.Count > 0 ? WaitGraph.Of(view, ask, out ahead) : null;

        if (obstacles.Conflicts.Count > 0 || ahead.Count > 0)
        {
            if (!ask.Waits)
                return Refused(view, ask, ask.TimedOut ? AcquireOutcome.Timeout : AcquireOutcome.Conflict, obstacles, ahead, changes);
            return Cycle(graph, ask, obstacles) is { } cycle
                ? Refused(view, ask, AcquireOutcome.Deadlock, obstacles, ahead, changes, cycle)
                : InLine(view, ask, obstacles, ahead, changes);
        }
        var abandoned = Abandoned(view, ask);
        if (abandoned.Count > 0)
            return Refused(view, ask, AcquireOutcome.Abandoned, obstacles, ahead, changes, abandoned: abandoned);
        return Granted(view, ask, obstacles, changes);
    }

    private static bool StandsInLine(LockView view, LockAsk ask) => view.Waiters.Any(w => IsOwn(w, ask) && view.IsLive(w));

    /// <summary>Takes a request out of line, if it still stands there.</summary>
    public static Decision<bool> Leave(LockView view, LockAsk ask)
    {
        var changes = new LockChanges();
        foreach (var waiter in view.Waiters.Where(w => IsOwn(w, ask)))
            changes.DeleteWaiter(waiter.Ticket);
        return new(true, changes);
    }

    private static Found Obstacles(LockView view, LockAsk ask)
    {
        var found = new Found();
        foreach (var asked in ask.Resources.Each())
        {
            foreach (var record in view.Records.Each())
            {
                if (GlobOverlap.Witness(asked.Resource, record.Resource) is not { } witness)
                    continue;
                bool excludes = ask.Conflicts(record.Mode);
                // A stale entry goes when it stands in the way, and in the asked record itself, which is rewritten anyway.
                bool rewritten = record.Resource.Equals(asked.Resource);
                foreach (var entry in record.Holders.Each())
                {
                    if (!view.IsLive(entry))
                    {
                        if ((excludes && entry.Agent != ask.Agent) || rewritten)
                            found.Add(new Stale(record, entry, asked));
                    }
                    else if ((excludes && entry.Agent != ask.Agent) || (rewritten && IsOwn(entry, ask) && entry.Broken is not null))
                    {
                        found.Add(new LockConflict(asked.RequestedAs, ToLease(view, record, entry), Queued: null, witness));
                    }
                }
            }
            foreach (var file in view.Unreadable.Each())
            {
                if (file.Resource is { } resource && GlobOverlap.Witness(asked.Resource, resource) is null)
                    continue;
                if (view.IsLive(file))
                    found.Add(new LockConflict(asked.RequestedAs, ToLease(view, file), Queued: null, file.Resource?.ToString() ?? asked.RequestedAs));
                else if (!found.OldUnreadable.Contains(file))
                    found.Add(file);
            }
        }
        return found;
    }

    /// <summary>
    /// The asker and everyone it would wait for in a circle. Only holders matter: an edge of the line never closes a cycle.
    /// It must start at somebody who holds what this request asks for; another request of the same agent may be in a cycle of its own.
    /// </summary>
    private static IReadOnlyList<string>? Cycle(WaitGraph? graph, LockAsk ask, Found found) =>
        graph is null ? null : found.Conflicts
            .Where(c => c.Held is { State: LeaseState.Live } held && held.Agent != ask.Agent)
            .Select(c => graph.PathBetween(c.Held!.Agent, ask.Agent))
            .Where(path => path is not null)
            .OrderBy(path => path!.Count)
            .Select(path => (IReadOnlyList<string>)[ask.Agent, .. path!])
            .FirstOrDefault();

    /// <summary>The number alone is not enough: a store that was deleted and made anew may have given it to somebody else.</summary>
    private static bool IsOwn(LockWaiter waiter, LockAsk ask) => waiter.Ticket == ask.Ticket && waiter.Agent == ask.Agent && waiter.Session == ask.WaiterSession;

    private static LockEntry? OwnIn(LockRecord record, LockAsk ask)
    {
        foreach (var entry in record.Holders.Each())
        {
            if (IsOwn(entry, ask))
                return entry;
        }
        return null;
    }

    private static bool IsOwn(LockEntry entry, LockAsk ask) => entry.Agent == ask.Agent && entry.Session == ask.Session;

    private static IReadOnlyList<Abandonment> Abandoned(LockView view, LockAsk ask)
    {
        IReadOnlyList<Abandonment> abandoned = [];
        foreach (var asked in ask.Resources.Each())
        {
            if (ask.MaxAbandonments(asked.Resource.Kind) is { } max && Abandoned(view, asked.Resource, max, ask.Agent, ask.Session) is { } one)
                abandoned = abandoned.And(one);
        }
        return abandoned;
    }

    /// <summary>
    /// Why nobody gets <paramref name="resource"/> before a reset; null when that is not so. Stale holders that nobody has counted yet count too, except the asker's own
    /// lease: the answer must not depend on whether a clean-up came by.
    /// </summary>
    public static Abandonment? Abandoned(LockView view, LockResource resource, int max, string? agent, string? session)
    {
        if (view.Find(resource) is not { } record)
            return null;
        int abandoned = record.Abandoned;
        foreach (var entry in record.Holders.Each())
        {
            if (view.IsLive(entry))
                return null;
            abandoned += entry.Agent == agent && entry.Session == session ? 0 : 1;
        }
        return abandoned < max ? null
            : new Abandonment(resource, [.. record.Holders.Where(e => e.Agent != agent || e.Session != session).Select(e => ToLease(view, record, e))]);
    }

    private static Decision<AcquireVerdict> InLine(
        LockView view, LockAsk ask, Found found, IReadOnlyList<Blocker> ahead, LockChanges changes)
    {
        long ticket = ask.Ticket ?? NextToken(view);
        if (ask.Ticket is null)
            changes.Token = ticket;
        var until = view.Now.After(WaiterTtl);
        changes.WriteWaiter(new LockWaiter
        {
            Ticket = ticket,
            Agent = ask.Agent,
            Session = ask.WaiterSession,
            Mode = ask.Mode,
            Resources = [.. ask.Resources.Select(r => r.Resource)],
            Since = view.Waiters.FirstOrDefault(w => w.Ticket == ticket)?.Since ?? view.Now.Wall,
            PolledAt = until.Renewed,
            ExpiresAt = until.At,
            Clock = until.Clock,
            ExpiresMs = until.Ms,
        });
        return new(
            new AcquireVerdict { Outcome = AcquireOutcome.Conflict, Conflicts = Conflicts(ask, found, ahead), Ticket = ticket, Ahead = ahead.Count, Behind = Last(view, ahead) },
            changes);
    }

    private static LockWaiter? Last(LockView view, IReadOnlyList<Blocker> ahead)
    {
        LockWaiter? last = null;
        foreach (var blocker in ahead)
        {
            if (last is null || blocker.Ticket > last.Ticket)
                last = view.Waiters.First(w => w.Ticket == blocker.Ticket && view.IsLive(w));
        }
        return last;
    }

    private static Decision<AcquireVerdict> Granted(LockView view, LockAsk ask, Found found, LockChanges changes)
    {
        // A stale lease may stand in a record other than the asked one.
        var after = new RecordsAfter(view);
        foreach (var (record, entry, _) in found.Stale.Each())
        {
            var now = after.FindChanged(record.Resource) ?? record;
            if (!now.Holders.Any(e => ReferenceEquals(e, entry)))
                continue;
            bool own = IsOwn(entry, ask);
            after.Put(now with { Holders = Without(now.Holders, entry), Abandoned = now.Abandoned + (own ? 0 : 1) });
            changes.Tell(Event(view, LockEventKind.TakenOver, record, entry, by: ask.Agent, why: view.StateOf(entry) == LeaseState.Dead ? "dead" : "expired"));
        }
        foreach (var file in found.OldUnreadable.Each())
            changes.PutAside(file);

        long? token = null;
        var leases = new GrantedLease[ask.Resources.Count];
        for (int i = 0; i < leases.Length; i++)
        {
            var asked = ask.Resources[i];
            var before = after.Find(asked.Resource);
            var own = before is null ? null : OwnIn(before, ask);
            var entry = own is null ? Entry(view, ask, asked, token ??= NextToken(view)) : Reentered(view, ask, asked, own);
            var record = before is null ? new LockRecord { Resource = asked.Resource, Mode = ask.Mode, Holders = [entry] } : before with
            {
                // Whoever is left in the record is live and either shares, or is the asker's own: never lower what it has.
                Mode = before.Holders.Count > 0 && before.Mode == LockMode.Exclusive ? LockMode.Exclusive : ask.Mode,
                Holders = own is null ? [.. before.Holders, entry] : With(before.Holders, own, entry),
            };
            after.Put(record);
            changes.Tell(Event(view, own is null ? LockEventKind.Acquired : LockEventKind.Renewed, record, entry));
            leases[i] = new GrantedLease(ToLease(view, record, entry), Reentrant: own is not null, found.Stale.Count == 0 ? [] : TookOver(view, found, asked))
            {
                AlsoHeld = before is null || before.Holders.Count == 0 ? [] : AlsoHeld(view, before, ask),
            };
        }

        for (int i = 0; i < after.Count; i++)
            Put(changes, after[i]);
        changes.Token = token;
        if (ask.Ticket is { } ticket)
            changes.DeleteWaiter(ticket);
        return new(
            new AcquireVerdict { Outcome = AcquireOutcome.Granted, Leases = leases, FencingToken = token ?? leases.Max(l => l.Lease.FencingToken) },
            changes);
    }

    private static Lease[] TookOver(LockView view, Found found, AskedResource asked) =>
        [.. found.Stale.Where(s => s.For == asked).Select(s => ToLease(view, s.Record, s.Entry))];

    private static Lease[] AlsoHeld(LockView view, LockRecord record, LockAsk ask) =>
        [.. record.Holders.Where(e => e.Agent == ask.Agent && e.Session != ask.Session && view.IsLive(e)).Select(e => ToLease(view, record, e))];

    private static LockEntry[] With(IReadOnlyList<LockEntry> holders, LockEntry old, LockEntry entry) =>
        [.. holders.Select(e => ReferenceEquals(e, old) ? entry : e)];

    private static LockEntry Entry(LockView view, LockAsk ask, AskedResource asked, long token)
    {
        var until = view.Now.After(asked.Ttl);
        return new LockEntry
        {
            Agent = ask.Agent,
            Session = ask.Session,
            LeaseId = asked.NewLeaseId,
            FencingToken = token,
            Reason = ask.Reason,
            RequestedAs = asked.RequestedAs,
            RequestedFrom = asked.RequestedFrom,
            AcquiredAt = view.Now.Written,
            RenewedAt = until.Renewed,
            ExpiresAt = until.At,
            Ttl = asked.Ttl,
            Host = ask.Host,
            Pid = ask.Pid,
            Clock = until.Clock,
            ExpiresMs = until.Ms,
        };
    }

    /// <summary>Re-entry never shortens a life and keeps the token: it is the same hold.</summary>
    private static LockEntry Reentered(LockView view, LockAsk ask, AskedResource asked, LockEntry own) =>
        Extend(view, own, asked.Ttl > own.Ttl ? asked.Ttl : own.Ttl) with { Reason = ask.Reason ?? own.Reason };

    /// <summary>From now on for <paramref name="ttl"/>; but what was promised already stands.</summary>
    private static LockEntry Extend(LockView view, LockEntry entry, TimeSpan ttl)
    {
        var until = view.Now.After(ttl);
        bool isLater = entry.Clock != until.Clock || until.Ms >= entry.ExpiresMs;
        return entry.Extended(isLater ? until : entry.Expiry with { Renewed = until.Renewed }, ttl);
    }

    /// <summary>Larger than any before, also after the store's counter or the wall clock went back.</summary>
    private static long NextToken(LockView view) => Math.Max(view.LastToken + 1, view.Now.Wall.ToUnixTimeMilliseconds());

    private static void DropDeadWaiters(LockView view, LockChanges changes)
    {
        foreach (var waiter in view.Waiters.Each())
        {
            if (!view.IsLive(waiter))
                changes.DeleteWaiter(waiter.Ticket);
        }
    }

    internal sealed record Stale(LockRecord Record, LockEntry Entry, AskedResource For);

    /// <summary>What a request meets: mostly nothing, and then no list is made.</summary>
    internal sealed class Found
    {
        public IReadOnlyList<LockConflict> Conflicts { get; private set; } = [];

        public IReadOnlyList<Stale> Stale { get; private set; } = [];

        public IReadOnlyList<UnreadableLock> OldUnreadable { get; private set; } = [];

        public void Add(LockConflict conflict) => Conflicts = Conflicts.And(conflict);

        public void Add(Stale stale) => Stale = Stale.And(stale);

        public void Add(UnreadableLock file) => OldUnreadable = OldUnreadable.And(file);
    }
}
