using SwarmLocks.Policy;

namespace SwarmLocks.Tests.Unit.TestSupport;

/// <summary>Records as a decision would write them.</summary>
internal static class Records
{
    public static LockResource Resource(string canonical) => LockResource.FromCanonical(canonical);

    public static LockRecord Held(StoreTime now, string resource, string agent = "a", string? session = null, long token = 1, TimeSpan? ttl = null, LockMode mode = LockMode.Exclusive) =>
        new() { Resource = Resource(resource), Mode = mode, Holders = [Entry(now, agent, session, token, ttl)] };

    public static LockEntry Entry(StoreTime now, string agent = "a", string? session = null, long token = 1, TimeSpan? ttl = null)
    {
        var until = now.After(ttl ?? TimeSpan.FromMinutes(5));
        return new LockEntry
        {
            Agent = agent,
            Session = session,
            LeaseId = $"lease-of-{agent}-{token}",
            FencingToken = token,
            RequestedAs = "as asked",
            AcquiredAt = now.Wall,
            RenewedAt = until.Renewed,
            ExpiresAt = until.At,
            Ttl = ttl ?? TimeSpan.FromMinutes(5),
            Clock = until.Clock,
            ExpiresMs = until.Ms,
        };
    }

    public static LockWaiter Waiter(StoreTime now, long ticket, string agent, string? session, params string[] resources)
    {
        var until = now.After(TimeSpan.FromSeconds(10));
        return new LockWaiter
        {
            Ticket = ticket,
            Agent = agent,
            Session = session,
            Mode = LockMode.Exclusive,
            Resources = [.. resources.Select(Resource)],
            Since = now.Wall,
            PolledAt = until.Renewed,
            ExpiresAt = until.At,
            Clock = until.Clock,
            ExpiresMs = until.Ms,
        };
    }

    /// <summary>Changes that write <paramref name="records"/>.</summary>
    public static LockChanges Writing(params LockRecord[] records)
    {
        var changes = new LockChanges();
        foreach (var record in records)
            changes.Write(record);
        return changes;
    }
}
