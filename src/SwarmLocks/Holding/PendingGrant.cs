using SwarmLocks.Policy;

namespace SwarmLocks.Holding;

/// <summary>What a request is to have when it is granted: its leases are kept from within the transaction that grants them, and their deadlines count from before it was sent.</summary>
internal sealed class PendingGrant(LeaseKeeper keeper, LockRequest request, TimeProvider time)
{
    /// <summary>When the store was last asked.</summary>
    public long Sent { get; private set; }

    /// <summary>What is kept by the last grant; null before it, and for leases that outlive the process.</summary>
    public KeptLease[]? Kept { get; private set; }

    /// <summary>Call before each request to the store.</summary>
    public void Send() => Sent = time.GetTimestamp();

    /// <summary>Call inside the transaction that grants.</summary>
    public void Grant(LockAsk ask, IReadOnlyList<GrantedLease> granted) =>
        Kept = request.OutlivesProcess ? null : keeper.Retain(ask, granted, Sent, request.ExcludesUntilDisposed);
}
