using SwarmLocks.Holding;
using SwarmLocks.Policy;
using SwarmLocks.Requests;

namespace SwarmLocks;

/// <content>Renewing and ending leases by name.</content>
public sealed partial class LockManager
{
    /// <inheritdoc/>
    public async Task<IReadOnlyList<Lease>> RenewAsync(LeaseSelector leases, TimeSpan? ttl = null, CancellationToken cancellationToken = default)
    {
        if (ttl is { } given)
            _options.CheckTtl(given, "the TTL");
        var selection = Select(leases, ofAnyProcess: true);
        long sent = _time.GetTimestamp();
        // As long as there is something left to keep: whoever gives up earlier loses what could have been extended. What is about to lapse is waited for all the same,
        // since "expired" is an answer and "busy" is none. Nothing named makes no store.
        var bound = selection.Remaining > _options.GuardTimeout ? selection.Remaining : _options.GuardTimeout;
        var verdict = selection.Refs.Count == 0
            ? new RenewVerdict([], [])
            : await _store.TransactAsync(selection.Scope, bound, view => LockPolicy.Renew(view, selection.Refs, ttl, _store.SessionId), cancellationToken).ConfigureAwait(false);
        var late = verdict.Renewed.Where(l => _time.GetElapsedTime(sent) >= l.Ttl).ToList();
        var lost = Told(verdict.Lost)
            .Concat(late.Select(l => new Unaffected(l.Resource!, "the answer came after its expiry")))
            .Concat(selection.Missing)
            .Concat(selection.HeldByOthers.Select(l => new Unaffected(l.Resource ?? l.RequestedAs!, InTheWay(l))))
            .ToList();
        var renewed = verdict.Renewed.Except(late).ToList();
        _keeper.Renewed(renewed, sent);
        return lost.Count == 0 ? renewed : throw new LockExpiredException(
            $"{leases.Agent} does not hold {string.Join("; ", lost.Select(l => $"{l.Resource}: {l.Why}"))}.", lost, renewed);
    }

    /// <inheritdoc/>
    public async Task<ReleaseResult> ReleaseAsync(LeaseSelector leases, CancellationToken cancellationToken = default)
    {
        var selection = Select(leases);
        if (selection.Refs.Count == 0)
            return new ReleaseResult([], selection.Missing, selection.HeldByOthers);
        IReadOnlyList<KeptLease> lost = [];
        try
        {
            var verdict = await _store.TransactAsync(
                selection.Scope, _options.GuardTimeout, view =>
                {
                    lost = _keeper.Releasing(selection.Refs.Select(r => r.LeaseId));
                    return LockPolicy.Release(view, selection.Refs);
                },
                cancellationToken).ConfigureAwait(false);
            return new ReleaseResult(verdict.Released(), [.. Told(verdict.Lost), .. selection.Missing], selection.HeldByOthers);
        }
        finally
        {
            _keeper.Tell(lost);
        }
    }

    /// <inheritdoc/>
    public Task<ReleaseResult> ReleaseAllAsync(string agent, CancellationToken cancellationToken = default) => ReleaseAsync(LeaseSelector.All(agent), cancellationToken);

