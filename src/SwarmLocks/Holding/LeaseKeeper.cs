using Microsoft.Extensions.Logging;
using SwarmLocks.Policy;
using SwarmLocks.Requests;

namespace SwarmLocks.Holding;

/// <summary>
/// Keeps the leases of one manager alive and tells their handles when one is lost: one timer for all, renewals in batches, and deadlines that
/// no hanging renewal can hide.
/// </summary>
/// <remarks>
/// Grants and releases are counted inside the store's transactions, so that a release by the last handle and a re-entry by a new one
/// come one after the other: a lease that was re-entered in between is not released.
/// </remarks>
internal sealed partial class LeaseKeeper : IAsyncDisposable
{
    /// <summary>How many leases one guard hold renews: others wait meanwhile, and each is a file to write.</summary>
    private const int BatchSize = 8;

    /// <summary>How often the own lock files are looked at, so that a break or a lost store is noticed.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan ReleasePatience = TimeSpan.FromSeconds(10);

    private const string Closed = "its manager was closed";

    private const string Expired = "it expired before it could be renewed";

    private readonly ILockStore _store;
    private readonly RequestResolver _requests;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private readonly Action<Func<Task>> _background;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, KeptLease> _leases = new(StringComparer.Ordinal);
    private long _nextLook;
    private bool _looking;
    private bool _disposed;

    // Grants whose handle is being made, and releases on their way to the store: closing waits for them.
    private int _underway;
    private TaskCompletionSource? _quiet;

