namespace SwarmLocks.Tests.Unit.Cli;

/// <summary>Answers what it was told to, and remembers what it was asked: for what the command makes of answers that are hard to provoke.</summary>
internal sealed class FakeLockManager : ILockManager
{
    /// <summary>The answer to whatever is asked; an exception is thrown.</summary>
    public object? Answer { get; set; }

    /// <summary>The arguments of the last question.</summary>
    public object?[] Asked { get; private set; } = [];

    public string Root => "/tree";

    public string Store => "/tree/.git/swarmlocks";

    public Task<AcquireResult> TryAcquireAsync(LockRequest request, CancellationToken cancellationToken = default) => Said<AcquireResult>(request);

    public Task<LockHandle> AcquireAsync(LockRequest request, CancellationToken cancellationToken = default) => Said<LockHandle>(request);

    public Task<T> RunLockedAsync<T>(LockRequest request, Func<LockHandle, CancellationToken, Task<T>> work, CancellationToken cancellationToken = default) => Said<T>(request);

    public Task RunLockedAsync(LockRequest request, Func<LockHandle, CancellationToken, Task> work, CancellationToken cancellationToken = default) => Said<object?>(request);

    public Task<IReadOnlyList<Lease>> RenewAsync(LeaseSelector leases, TimeSpan? ttl = null, CancellationToken cancellationToken = default) => Said<IReadOnlyList<Lease>>(leases, ttl);

    public Task<ReleaseResult> ReleaseAsync(LeaseSelector leases, CancellationToken cancellationToken = default) => Said<ReleaseResult>(leases);

    public Task<ReleaseResult> ReleaseAllAsync(string agent, CancellationToken cancellationToken = default) => Said<ReleaseResult>(agent);

    public Task<BreakResult> BreakAsync(string resourceOrLeaseId, string by, string reason, bool now = false, CancellationToken cancellationToken = default) =>
        Said<BreakResult>(resourceOrLeaseId, by, reason, now);

    public Task<IReadOnlyList<string>> ResetAsync(string resource, string by, CancellationToken cancellationToken = default) => Said<IReadOnlyList<string>>(resource, by);

    public Task<WhoHasResult> WhoHasAsync(string resource, CancellationToken cancellationToken = default) => Said<WhoHasResult>(resource);

    public Task<bool> IsLockedAsync(string resource, CancellationToken cancellationToken = default) => Said<bool>(resource);

    public Task<IReadOnlyList<Lease>> ListAsync(string? holder = null, bool staleOnly = false, CancellationToken cancellationToken = default) => Said<IReadOnlyList<Lease>>(holder, staleOnly);

    public Task<CheckResult> CheckAsync(
        string agent, IReadOnlyList<string> resources, LockMode mode = LockMode.Exclusive, long? fencingToken = null, CancellationToken cancellationToken = default) =>
        Said<CheckResult>(agent, string.Join(' ', resources), mode, fencingToken);

    public Task<WaitResult> WaitUntilFreeAsync(
        IReadOnlyList<string> resources, TimeSpan timeout, string? agent = null, CancellationToken cancellationToken = default) =>
        Said<WaitResult>(string.Join(' ', resources), timeout, agent);

    public Task<CleanupResult> CleanupStaleLocksAsync(
        TimeSpan? maxAge = null, bool dryRun = false, string? by = null, CancellationToken cancellationToken = default) => Said<CleanupResult>(maxAge, dryRun, by);

    public Task<CleanupResult> CleanupAgentLocksAsync(string agent, bool dryRun = false, string? by = null, CancellationToken cancellationToken = default) =>
        Said<CleanupResult>(agent, dryRun, by);

    public Task<int> CountStaleLocksAsync(CancellationToken cancellationToken = default) => Said<int>();

    public Task<IReadOnlyList<LockEvent>> HistoryAsync(HistoryQuery query, CancellationToken cancellationToken = default) => Said<IReadOnlyList<LockEvent>>(query);

    public ValueTask DisposeAsync() => default;

    private Task<T> Said<T>(params object?[] asked)
    {
        Asked = asked;
        return Answer is Exception error ? Task.FromException<T>(error) : Task.FromResult((T)Answer!);
    }
}
