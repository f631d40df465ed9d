using SwarmLocks.Policy;
using SwarmLocks.Requests;

namespace SwarmLocks.Holding;

/// <content>How a lease is lost, and how its handles hear of it.</content>
internal sealed partial class LeaseKeeper
{
    /// <summary>
    /// The holder hears of it first; then a broken lease is given back, which is how whoever broke it learns that it was seen.
    /// </summary>
    private async Task LoseAndAcknowledgeAsync(KeptLease lease, LostLease loss)
    {
        lock (_gate)
        {
            // Released by its last handle, or found lost, since the renewal was sent.
            if (lease.Count == 0 || lease.LossReason is not null)
                return;
        }
        Lose(
            lease, LockMessages.Lost(loss, loss.Lease is null ? EndOf(lease.Ref.LeaseId) : null, _time),
            excludesOthers: lease.ExcludesUntilDisposed && loss.Lease is { Broken: not null, State: LeaseState.Live });
        if (loss.Lease?.Broken is null || lease.ExcludesUntilDisposed)
            return;
        try
        {
            await _store.TransactAsync(
                LockScope.Exactly([lease.Ref.Resource]), ReleasePatience,
                view => LockPolicy.Release(view, [lease.Ref]), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception error) when (error is LockException or ObjectDisposedException)
        {
            // Whoever broke it waits for the deadline then.
            KeeperLog.ReleaseFailed(_log, lease.Agent, error.Message);
        }
    }

    private LockEvent? EndOf(string leaseId)
    {
        try
        {
            return _store.ReadJournal().LastOrDefault(e => e.LeaseId == leaseId);
        }
        catch (Exception error) when (error is LockStoreException or ObjectDisposedException)
        {
            // The loss has to be told whether or not its story can be.
            return null;
        }
    }

    private void LoseLater(KeptLease lease, string why) => _background(() =>
    {
        Lose(lease, why);
        return Task.CompletedTask;
    });

    /// <summary>Not one that another answer extended before this got its turn: it was ours all the time, and its holder may have been told so.</summary>
    private void LoseExpiredLater(KeptLease lease, string why) => _background(() =>
    {
        LoseIfExpired(lease, why);
        return Task.CompletedTask;
    });

    private void LoseIfExpired(KeptLease lease, string why)
    {
        if (RemainingOf(lease) > TimeSpan.Zero)
            return;
        lock (_gate)
        {
            if (lease.LossReason is not null || RemainingOf(lease) > TimeSpan.Zero)
                return;
            Mark(lease, why);
            lease.HasOnlyExpired = true;
        }
        Signal(lease);
    }

    private void LoseAll(IEnumerable<KeptLease> leases, string why)
    {
        foreach (var lease in leases)
            Lose(lease, why);
    }

    private void Lose(KeptLease lease, string why, bool excludesOthers = false)
    {
        lock (_gate)
        {
            if (!Mark(lease, why))
                return;
            lease.IsOver = !excludesOthers;
        }
        Signal(lease);
    }

    /// <summary>Whether it was not lost before; under the gate.</summary>
    private static bool Mark(KeptLease lease, string why)
    {
        lease.HasOnlyExpired = false;
        if (lease.LossReason is not null)
            return false;
        lease.IsOver = true;
        lease.LossReason = $"{lease.Agent} no longer holds {lease.Ref.Resource}: {why}.";
        return true;
    }

    private void Signal(KeptLease lease)
    {
        LockHandle[] handles;
        lock (_gate)
            handles = [.. lease.Handles];
        KeeperLog.LeaseLost(_log, lease.LossReason!);
        foreach (var handle in handles)
        {
            try
            {
                handle.SignalLoss();
            }
            catch (AggregateException error)
            {
                // A callback of the user failed; the others have run.
                KeeperLog.CallbackFailed(_log, error.Message);
            }
        }
    }
}
