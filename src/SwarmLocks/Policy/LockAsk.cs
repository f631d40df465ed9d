namespace SwarmLocks.Policy;

/// <summary>A request that has been checked and resolved; only this reaches the policy.</summary>
internal sealed record LockAsk
{
    public required string Agent { get; init; }

    /// <summary>The session its leases are tied to; null for leases that outlive the process.</summary>
    public required string? Session { get; init; }

    /// <summary>Distinct resources, in the order asked for.</summary>
    public required IReadOnlyList<AskedResource> Resources { get; init; }

    public required LockMode Mode { get; init; }

    public string? Reason { get; init; }

    /// <summary>The place in line, once there is one.</summary>
    public long? Ticket { get; init; }

    /// <summary>True for a request that will stand in line when it is not granted.</summary>
    public bool Waits { get; init; }

    /// <summary>True for the last look of a request whose wait is over.</summary>
    public bool TimedOut { get; init; }

    /// <summary>The session of the process that waits, so that its place is free as soon as it dies.</summary>
    public string? WaiterSession { get; init; }

    /// <summary>After how many abandonments a kind of resource is refused; null for never.</summary>
    public required Func<string, int?> MaxAbandonments { get; init; }

    public required string? Host { get; init; }

    public required int? Pid { get; init; }

    public bool Conflicts(LockMode held) => Mode == LockMode.Exclusive || held == LockMode.Exclusive;
}

/// <summary>One resource of a request.</summary>
/// <param name="Resource">What is asked for.</param>
/// <param name="RequestedAs">How it was spelt.</param>
/// <param name="RequestedFrom">The folder that spelling is relative to, itself relative to the root; null for the root.</param>
/// <param name="Ttl">How long the lease lasts.</param>
/// <param name="NewLeaseId">The id to use if a lease is made.</param>
internal sealed record AskedResource(LockResource Resource, string RequestedAs, string? RequestedFrom, TimeSpan Ttl, string NewLeaseId);

/// <summary>A resource that was abandoned too often.</summary>
/// <param name="Resource">Which.</param>
/// <param name="Stale">Its holders that are stale and not counted yet.</param>
internal sealed record Abandonment(LockResource Resource, IReadOnlyList<Lease> Stale);

/// <summary>What the policy says to a request.</summary>
internal sealed record AcquireVerdict
{
    public required AcquireOutcome Outcome { get; init; }

    public long FencingToken { get; init; }

    public IReadOnlyList<GrantedLease> Leases { get; init; } = [];

    public IReadOnlyList<LockConflict> Conflicts { get; init; } = [];

    public IReadOnlyList<string> Cycle { get; init; } = [];

    /// <summary>What nobody gets before a reset.</summary>
    public IReadOnlyList<Abandonment> Abandoned { get; init; } = [];

    /// <summary>The place in line after a refusal, when the request waits.</summary>
    public long? Ticket { get; init; }

    /// <summary>How many live requests stand before it.</summary>
    public int Ahead { get; init; }

    /// <summary>The last of those: nothing can change for this request before that one has left.</summary>
    public LockWaiter? Behind { get; init; }
}
