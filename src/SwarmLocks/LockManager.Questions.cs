using SwarmLocks.Policy;
using SwarmLocks.Requests;

namespace SwarmLocks;

/// <content>Questions: they take no guard and change nothing.</content>
public sealed partial class LockManager
{
    /// <inheritdoc/>
    public Task<WhoHasResult> WhoHasAsync(string resource, CancellationToken cancellationToken = default) => Answer(() =>
    {
        var resolved = _requests.Resolve(resource);
        var view = _store.Read(LockScope.Request([resolved]));
        return new WhoHasResult(resolved.ToString(), LockPolicy.Overlapping(view, resolved), LockPolicy.Waiting(view, resolved))
        {
            Abandoned = Abandoned(view, resolved, agent: null) is { } abandoned ? LockMessages.Abandoned([abandoned], Story(), _time) : null,
        };
    }, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> IsLockedAsync(string resource, CancellationToken cancellationToken = default) => Answer(() =>
    {
        var resolved = _requests.Resolve(resource);
        var view = _store.Read(new LockScope([resolved], Overlapping: true, Waiters: false));
        return LockPolicy.Overlapping(view, resolved).Any(l => l.State is LeaseState.Live or LeaseState.Unreadable);
    }, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Lease>> ListAsync(string? holder = null, bool staleOnly = false, CancellationToken cancellationToken = default) =>
        Answer<IReadOnlyList<Lease>>(() =>
        {
            CheckAgent(holder);
            var all = LockPolicy.Leases(_store.Read(new LockScope(null, Overlapping: true, Waiters: false)));
            return holder is null && !staleOnly
                ? all
                : [.. all.Where(l => (holder is null || l.Agent == holder) && (!staleOnly || l.State is LeaseState.Expired or LeaseState.Dead))];
        }, cancellationToken);

    /// <inheritdoc/>
    public Task<int> CountStaleLocksAsync(CancellationToken cancellationToken = default) => Answer(() =>
        LockPolicy.Leases(_store.Read(new LockScope(null, Overlapping: true, Waiters: false))).Count(l => l.State is LeaseState.Expired or LeaseState.Dead), cancellationToken);

    /// <inheritdoc/>
    public Task<CheckResult> CheckAsync(
        string agent, IReadOnlyList<string> resources, LockMode mode = LockMode.Exclusive, long? fencingToken = null, CancellationToken cancellationToken = default) =>
        Answer(() =>
        {
            RequestResolver.CheckAgent(agent);
            RequestResolver.CheckMode(mode);
            var asked = _requests.ResolveAll(resources);
            var seen = _store.Read(new LockScope([.. asked.Select(a => a.Resource)], Overlapping: true, Waiters: false));
            // Judged as late as can be, by a clock that is read once more: whoever was stopped while it looked, at the files or at who lives, may have lost it since.
            var view = seen.At(_store.Read(LockScope.Exactly([])).Now);
            var covering = asked.Select(a => new { a.Text, a.Resource, Lease = LockPolicy.Covering(view, agent, a.Resource, mode, fencingToken) }).ToList();
            var leases = covering.Where(c => c.Lease is not null).Select(c => c.Lease!).DistinctBy(l => l.LeaseId).ToList();
            // With another token it is held, and acquiring it again would not change that.
            if (fencingToken is { } token && covering.Find(c => c.Lease is null) is { } none && LockPolicy.Covering(view, agent, none.Resource, mode, fencingToken: null) is { } other)
            {
                return new CheckResult(
                    Held: false, leases,
                    $"{agent} does not hold {none.Text} with fencing token {token}, since its lease on {other.Resource} has {other.FencingToken}: use that one, and if the lease with the other was lost, read again before writing.");
            }
            return covering.Find(c => c.Lease is null) is { } missing
                ? new CheckResult(Held: false, leases, $"{agent} does not hold {missing.Text}{Instead(view, agent, missing.Text, missing.Resource, fencingToken)}.")
                : new CheckResult(Held: true, leases, $"{agent} holds {string.Join(", ", asked.Select(a => a.Text))} {LockMessages.Until(leases.Min(l => l.ExpiresAt), _time)}.");
        }, cancellationToken);

    /// <inheritdoc/>
    public async Task<WaitResult> WaitUntilFreeAsync(
        IReadOnlyList<string> resources, TimeSpan timeout, string? agent = null, CancellationToken cancellationToken = default) =>
        await _waits.RunAsync(token => UntilFreeAsync(resources, timeout, agent, token), cancellationToken).ConfigureAwait(false);

    private async ValueTask<WaitResult> UntilFreeAsync(IReadOnlyList<string> resources, TimeSpan timeout, string? agent, CancellationToken cancellationToken)
    {
        CheckAgent(agent);
        RequestResolver.CheckWait(timeout);
        var asked = _requests.ResolveAll(resources).Select(r => new AskedResource(r.Resource, r.Text, _requests.From, TimeSpan.Zero, "")).ToList();
        var scope = new LockScope([.. asked.Select(a => a.Resource)], Overlapping: true, Waiters: false);
        long start = _time.GetTimestamp();
        var pause = _options.PollMin;
        ChangeInterest? interest = null;
        while (true)
        {
            using var watch = _store.Watch(interest);
            var view = _store.Read(scope);
            var conflicts = LockPolicy.InTheWay(view, asked, agent);
            var waited = _time.GetElapsedTime(start);
            if (conflicts.Count == 0)
            {
                // As acquire would say: waiting does not end this.
                var abandoned = asked.Select(a => Abandoned(view, a.Resource, agent)).OfType<Abandonment>().ToList();
                return abandoned.Count == 0
                    ? new WaitResult(Free: true, waited, [], $"{string.Join(", ", resources)} {(resources.Count == 1 ? "is" : "are")} free.")
                    : new WaitResult(Free: false, waited, [], LockMessages.Abandoned(abandoned, Story(), _time));
            }
            var left = timeout == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : timeout - waited;
            if (left <= TimeSpan.Zero)
                return new WaitResult(Free: false, waited, conflicts, $"{string.Join(", ", resources)} {(resources.Count == 1 ? "is" : "are")} not free yet: {LockMessages.InTheWay(conflicts[0], _time)}.");
            if (ChangeInterest.In(conflicts) is var next && next != interest)
            {
                // What is not listened for yet may have gone since this look.
                cancellationToken.ThrowIfCancellationRequested();
                interest = next;
                continue;
            }
            var jittered = pause * (0.5 + (Random.Shared.NextDouble() / 2));
            bool heard = await watch.WaitAsync(jittered < left ? jittered : left, cancellationToken).ConfigureAwait(false);
            pause = heard ? _options.PollMin : pause * 2 < _options.PollMax ? pause * 2 : _options.PollMax;
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<LockEvent>> HistoryAsync(HistoryQuery query, CancellationToken cancellationToken = default) =>
        Answer<IReadOnlyList<LockEvent>>(() =>
        {
            ArgumentNullException.ThrowIfNull(query);
            if (query.Since < TimeSpan.Zero)
                throw new LockUsageException($"The time since when is {Durations.Format(query.Since.Value)}: give 0 or more, or none for all.");
            if (query.Limit < 1)
                throw new LockUsageException($"The limit of events is {query.Limit}: give 1 or more, or none for all.");
            CheckAgent(query.Holder);
            string? resource = query.Resource is null ? null : _requests.Resolve(query.Resource).ToString();
            var oldest = query.Since is { } since && since < _time.GetUtcNow() - DateTimeOffset.MinValue ? _time.GetUtcNow() - since : DateTimeOffset.MinValue;
            var events = _store.ReadJournal()
                .Where(e => e.At >= oldest && (resource is null || e.Resource == resource) && (query.Holder is null || e.Agent == query.Holder));
            return [.. query.Limit is { } limit ? events.TakeLast(limit) : events];
        }, cancellationToken);

    private static void CheckAgent(string? agent)
    {
        if (agent is not null)
            LockRequest.CheckAgent(agent);
    }

    private Abandonment? Abandoned(LockView view, LockResource resource, string? agent) =>
        _requests.MaxAbandonments(resource) is { } max ? LockPolicy.Abandoned(view, resource, max, agent, session: null) : null;

    private IEnumerable<LockEvent> Story()
    {
        try
        {
            return _store.ReadJournal();
        }
        catch (LockStoreException)
        {
            // The answer has to be given whether or not its story can be told.
            return [];
        }
    }

    /// <summary>What became of the agent's own lease, who has it instead, and what to do next.</summary>
    private string Instead(LockView view, string agent, string text, LockResource resource, long? fencingToken)
    {
        var overlapping = LockPolicy.Overlapping(view, resource);
        string own = overlapping.FirstOrDefault(l => l.Agent == agent) is { } lease
            ? OwnInstead(lease, fencingToken)
            : Story().LastOrDefault(e => e.Agent == agent && e.LeaseId is not null && IsOn(e.Resource, resource)) is { } end
                ? $" any more ({LockMessages.Ended(end, _time)})"
                : "";
        return overlapping.FirstOrDefault(l => l.Agent != agent && l.State is LeaseState.Live or LeaseState.Unreadable) is { } other
            ? $"{own}; {LockMessages.InTheWay(new LockConflict(text, other, Queued: null, text), _time)}: do not write it before you got it, in line with 'swarmlocks acquire --wait 5m'"
            : $"{own}: acquire it before writing";
    }

    /// <summary>Whether an event is about the resource itself or a folder that it is in.</summary>
    private static bool IsOn(string locked, LockResource resource) =>
        locked == resource.ToString() || (locked.EndsWith('/') && resource.ToString().StartsWith(locked, StringComparison.Ordinal));

    private string OwnInstead(Lease own, long? fencingToken) => own switch
    {
        { Broken: { } mark } => $" any more (broken by {mark.By}: \"{mark.Why}\")",
        { State: LeaseState.Expired } => $" any more (expired at {LockMessages.Clock(own.ExpiresAt, _time)})",
        { State: LeaseState.Dead } => " any more (the process that held it has ended)",
        _ when fencingToken is { } token && own.FencingToken != token => $" with fencing token {token} (its lease on {own.Resource} has {own.FencingToken})",
        _ => $" as a whole (its lease on {own.Resource} is {(own.Mode == LockMode.Shared ? "shared" : "narrower")})",
    };

    private static Task<T> Answer<T>(Func<T> answer, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<T>(cancellationToken);
        try
        {
            return Task.FromResult(answer());
        }
        catch (Exception error)
        {
            return Task.FromException<T>(error);
        }
    }
}