    /// <inheritdoc/>
    public async Task<BreakResult> BreakAsync(string resourceOrLeaseId, string by, string reason, bool now = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(resourceOrLeaseId);
        RequestResolver.CheckAgent(by);
        RequestResolver.CheckReason(reason);
        if (string.IsNullOrWhiteSpace(reason))
            throw new LockUsageException("A break needs a reason: the holder will be told.");
        var view = _store.Read(LockScope.All);
        var targets = view.Records
            .SelectMany(record => record.Holders.Where(e => e.LeaseId == resourceOrLeaseId).Select(e => new LeaseTarget(record.Resource, e.LeaseId)))
            .ToList();
        if (targets.Count == 0 && !Guid.TryParseExact(resourceOrLeaseId, "n", out _))
        {
            var resource = _requests.Resolve(resourceOrLeaseId);
            // Only where nothing has this very name: an unreadable file with a hashed name is found by it, too.
            targets = view.Find(resource) is null
                ? [.. view.Records.Where(r => r.Holders.Any(e => IsSpelt(e, resourceOrLeaseId))).Select(r => new LeaseTarget(r.Resource, LeaseId: null))]
                : [];
            targets.Add(new LeaseTarget(resource, LeaseId: null));
        }
        var result = await _store.TransactAsync(
            LockScope.Exactly([.. targets.Select(t => t.Resource).Distinct()]), _options.GuardTimeout,
            current => LockPolicy.Break(current, targets, by, reason, now), cancellationToken).ConfigureAwait(false);
        return result.Broken.Count + result.Pending.Count > 0 ? result : result with
        {
            Overlapping = [.. targets.SelectMany(t => LockPolicy.Overlapping(view, t.Resource)).Where(l => l.State is LeaseState.Live or LeaseState.Unreadable)],
        };
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ResetAsync(string resource, string by, CancellationToken cancellationToken = default)
    {
        RequestResolver.CheckAgent(by);
        LockResource[] resources = [_requests.Resolve(resource)];
        return await _store.TransactAsync(
            LockScope.Exactly(resources), _options.GuardTimeout, view => LockPolicy.Reset(view, resources, by), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Finds the leases that a selector means, by looking without the guard; whether each still stands is decided under it.</summary>
    /// <param name="selector">Which.</param>
    /// <param name="ofAnyProcess">Whether one that is named, and not held here, may be a live one of another process of the agent.</param>
    private Selection Select(LeaseSelector selector, bool ofAnyProcess = false)
    {
        ArgumentNullException.ThrowIfNull(selector);
        RequestResolver.CheckAgent(selector.Agent);
        if (selector.Resources is { } resources)
            return SelectByResource(selector.Agent, resources, ofAnyProcess);
        var view = _store.Read(LockScope.All);
        var own = OwnIn(view, selector.Agent);
        if (selector.IsAll)
            return new Selection([.. own.Select(RefOf)], [], [], Longest(view, own));
        if (ofAnyProcess)
            own.AddRange(OfOthersIn(view, selector.Agent));
        var ids = selector.LeaseIds!;
        var named = own.FindAll(o => ids.Contains(o.Entry.LeaseId));
        var found = named.Select(RefOf).ToList();
        var others = LockPolicy.Leases(view).Where(l => ids.Contains(l.LeaseId) && l.Agent != selector.Agent).ToList();
        var missing = ids.Where(id => !found.Exists(f => f.LeaseId == id) && !others.Exists(l => l.LeaseId == id))
            .Select(id => new Unaffected(id, Why(view, selector.Agent, l => l.LeaseId == id, e => e.LeaseId == id)));
        return new Selection(found, [.. missing], others, Longest(view, named));
    }

    private Selection SelectByResource(string agent, IReadOnlyList<string> texts, bool ofAnyProcess)
    {
        var asked = texts.Select(text => new NamedLease(text, TryResolve(text, out var trouble), trouble)).ToList();
        var known = asked.Where(a => a.Resource is not null).Select(a => a.Resource!).ToList();
        var view = _store.Read(new LockScope(known, Overlapping: true, Waiters: false));
        var own = OwnIn(view, agent);
        // A link may lead elsewhere by now, or a folder have taken the place of a file: then the spelling finds the lease, wherever it is.
        if (asked.Exists(a => !own.Exists(o => o.Record.Resource.Equals(a.Resource))))
            own = OwnIn(view = _store.Read(LockScope.All), agent);

        var found = new List<HeldEntry>();
        var missing = new List<Unaffected>();
        var others = new List<Lease>();
        foreach (var (text, resource, trouble) in asked)
        {
            bool IsMeant(HeldEntry o) => o.Record.Resource.Equals(resource) || IsSpelt(o.Entry, text);
            var mine = own.FindAll(IsMeant);
            if (mine.Count == 0 && ofAnyProcess)
                mine = OfOthersIn(view, agent).FindAll(IsMeant);
            found.AddRange(mine);
            if (mine.Count > 0)
                continue;
            if (resource is null)
                throw trouble!;
            var held = LockPolicy.Overlapping(view, resource).Where(l => l.Agent != agent && l.State is LeaseState.Live or LeaseState.Unreadable).ToList();
            others.AddRange(held);
            if (held.Count == 0)
                missing.Add(new Unaffected(text, Why(view, agent, l => l.Resource == resource.ToString(), e => e.Resource == resource.ToString())));
        }
        return new Selection(
            [.. found.Select(RefOf).Distinct()], missing, [.. others.DistinctBy(l => new { l.LeaseId, l.RequestedAs })], Longest(view, found));
    }

    private LockResource? TryResolve(string text, out LockUsageException? trouble)
    {
        try
        {
            trouble = null;
            return _requests.Resolve(text);
        }
        catch (LockUsageException error)
        {
            trouble = error;
            return null;
        }
    }

    /// <summary>What the agent holds in this process, and without a session.</summary>
    private List<HeldEntry> OwnIn(LockView view, string agent) => HeldIn(view, entry => entry.Agent == agent && IsOurs(entry));

    /// <summary>What other processes of the agent hold and keep.</summary>
    private List<HeldEntry> OfOthersIn(LockView view, string agent) =>
        HeldIn(view, entry => entry.Agent == agent && !IsOurs(entry) && entry.Broken is null && view.IsLive(entry));

    private bool IsOurs(LockEntry entry) => entry.Session is null || entry.Session == _store.SessionId;

    private static List<HeldEntry> HeldIn(LockView view, Predicate<LockEntry> isMeant)
    {
        var own = new List<HeldEntry>();
        foreach (var record in view.Records)
        {
            foreach (var entry in record.Holders)
            {
                if (isMeant(entry))
                    own.Add(new HeldEntry(record, entry));
            }
        }
        return own;
    }

    /// <summary>How long until the last of them lapses.</summary>
    private static TimeSpan Longest(LockView view, IReadOnlyList<HeldEntry> found)
    {
        var longest = TimeSpan.Zero;
        foreach (var held in found)
        {
            var left = view.Now.Until(held.Entry.Expiry);
            longest = left > longest ? left : longest;
        }
        return longest;
    }

    private static LeaseRef RefOf(HeldEntry own) => new(own.Record.Resource, own.Entry.LeaseId);

    private bool IsSpelt(LockEntry entry, string text) => entry.RequestedAs == text && entry.RequestedFrom == _requests.From;

    /// <summary>Why the agent has no such lease here.</summary>
    private string Why(LockView view, string agent, Func<Lease, bool> isIt, Func<LockEvent, bool> isAbout)
    {
        if (LockPolicy.Leases(view).FirstOrDefault(l => l.Agent == agent && isIt(l)) is { } other)
            return $"another process of {agent} holds it (pid {other.Pid}), and only that one gives it back";
        return _store.ReadJournal().LastOrDefault(e => e.Agent == agent && e.LeaseId is not null && isAbout(e)) is { } end
            ? LockMessages.Ended(end, _time)
            : $"{agent} never acquired it, as far as the journal goes back";
    }

    private string InTheWay(Lease other) => LockMessages.InTheWay(new LockConflict(other.RequestedAs ?? "", other, Queued: null, ""), _time);

    private IEnumerable<Unaffected> Told(IReadOnlyList<LostLease> lost)
    {
        var journal = lost.Any(l => l.Lease is null) ? _store.ReadJournal().ToList() : [];
        return lost.Select(l => new Unaffected(l.Ref.Resource.ToString(), LockMessages.Lost(l, journal.LastOrDefault(e => e.LeaseId == l.Ref.LeaseId), _time)));
    }

    /// <summary>A holder, and the record that it stands in.</summary>
    private sealed record HeldEntry(LockRecord Record, LockEntry Entry);

    /// <summary>A lease named by its resource; the trouble is why that is none.</summary>
    private sealed record NamedLease(string Text, LockResource? Resource, LockUsageException? Trouble);

    private sealed record Selection(IReadOnlyList<LeaseRef> Refs, IReadOnlyList<Unaffected> Missing, IReadOnlyList<Lease> HeldByOthers, TimeSpan Remaining)
    {
        public LockScope Scope => LockScope.Exactly([.. Refs.Select(r => r.Resource).Distinct()]);
    }
}
