namespace SwarmLocks.Tests.Stress.History;

/// <summary>All that is known of one lease, from a grant to its end. A lease that its holder gave up and then got again has two lives.</summary>
internal sealed class LeaseLife(Granted grant, HeldLease lease)
{
    public Granted Grant { get; } = grant;

    public string LeaseId { get; } = lease.LeaseId;

    public long Token { get; } = lease.Token;

    public LockResource Resource { get; } = lease.Resource;

    public string Agent => Grant.Agent;

    /// <summary>When its holder heard of it.</summary>
    public long From => Grant.At;

    /// <summary>Since when it has it alone; null while it shares.</summary>
    public long? ExclusiveFrom { get; private set; } = lease.Mode == LockMode.Exclusive ? grant.At : null;

    /// <summary>Whether it shared before.</summary>
    public bool WasShared { get; } = lease.Mode == LockMode.Shared;

    /// <summary>When its holder last made sure that it had it all the time.</summary>
    public long Until { get; private set; } = grant.At;

    /// <summary>Until when it was promised to its holder; the store counts from a little later.</summary>
    public long Deadline { get; private set; } = grant.Deadline;

    /// <summary>How long each extension lasts at most.</summary>
    public long Ttl { get; private set; } = lease.Ttl;

    public long? ReleasedAt { get; private set; }

    public long? LostAt { get; private set; }

    /// <summary>Whether its holder makes no more use of it.</summary>
    public bool IsGivenUp => ReleasedAt is not null || LostAt is not null;

    /// <summary>What the journal tells of it, in its order.</summary>
    public List<Told> Told { get; } = [];

    /// <summary>
    /// Attempts to break it whose process died before the answer: the journal may not tell of them. They count from that death on, since nobody else
    /// gets in before the one that changes something has told it, or is dead.
    /// </summary>
    public List<(Breaking Attempt, long Died)> BreaksInDoubt { get; } = [];

    /// <summary>When its process was about to end; null while it lives, and for a lease that outlives it.</summary>
    public long? Doomed { get; set; }

    /// <summary>Since when others may have it without asking: somebody gave up exclusion, or it belongs to no process that could be asked.</summary>
    public long BrokenAt => Told.Where(IsBreakAtOnce).Select(t => t.Earliest)
        .Concat(BreaksInDoubt.Where(b => b.Attempt.AtOnce || !Grant.HasSession).Select(b => b.Died)).DefaultIfEmpty(long.MaxValue).Min();

    /// <summary>Since when its holder may have been asked to stop.</summary>
    public long BreakAskedAt => Told.Where(t => t.Event.Event is LockEventKind.BreakAsked or LockEventKind.Broken).Select(t => t.Earliest)
        .Concat(BreaksInDoubt.Select(b => b.Attempt.At)).DefaultIfEmpty(long.MaxValue).Min();

    /// <summary>When the first thing came that lets others have it.</summary>
    public long EndsAt => new[] { Deadline, ReleasedAt ?? long.MaxValue, Doomed ?? long.MaxValue, BrokenAt, AcknowledgedAt }.Min();

    /// <summary>When a holder that was asked to stop gave it back by itself.</summary>
    private long AcknowledgedAt =>
        Told.FirstOrDefault(t => t.Event.Event == LockEventKind.Released && BreakAskedAt <= t.Latest)?.Earliest ?? long.MaxValue;

    public void Enter(Granted grant, HeldLease lease)
    {
        if (lease.Mode == LockMode.Exclusive)
            ExclusiveFrom ??= grant.At;
        Deadline = Math.Max(Deadline, grant.Deadline);
        Ttl = Math.Max(Ttl, lease.Ttl);
    }

    public void Use(Used use)
    {
        Until = Math.Max(Until, use.At);
        Deadline = Math.Max(Deadline, use.Deadline);
    }

    public void Renew(long ttl) => Ttl = Math.Max(Ttl, ttl);

    public void Release(long at) => ReleasedAt ??= at;

    public void Lose(long at) => LostAt ??= at;

    private bool IsBreakAtOnce(Told told) =>
        told.Event.Event == LockEventKind.Broken && (!Grant.HasSession || IsNow(told.Event));

    /// <summary>As the policy words it.</summary>
    public static bool IsNow(LockEvent e) => e.Why?.EndsWith("(at once: exclusion given up)", StringComparison.Ordinal) == true;
}
