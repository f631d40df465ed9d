using SwarmLocks.Holding;
using SwarmLocks.Policy;

namespace SwarmLocks;

/// <summary>
/// Holds leases for as long as it lives: its manager renews them, and the last handle on a lease releases it when disposed.
/// Safe for concurrent use.
/// </summary>
public sealed class LockHandle : IAsyncDisposable
{
    private readonly LeaseKeeper _keeper;

    // Made for who looks at it: most work is over before anybody would.
    private CancellationTokenSource? _lost;
    private int _disposed;

    internal LockHandle(LeaseKeeper keeper, string agent, IReadOnlyList<GrantedLease> leases, long fencingToken, IReadOnlyList<KeptLease> kept) =>
        (_keeper, Agent, Leases, FencingToken, Kept) = (keeper, agent, leases, fencingToken, kept);

    /// <summary>Who holds it.</summary>
    public string Agent { get; }

    /// <summary>What was granted, as it was then.</summary>
    public IReadOnlyList<GrantedLease> Leases { get; }

    /// <summary>
    /// The token to pass on to whatever the leases protect, so that it can refuse a late writer. What the agent held before keeps a token of its own: see
    /// <see cref="AcquireResult.FencingToken"/>.
    /// </summary>
    public long FencingToken { get; }

    /// <summary>Cancelled as soon as this process knows that a lease is lost: stop writing.</summary>
    public CancellationToken LeaseLost => Lost.Token;

    /// <summary>Why it was lost, in one sentence; null while it is held.</summary>
    public string? LossReason => Kept.Select(lease => lease.LossReason).FirstOrDefault(reason => reason is not null);

    /// <summary>For how long the leases are still ours if no renewal succeeds; zero once lost.</summary>
    public TimeSpan Remaining => Volatile.Read(ref _disposed) != 0 || LossReason is not null ? TimeSpan.Zero : Kept.Min(_keeper.RemainingOf);

    internal IReadOnlyList<KeptLease> Kept { get; }

    /// <summary>How long until the lease may pass to others, whether or not it is lost already: by then whoever uses it must have stopped. Zero once disposed.</summary>
    public TimeSpan UntilDeadline => Volatile.Read(ref _disposed) != 0 ? TimeSpan.Zero : Kept.Min(_keeper.RemainingOf);

    /// <summary>
    /// Whether others are still kept out: while it is held, and after a break until it is given back or its deadline has passed. Not when it was ended at once, was released or taken
    /// over, or its lock file is gone: then somebody else may have it already.
    /// </summary>
    public bool ExcludesOthers => Volatile.Read(ref _disposed) == 0 && UntilDeadline > TimeSpan.Zero && !Kept.Any(lease => lease.IsOver);

    /// <summary>Call before each write: reads the clock itself, so that a process that was stopped cannot believe in a lease that ran out.</summary>
    /// <exception cref="LockExpiredException">The lease is lost.</exception>
    public void ThrowIfLost()
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        ThrowIfLostWhileOpen();
    }

    /// <summary>The same, for work that may have disposed the handle itself: that is no loss, and what becomes of the lease afterwards none either.</summary>
    internal void ThrowIfLostWhileOpen()
    {
        LoseIfExpired();
        if (LossReason is { } reason)
            throw new LockExpiredException(reason, [.. Kept.Where(l => l.LossReason is not null).Select(l => new Unaffected(l.Ref.Resource.ToString(), l.LossReason!))]);
    }

    /// <summary>Releases what no other handle of this process holds. Never throws; what cannot be released now ends with its TTL or this process.</summary>
    public ValueTask DisposeAsync()
    {
        // Whoever disposes it has relied on it until now.
        LoseIfExpired();
        return _keeper.ReleaseAsync(this);
    }

    /// <summary>Whether this is the one call that closes the handle. Only for its keeper.</summary>
    internal bool TryClose() => Interlocked.Exchange(ref _disposed, 1) == 0;

    private void LoseIfExpired()
    {
        if (Volatile.Read(ref _disposed) != 0)
            return;
        foreach (var lease in Kept.Each())
            _keeper.LoseIfExpired(lease);
    }

    /// <summary>Tells whoever uses the lease; its callbacks have run when this returns.</summary>
    internal void SignalLoss() => Lost.Cancel();

    /// <summary>One for all threads, whichever comes first.</summary>
    private CancellationTokenSource Lost => Volatile.Read(ref _lost) ?? Interlocked.CompareExchange(ref _lost, new CancellationTokenSource(), null) ?? _lost;
}
