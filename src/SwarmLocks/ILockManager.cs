namespace SwarmLocks;

/// <summary>
/// Locks for agents that share one working tree. One manager serves one tree and any number of agents; it is safe for concurrent use.
/// </summary>
/// <remarks>
/// <para>Every method may throw <see cref="LockUsageException"/> (the request is wrong) and <see cref="LockStoreException"/>
/// (the store cannot be used; nothing was changed). Questions (<see cref="WhoHasAsync"/>, <see cref="ListAsync"/>, …) take no lock and change
/// nothing; by the time their answer is used the state may have changed. They read the disk on the thread of the caller.</para>
/// <para>A cancelled token ends whatever waits with <see cref="OperationCanceledException"/>: nothing is held then that was not held before.</para>
/// <para>A lease is advisory: a program that does not ask is not stopped.</para>
/// <para>Disposing it ends every wait, releases all that its handles hold, and returns when that is done; from then on every method throws <see cref="ObjectDisposedException"/>.</para>
/// </remarks>
public interface ILockManager : IAsyncDisposable
{
    /// <summary>The top of the working tree whose resources are locked.</summary>
    string Root { get; }

    /// <summary>The folder that holds the locks.</summary>
    string Store { get; }

    /// <summary>Asks for locks and answers: granted, or by whom refused. Waits only if the request says so.</summary>
    /// <exception cref="LockExpiredException">It was granted, but the answer came after the lease had run out: nothing is held.</exception>
    Task<AcquireResult> TryAcquireAsync(LockRequest request, CancellationToken cancellationToken = default);

    /// <summary>The same, but anything less than a grant throws.</summary>
    /// <exception cref="LockConflictException">Somebody holds it, and still did when the wait ended.</exception>
    /// <exception cref="LockDeadlockException">Waiting would never end.</exception>
    /// <exception cref="LockAbandonedException">It was abandoned too often.</exception>
    /// <exception cref="LockExpiredException">It was granted, but the answer came after the lease had run out: nothing is held.</exception>
    Task<LockHandle> AcquireAsync(LockRequest request, CancellationToken cancellationToken = default);

    /// <summary>
    /// Acquires, runs <paramref name="work"/> with a token that is cancelled when the lease is lost, and releases. Throws what <see cref="AcquireAsync"/> throws, and
    /// what the work throws. Work that disposes its handle itself gives the lock back there.
    /// </summary>
    /// <exception cref="LockExpiredException">The lease was lost before the work ended.</exception>
    Task<T> RunLockedAsync<T>(LockRequest request, Func<LockHandle, CancellationToken, Task<T>> work, CancellationToken cancellationToken = default);

    /// <summary>The same, for work without a result.</summary>
    /// <exception cref="LockExpiredException">The lease was lost before the work ended.</exception>
    Task RunLockedAsync(LockRequest request, Func<LockHandle, CancellationToken, Task> work, CancellationToken cancellationToken = default);

    /// <summary>
    /// Extends live leases, never shortens one. <paramref name="ttl"/> replaces the TTL when given. One that is named may be held by another process of the agent, which keeps its TTL
    /// if that is the longer one.
    /// </summary>
    /// <returns>The renewed leases.</returns>
    /// <exception cref="LockExpiredException">Some had lapsed, were broken or lost; they are not re-acquired. The rest was renewed.</exception>
    Task<IReadOnlyList<Lease>> RenewAsync(LeaseSelector leases, TimeSpan? ttl = null, CancellationToken cancellationToken = default);

    /// <summary>Gives leases back. Idempotent.</summary>
    Task<ReleaseResult> ReleaseAsync(LeaseSelector leases, CancellationToken cancellationToken = default);

    /// <summary>Gives back all leases of <paramref name="agent"/> that this process holds or that have no session.</summary>
    Task<ReleaseResult> ReleaseAllAsync(string agent, CancellationToken cancellationToken = default);

