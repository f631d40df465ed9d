using SwarmLocks.Policy;

namespace SwarmLocks.Holding;

/// <summary>A lease of this process that handles rely on. Changed only by its <see cref="LeaseKeeper"/>, under that one's gate.</summary>
internal sealed class KeptLease(LeaseRef lease, string agent)
{
    public LeaseRef Ref { get; } = lease;

    public string Agent { get; } = agent;

    /// <summary>The handles that hold it; the last one releases it.</summary>
    public List<LockHandle> Handles { get; } = new(1);

    /// <summary>How many grants hold it: handles, and grants whose handle is being made.</summary>
    public int Count { get; set; }

    public TimeSpan RenewEvery { get; set; }

    /// <summary>When this process must stop believing: counted from before the last successful request was sent.</summary>
    public long Deadline { get; set; }

    /// <summary>When to renew next.</summary>
    public long NextRenewal { get; set; }

    /// <summary>Whether a renewal is under way.</summary>
    public bool IsRenewing { get; set; }

    /// <summary>Whether a broken lease excludes others until its handles are disposed.</summary>
    public bool ExcludesUntilDisposed { get; set; }

    /// <summary>Why it is lost; null while it is held.</summary>
    public string? LossReason { get; set; }

    /// <summary>Whether others are kept out no more, whatever its deadline: they may have it already.</summary>
    public bool IsOver { get; set; }

    /// <summary>Whether it is lost only because its deadline passed here: an answer that is on its way may have put it off in the store.</summary>
    public bool HasOnlyExpired { get; set; }
}
