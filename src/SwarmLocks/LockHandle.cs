namespace SwarmLocks;

/// <summary>
/// Holds leases for as long as it lives: its manager renews them, and the last handle on a lease releases it when disposed.
/// Safe for concurrent use.
/// </summary>
public sealed class LockHandle : IAsyncDisposable
{
    internal LockHandle()
    {
    }

    /// <summary>Who holds it.</summary>
    public string Agent => throw new NotSupportedException();

    /// <summary>What was granted, as it was then.</summary>
    public IReadOnlyList<GrantedLease> Leases => throw new NotSupportedException();

    /// <summary>The token to pass on to whatever the lease protects, so that it can refuse a late writer.</summary>
    public long FencingToken => throw new NotSupportedException();

    /// <summary>Cancelled as soon as this process knows that a lease is lost: stop writing.</summary>
    public CancellationToken LeaseLost => throw new NotSupportedException();

    /// <summary>Why it was lost, in one sentence; null while it is held.</summary>
    public string? LossReason => throw new NotSupportedException();

    /// <summary>For how long the leases are still ours if no renewal succeeds; zero once lost.</summary>
    public TimeSpan Remaining => throw new NotSupportedException();

    /// <summary>Call before each write: reads the clock itself, so that a process that was stopped cannot believe in a lease that ran out.</summary>
    /// <exception cref="LockExpiredException">The lease is lost.</exception>
    public void ThrowIfLost() => throw new NotSupportedException();

    /// <summary>Releases what no other handle of this process holds. Never throws; what cannot be released now ends with its TTL or this process.</summary>
    public ValueTask DisposeAsync() => throw new NotSupportedException();
}