    /// <summary>Ends somebody's lease, live or stale, on exactly this resource, or with this lease id.</summary>
    /// <param name="resourceOrLeaseId">The resource, or the id of one lease.</param>
    /// <param name="by">The agent that breaks it.</param>
    /// <param name="reason">Told to the holder, and kept in the journal.</param>
    /// <param name="now">True to end it without waiting for the holder to notice: exclusion is given up.</param>
    /// <param name="cancellationToken">Gives up before anything was changed.</param>
    Task<BreakResult> BreakAsync(string resourceOrLeaseId, string by, string reason, bool now = false, CancellationToken cancellationToken = default);

    /// <summary>Clears the count of abandonments of a resource.</summary>
    /// <returns>The resources that had one.</returns>
    Task<IReadOnlyList<string>> ResetAsync(string resource, string by, CancellationToken cancellationToken = default);

    /// <summary>Everyone whose lease overlaps a resource, and who waits for it.</summary>
    Task<WhoHasResult> WhoHasAsync(string resource, CancellationToken cancellationToken = default);

    /// <summary>Whether a live lease of anybody overlaps a resource.</summary>
    Task<bool> IsLockedAsync(string resource, CancellationToken cancellationToken = default);

    /// <summary>All leases, by resource; of one agent, or only stale ones.</summary>
    Task<IReadOnlyList<Lease>> ListAsync(string? holder = null, bool staleOnly = false, CancellationToken cancellationToken = default);

    /// <summary>Whether one live lease of the agent covers each resource: an exclusive one, unless shared is enough.</summary>
    Task<CheckResult> CheckAsync(
        string agent, IReadOnlyList<string> resources, LockMode mode = LockMode.Exclusive, long? fencingToken = null, CancellationToken cancellationToken = default);

    /// <summary>Waits until nobody but <paramref name="agent"/> has the resources. Takes nothing and does not queue.</summary>
    /// <param name="resources">What to wait for.</param>
    /// <param name="timeout">The limit, 0 – 24 days; <see cref="Timeout.InfiniteTimeSpan"/> for none.</param>
    /// <param name="agent">Whose own leases do not count.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    Task<WaitResult> WaitUntilFreeAsync(
        IReadOnlyList<string> resources, TimeSpan timeout, string? agent = null, CancellationToken cancellationToken = default);

    /// <summary>Removes expired and dead locks, in batches, and sets aside lock files that cannot be read and are a day old; one failure does not stop the rest.</summary>
    /// <param name="maxAge">When given, also breaks leases without a session that were not renewed for so long; at least 1 s.</param>
    /// <param name="dryRun">True to change nothing and say what would go.</param>
    /// <param name="by">The agent that cleans up, named in the journal.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="LockStoreException">The store cannot be used at all, and nothing was changed. When that comes later, what was left to do has failed.</exception>
    Task<CleanupResult> CleanupStaleLocksAsync(
        TimeSpan? maxAge = null, bool dryRun = false, string? by = null, CancellationToken cancellationToken = default);

    /// <summary>Ends every lock of an agent: stale ones and those without a session at once, live ones as a break does.</summary>
    /// <param name="agent">Whose.</param>
    /// <param name="dryRun">True to change nothing and say what would go.</param>
    /// <param name="by">The agent that cleans up, told to the holders and named in the journal.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="LockStoreException">As of <see cref="CleanupStaleLocksAsync"/>.</exception>
    Task<CleanupResult> CleanupAgentLocksAsync(string agent, bool dryRun = false, string? by = null, CancellationToken cancellationToken = default);

    /// <summary>How many locks <see cref="CleanupStaleLocksAsync"/> would remove now: expired and dead leases, and files that cannot be read and are a day old.</summary>
    Task<int> CountStaleLocksAsync(CancellationToken cancellationToken = default);

    /// <summary>What happened, newest last.</summary>
    Task<IReadOnlyList<LockEvent>> HistoryAsync(HistoryQuery query, CancellationToken cancellationToken = default);
}
