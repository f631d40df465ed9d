using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SwarmLocks;

/// <inheritdoc cref="ILockManager"/>
public sealed class LockManager : ILockManager
{
    /// <summary>Opens the store of the working tree around the current directory, or as <paramref name="options"/> say.</summary>
    /// <exception cref="LockUsageException">There is no tree, or an option is out of its range.</exception>
    /// <exception cref="LockStoreException">The store cannot be used.</exception>
    public LockManager(LockManagerOptions? options = null, ILogger<LockManager>? logger = null) => throw new NotSupportedException();
    /// <summary>The same, for containers.</summary>
    public LockManager(IOptions<LockManagerOptions> options, ILogger<LockManager>? logger = null) : this(options.Value, logger) { }
    /// <inheritdoc/>
    public string Root => throw new NotSupportedException();
    /// <inheritdoc/>
    public string Store => throw new NotSupportedException();
    /// <inheritdoc/>
    public Task<AcquireResult> TryAcquireAsync(LockRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    /// <inheritdoc/>
    public Task<LockHandle> AcquireAsync(LockRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    /// <inheritdoc/>
    public Task<T> RunLockedAsync<T>(LockRequest request, Func<LockHandle, CancellationToken, Task<T>> work, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    /// <inheritdoc/>
    public Task<IReadOnlyList<Lease>> RenewAsync(LeaseSelector leases, TimeSpan? ttl = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    /// <inheritdoc/>
    public Task<ReleaseResult> ReleaseAsync(LeaseSelector leases, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    /// <inheritdoc/>
    public Task<ReleaseResult> ReleaseAllAsync(string agent, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    /// <inheritdoc/>
    public Task<BreakResult> BreakAsync(string resourceOrLeaseId, string by, string reason, bool now = false, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> ResetAsync(string resource, string by, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    /// <inheritdoc/>
    public Task<WhoHasResult> WhoHasAsync(string resource, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    /// <inheritdoc/>
    public Task<bool> IsLockedAsync(string resource, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    /// <inheritdoc/>
    public Task<IReadOnlyList<Lease>> ListAsync(string? holder = null, bool staleOnly = false, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    /// <inheritdoc/>
    public Task<CheckResult> CheckAsync(string agent, IReadOnlyList<string> resources, LockMode mode = LockMode.Exclusive, long? fencingToken = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    /// <inheritdoc/>
    public Task<WaitResult> WaitUntilFreeAsync(IReadOnlyList<string> resources, TimeSpan timeout, string? agent = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    /// <inheritdoc/>
    public Task<CleanupResult> CleanupStaleLocksAsync(TimeSpan? maxAge = null, bool dryRun = false, string? by = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    /// <inheritdoc/>
    public Task<CleanupResult> CleanupAgentLocksAsync(string agent, bool dryRun = false, string? by = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    /// <inheritdoc/>
    public Task<int> CountStaleLocksAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();
    /// <inheritdoc/>
    public Task<IReadOnlyList<LockEvent>> HistoryAsync(HistoryQuery query, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => throw new NotSupportedException();

    /// <summary>Gives a tree a store of its own, <c>.swarmlocks/</c> at its root; for trees without git, or whose git folder agents may not write.</summary>
    /// <param name="directory">The tree, or a folder in it; null for the current directory. Without git it becomes the root.</param>
    /// <param name="cancellationToken">Gives up before anything was changed.</param>
    /// <exception cref="LockStoreException">The store in use has live locks.</exception>
    public static Task<InitResult> InitAsync(string? directory = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Looks whether locks can work here: kernel locks, clock, permissions, notification, who holds the guard. Reports trouble instead of throwing it.</summary>
    public static Task<DoctorReport> DiagnoseAsync(LockManagerOptions? options = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
