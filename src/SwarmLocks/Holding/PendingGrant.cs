using SwarmLocks.Policy;

namespace SwarmLocks.Holding;

/// <summary>A request on its way to the store: its leases are kept from within the transaction that grants them, and their deadlines count from before it was sent.</summary>
internal sealed class PendingGrant(LeaseKeeper keeper, LockRequest request, TimeProvider time)
{
    private LockAsk? _ask;

    /// <summary>When the store was last asked.</summary>
    public long Sent { get; private set; }

    /// <summary>What is kept by the last grant; null before it, and for leases that outlive the process.</summary>
    public KeptLease[]? Kept { get; private set; }

    /// <summary>Call before each request to the store.</summary>
    public void Send(LockAsk ask) => (_ask, Sent) = (ask, time.GetTimestamp());

    /// <summary>Decides, and keeps what is granted: only inside the transaction that was asked for after <see cref="Send"/>.</summary>
    public Decision<AcquireVerdict> Decide(LockView view)
    {
        var decision = LockPolicy.Acquire(view, _ask!);
        if (decision.Result.Outcome == AcquireOutcome.Granted && !request.OutlivesProcess)
            Kept = keeper.Retain(_ask!, decision.Result.Leases, Sent, request.ExcludesUntilDisposed);
        return decision;
    }
}