    /// <param name="store">Where the leases are.</param>
    /// <param name="requests">Knows how often each kind is renewed.</param>
    /// <param name="time">Clock and timer.</param>
    /// <param name="log">Where to tell of trouble.</param>
    /// <param name="background">Starts work that nobody waits for; null for the thread pool.</param>
    public LeaseKeeper(ILockStore store, RequestResolver requests, TimeProvider time, ILogger log, Action<Func<Task>>? background = null)
    {
        (_store, _requests, _time, _log) = (store, requests, time, log);
        _background = background ?? (work => _ = Task.Run(work));
        _timer = time.CreateTimer(_ => OnTimer(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Counts a grant, inside the transaction that makes it.</summary>
    public KeptLease[] Retain(LockAsk ask, IReadOnlyList<GrantedLease> granted, long sent, bool excludesUntilDisposed)
    {
        var kept = new KeptLease[granted.Count];
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(LockManager));
            if (_leases.Count == 0)
                _nextLook = _time.GetTimestamp() + Ticks(LookEvery);
            for (int i = 0; i < granted.Count; i++)
            {
                var lease = granted[i].Lease;
                // One that is lost to this process but not yet gone from the store is begun anew: its old handles stay lost.
                if (!_leases.TryGetValue(lease.LeaseId!, out var one) || one.LossReason is not null)
                {
                    _leases[lease.LeaseId!] = one = new KeptLease(new LeaseRef(ask.Resources[i].Resource, lease.LeaseId!), ask.Agent);
                    Extend(one, lease.Ttl, sent);
                }
                // The store may still fail to extend one that is held already: its life stays as it is until the grant is there.
                one.Count++;
                one.ExcludesUntilDisposed |= excludesUntilDisposed;
                kept[i] = one;
            }
            _underway++;
            Schedule();
        }
        return kept;
    }

    /// <summary>Ties a handle to the leases it was granted.</summary>
    public LockHandle Attach(LockAsk ask, AcquireVerdict verdict, KeptLease[] kept, long sent)
    {
        var handle = new LockHandle(this, ask.Agent, verdict.Leases, verdict.FencingToken, kept);
        bool lost = false, disposed;
        lock (_gate)
        {
            for (int i = 0; i < kept.Length; i++)
            {
                kept[i] = Anew(kept[i]);
                kept[i].Handles.Add(handle);
                Extend(kept[i], verdict.Leases[i].Lease.Ttl, sent);
                lost |= kept[i].LossReason is not null;
            }
            Schedule();
            disposed = _disposed;
            if (!disposed)
                EndOne();
        }
        if (lost)
            handle.SignalLoss();
        if (disposed)
        {
            // The manager is being closed, and waits for this: whoever asked gets a handle that holds nothing any more.
            LoseAll(kept, Closed);
            handle.TryClose();
            _ = ReleaseAsync(kept, [handle]).AsTask();
        }
        return handle;
    }

    /// <summary>
    /// A lease whose deadline passed here while the answer of the store, which had put it off in time, was on its way: for whoever asked it is held, and
    /// for older handles it stays lost. Under the gate.
    /// </summary>
    private KeptLease Anew(KeptLease lease)
    {
        if (!lease.HasOnlyExpired || _leases.GetValueOrDefault(lease.Ref.LeaseId) is not { } current)
            return lease;
        if (current.HasOnlyExpired)
            _leases[lease.Ref.LeaseId] = current = new KeptLease(lease.Ref, lease.Agent) { ExcludesUntilDisposed = lease.ExcludesUntilDisposed };
        // Another answer began it anew, and it was lost again for good.
        else if (current.LossReason is not null)
            return lease;
        lease.Count--;
        current.Count++;
        return current;
    }

    public TimeSpan RemainingOf(KeptLease lease)
    {
        var left = _time.GetElapsedTime(_time.GetTimestamp(), lease.Deadline);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    public void LoseIfExpired(KeptLease lease) => LoseIfExpired(lease, Expired);

    /// <summary>Closes <paramref name="handle"/>, once, and releases what it was the last to hold. Never throws.</summary>
    public ValueTask ReleaseAsync(LockHandle handle)
    {
        lock (_gate)
        {
            if (!handle.TryClose())
                return default;
            _underway++;
        }
        return ReleaseAsync(handle.Kept, [handle]);
    }

    /// <summary>Takes a grant back that the store did not make; a lease whose last other handle went meanwhile is released. Never throws.</summary>
    public ValueTask ForgetAsync(IReadOnlyList<KeptLease> kept) => ReleaseAsync(kept, []);

    /// <summary>Ends one thing that is under way.</summary>
    private async ValueTask ReleaseAsync(IReadOnlyList<KeptLease> kept, IReadOnlyList<LockHandle> handles)
    {
        bool dropped = false;
        try
        {
            // A manager that holds nothing has perhaps never used its store.
            if (kept.Count > 0)
                await _store.TransactAsync(ScopeOf(kept), ReleasePatience, view =>
                {
                    var last = DropAll(kept, handles);
                    dropped = true;
                    return LockPolicy.Release(view, last);
                }, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception error) when (error is LockException or ObjectDisposedException)
        {
            // Nobody renews it from here on: it ends with its TTL or with this process.
            KeeperLog.ReleaseFailed(_log, kept[0].Agent, error.Message);
            if (!dropped)
                DropAll(kept, handles);
        }
        finally
        {
            lock (_gate)
                EndOne();
        }
    }

    private void EndOne()
    {
        if (--_underway == 0)
            _quiet?.TrySetResult();
    }

    /// <summary>
    /// Leases are released by name, inside the transaction that does it: from here on their handles know that they hold nothing, before anybody else can get in.
    /// </summary>
    /// <returns>Those whose handles have to be told with <see cref="Tell"/> once the guard is free: what they do then may take time.</returns>
    public IReadOnlyList<KeptLease> Releasing(IEnumerable<string> leaseIds)
    {
        lock (_gate)
            return [.. leaseIds.Select(id => _leases.GetValueOrDefault(id)).Where(lease => lease is not null && Mark(lease, "it was released")).Cast<KeptLease>()];
    }

    /// <summary>Signals the handles of leases that are known to be lost.</summary>
    public void Tell(IReadOnlyList<KeptLease> lost)
    {
        foreach (var lease in lost)
            Signal(lease);
    }

    /// <summary>Leases that were renewed by name may have another TTL now.</summary>
    public void Renewed(IEnumerable<Lease> leases, long sent)
    {
        lock (_gate)
        {
            foreach (var lease in leases)
            {
                if (_leases.GetValueOrDefault(lease.LeaseId!) is { LossReason: null } kept)
                    Extend(kept, lease.Ttl, sent);
            }
            Schedule();
        }
    }

    public async ValueTask DisposeAsync()
    {
        List<KeptLease> leases;
        List<LockHandle> handles;
        lock (_gate)
        {
            _disposed = true;
            leases = [.. _leases.Values];
            handles = [.. leases.SelectMany(l => l.Handles).Distinct()];
        }
        // Whoever still works under one has to hear of it before others get in.
        LoseAll(leases, Closed);
        List<LockHandle> open;
        Task quiet;
        lock (_gate)
        {
            // Handles that others close at this moment are under way already.
            open = [.. handles.Where(handle => handle.TryClose())];
            _underway++;
            quiet = (_quiet = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
        // All at once: a store that is busy makes them wait for it only once.
        await ReleaseAsync([.. open.SelectMany(handle => handle.Kept)], open).ConfigureAwait(false);
        // The store closes next, and what comes to it later would leave a lock of a dead process.
        await quiet.ConfigureAwait(false);
        await _timer.DisposeAsync().ConfigureAwait(false);
    }

    private static LockScope ScopeOf(IReadOnlyList<KeptLease> leases) =>
        LockScope.Exactly(leases.Count == 1 ? [leases[0].Ref.Resource] : [.. leases.Select(l => l.Ref.Resource).Distinct()]);

    private IReadOnlyList<LeaseRef> DropAll(IReadOnlyList<KeptLease> kept, IReadOnlyList<LockHandle> handles)
    {
        IReadOnlyList<LeaseRef> last = [];
        lock (_gate)
        {
            foreach (var lease in kept.Each())
            {
                foreach (var handle in handles.Each())
                    lease.Handles.Remove(handle);
                if (Drop(lease))
                    last = last.And(lease.Ref);
            }
        }
        return last;
    }

    private bool Drop(KeptLease lease)
    {
        // When it was lost and then taken anew, the lease in the store belongs to the new one.
        if (--lease.Count > 0 || !ReferenceEquals(_leases.GetValueOrDefault(lease.Ref.LeaseId), lease))
            return false;
        return _leases.Remove(lease.Ref.LeaseId);
    }

    /// <summary>As the store did it: a shorter TTL than before does not take back what was promised.</summary>
    private void Extend(KeptLease lease, TimeSpan ttl, long sent)
    {
        lease.RenewEvery = _requests.RenewEvery(lease.Ref.Resource, ttl);
        lease.Deadline = Math.Max(lease.Deadline, sent + Ticks(ttl));
        lease.NextRenewal = sent + Ticks(lease.RenewEvery);
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);
}
