using SwarmLocks.Policy;

namespace SwarmLocks.Tests.Unit.Policy;

/// <summary>A store in memory, without a disk or a clock: applies what the policy decides, and lets a test move time and end sessions.</summary>
internal sealed class PolicyWorld
{
    public const string Boot = "boot-1/time-1";
    private int _leases;

    public long NowMs { get; set; } = 1_000_000;

    public DateTimeOffset Wall => DateTimeOffset.UnixEpoch.AddDays(20_000).AddMilliseconds(NowMs);

    public long Token { get; set; }

    public int TaskLimit { get; set; } = 3;

    public Dictionary<LockResource, LockRecord> Records { get; } = [];

    public SortedDictionary<long, LockWaiter> Waiters { get; } = [];

    public HashSet<string> Dead { get; } = [];

    public List<UnreadableLock> Unreadable { get; } = [];

    public List<LockEvent> Events { get; } = [];

    public LockView View => new()
    {
        Now = new StoreTime(NowMs, Wall, Boot, Wall.AddDays(-1)),
        LastToken = Token,
        Records = [.. Records.Values],
        Waiters = [.. Waiters.Values],
        DeadSessions = Dead,
        Unreadable = Unreadable,
    };

    public int? Limit(string kind) => kind == "task" ? TaskLimit : null;

    public LockAsk Ask(string agent, string[] resources, LockMode mode = LockMode.Exclusive, string? session = null, bool waits = false, long? ticket = null, double ttl = 300, string? reason = null) => new()
    {
        Agent = agent,
        Session = session,
        WaiterSession = session,
        Mode = mode,
        Waits = waits,
        Ticket = ticket,
        Reason = reason,
        Resources = [.. resources.Select(r => new AskedResource(LockResource.FromCanonical(r), r, null, TimeSpan.FromSeconds(ttl), $"lease-{++_leases}"))],
        Host = "host",
        Pid = 1,
        MaxAbandonments = Limit,
    };

    public AcquireVerdict Acquire(string agent, string resource, LockMode mode = LockMode.Exclusive, string? session = null, double ttl = 300, string? reason = null) =>
        Acquire(Ask(agent, [resource], mode, session, ttl: ttl, reason: reason));

    public AcquireVerdict Acquire(LockAsk ask) => Apply(LockPolicy.Acquire(View, ask));

    /// <summary>Stands in line, and returns the place.</summary>
    public long Wait(string agent, string resource, LockMode mode = LockMode.Exclusive) => Acquire(Ask(agent, [resource], mode, waits: true)).Ticket!.Value;

    /// <summary>Looks again from a place in line.</summary>
    public AcquireVerdict Poll(string agent, long ticket, string resource, LockMode mode = LockMode.Exclusive) =>
        Acquire(Ask(agent, [resource], mode, waits: true, ticket: ticket));

    public ReleaseVerdict Release(params Lease[] leases) => Apply(LockPolicy.Release(View, [.. leases.Select(RefOf)]));

    public RenewVerdict Renew(Lease lease, TimeSpan? ttl = null) => Apply(LockPolicy.Renew(View, [RefOf(lease)], ttl));

    public IReadOnlyList<Lease> Reap() => Apply(LockPolicy.Reap(View, [.. Records.Keys.Select(r => new LeaseTarget(r, null))], "reaper"));

    public BreakResult Break(string resource, bool now = false) =>
        Apply(LockPolicy.Break(View, [new LeaseTarget(LockResource.FromCanonical(resource), null)], "breaker", "it is urgent", now));

    public IReadOnlyList<string> Reset(string resource) => Apply(LockPolicy.Reset(View, [LockResource.FromCanonical(resource)], "boss"));

    public T Apply<T>(Decision<T> decision)
    {
        if (decision.Changes is not { } changes)
            return decision.Result;
        if (changes.Token is { } token)
        {
            Assert.True(token > Token, "tokens grow");
            Token = token;
        }
        foreach (var file in changes.SetAside)
            Assert.True(Unreadable.Remove(file));
        foreach (var resource in changes.Deletes)
            Records.Remove(resource);
        foreach (var record in changes.Writes)
            Records[record.Resource] = record;
        foreach (long ticket in changes.WaiterDeletes)
            Waiters.Remove(ticket);
        foreach (var waiter in changes.WaiterWrites)
            Waiters[waiter.Ticket] = waiter;
        Events.AddRange(changes.Events);
        return decision.Result;
    }

    public static LeaseRef RefOf(Lease lease) => new(LockResource.FromCanonical(lease.Resource!), lease.LeaseId!);
}
