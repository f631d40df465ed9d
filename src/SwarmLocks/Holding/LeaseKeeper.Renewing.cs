using SwarmLocks.Policy;

namespace SwarmLocks.Holding;

/// <content>The timer: renewals in batches, and a look now and then whether the leases are still there.</content>
internal sealed partial class LeaseKeeper
{
    /// <summary>Sets the timer to whatever comes first; under the gate.</summary>
    private void Schedule()
    {
        if (_disposed || _leases.Count == 0)
            return;
        long now = _time.GetTimestamp();
        // A look that is overdue stays due, however often somebody comes by here before the timer fires.
        long next = _looking ? long.MaxValue : _nextLook;
        foreach (var lease in _leases.Values)
        {
            if (lease.LossReason is null)
                next = Math.Min(next, lease.IsRenewing ? lease.Deadline : Math.Min(lease.Deadline, lease.NextRenewal));
        }
        if (next == long.MaxValue)
            return;
        var due = _time.GetElapsedTime(now, next);
        _timer.Change(due > TimeSpan.Zero ? due + TimeSpan.FromMilliseconds(1) : TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        List<KeptLease> expired, due;
        List<KeptLease>? look = null;
        lock (_gate)
        {
            if (_disposed)
                return;
            long now = _time.GetTimestamp();
            var live = _leases.Values.Where(l => l.LossReason is null).ToList();
            expired = [.. live.Where(l => l.Deadline <= now)];
            due = [.. live.Where(l => !l.IsRenewing && l.NextRenewal <= now && l.Deadline > now)];
            // Whoever is due soon comes along: the guard is taken once for all of them.
            if (due.Count > 0)
                due.AddRange(live.Where(l => !l.IsRenewing && l.NextRenewal > now && l.NextRenewal - now < Ticks(l.RenewEvery / 4)));
            due.ForEach(l => l.IsRenewing = true);
            if (_nextLook <= now && !_looking)
            {
                _nextLook = now + Ticks(LookEvery);
                // Of one that is lost, too, it matters whether others are still kept out.
                List<KeptLease> watched = [.. _leases.Values.Where(l => l.LossReason is null || !l.IsOver)];
                _looking = watched.Count > 0;
                look = _looking ? watched : null;
            }
            Schedule();
        }
        // Each on its own: a renewal that hangs must not hide a loss, nor a slow callback of one handle the losses of others.
        foreach (var lease in expired)
            LoseExpiredLater(lease, Expired);
        foreach (var batch in due.Chunk(BatchSize))
            _background(() => RenewAsync(batch));
        if (look is not null)
            _background(() => LookAsync(look));
    }

    /// <summary>Whether the store answered.</summary>
    private async Task<bool> RenewAsync(KeptLease[] leases)
    {
        long sent = _time.GetTimestamp();
        try
        {
            var verdict = await _store.TransactAsync(
                ScopeOf(leases), leases.Max(RemainingOf),
                view => LockPolicy.Renew(view, [.. leases.Select(l => l.Ref)], ttl: null), CancellationToken.None).ConfigureAwait(false);
            var renewed = verdict.Renewed.ToDictionary(l => l.LeaseId!, l => l.Ttl, StringComparer.Ordinal);
            List<KeptLease> late;
            lock (_gate)
            {
                late = [.. leases.Where(l => renewed.ContainsKey(l.Ref.LeaseId) && RemainingOf(l) == TimeSpan.Zero)];
                foreach (var lease in leases.Except(late).Where(l => l.LossReason is null && renewed.ContainsKey(l.Ref.LeaseId)))
                    Extend(lease, renewed[lease.Ref.LeaseId], sent);
            }
            // Only now, and each on its own: whoever hears of a loss may take its time, and must not cost the others theirs.
            foreach (var lease in late)
                LoseExpiredLater(lease, "it was renewed too late to be sure that nobody had it in between");
            var lost = verdict.Lost.ToDictionary(l => l.Ref.LeaseId, StringComparer.Ordinal);
            foreach (var lease in leases.Where(l => lost.ContainsKey(l.Ref.LeaseId)))
                _background(() => LoseAndAcknowledgeAsync(lease, lost[lease.Ref.LeaseId]));
            return true;
        }
        catch (Exception error) when (error is LockException or ObjectDisposedException)
        {
            KeeperLog.RenewalFailed(_log, leases.Length, error.Message);
            lock (_gate)
            {
                foreach (var lease in leases)
                    lease.NextRenewal = _time.GetTimestamp() + Ticks(lease.RenewEvery / 8);
            }
            return false;
        }
        finally
        {
            lock (_gate)
            {
                foreach (var lease in leases)
                    lease.IsRenewing = false;
                Schedule();
            }
        }
    }

    /// <summary>Looks without the guard; whatever seems wrong is put to a renewal, which says for certain.</summary>
    private async Task LookAsync(List<KeptLease> leases)
    {
        try
        {
            var view = _store.Read(ScopeOf(leases));
            var held = view.Records.SelectMany(r => r.Holders).Where(e => e.Broken is null).Select(e => e.LeaseId).ToHashSet(StringComparer.Ordinal);
            var there = view.Records.SelectMany(r => r.Holders).Select(e => e.LeaseId).ToHashSet(StringComparer.Ordinal);
            List<KeptLease> suspect;
            lock (_gate)
            {
                foreach (var lease in leases.Where(l => l.LossReason is not null && !there.Contains(l.Ref.LeaseId)))
                    lease.IsOver = true;
                suspect = [.. leases.Where(l => !held.Contains(l.Ref.LeaseId) && !l.IsRenewing && l.LossReason is null && _leases.ContainsKey(l.Ref.LeaseId))];
                suspect.ForEach(l => l.IsRenewing = true);
            }
            foreach (var batch in suspect.Chunk(BatchSize))
            {
                if (await RenewAsync(batch).ConfigureAwait(false))
                    continue;
                // The store is gone or gives no answer, and what we hold is not in it: nothing keeps others out.
                foreach (var lease in batch.Where(l => !there.Contains(l.Ref.LeaseId)))
                    LoseLater(lease, "its lock file is gone, and the store cannot be asked why");
            }
        }
        catch (Exception error) when (error is LockStoreException or ObjectDisposedException)
        {
            KeeperLog.LookFailed(_log, error.Message);
        }
        finally
        {
            lock (_gate)
            {
                _looking = false;
                Schedule();
            }
        }
    }
}
