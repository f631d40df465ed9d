using System.IO.Abstractions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SwarmLocks.FileStore;
using SwarmLocks.Holding;
using SwarmLocks.Platform;
using SwarmLocks.Policy;
using SwarmLocks.Requests;
using SwarmLocks.Resources;

namespace SwarmLocks;

/// <inheritdoc cref="ILockManager"/>
public sealed partial class LockManager : ILockManager
{
    private readonly ILockStore _store;
    private readonly LockManagerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly RequestResolver _requests;
    private readonly LeaseKeeper _keeper;
    private readonly RequestLine _line;
    private readonly OpenWaits _waits = new();
    private Task? _closed;

    /// <summary>
    /// Uses the store of the working tree around the current directory, or as <paramref name="options"/> say. Nothing is created before the first lock.
    /// </summary>
    /// <param name="options">A <see cref="LockManagerOptions"/>, or what a container makes of them; null for the defaults with what <c>SWARMLOCKS_*</c> variables say.</param>
    /// <param name="logger">Where to tell what happens; null for nowhere.</param>
    /// <exception cref="LockUsageException">There is no tree, or an option is out of its range.</exception>
    /// <exception cref="LockStoreException">The store cannot be used.</exception>
    /// <remarks>The only public constructor: a container that could satisfy two of the same length would take neither.</remarks>
    public LockManager(IOptions<LockManagerOptions>? options = null, ILogger<LockManager>? logger = null)
        : this(options?.Value ?? LockManagerOptions.FromEnvironment(), new FileSystem(), SystemPlatform.Current, TimeProvider.System, logger)
    {
    }

    internal LockManager(LockManagerOptions options, IFileSystem files, IPlatform platform, TimeProvider time, ILogger? logger, Action<Func<Task>>? background = null)
        : this(options.Checked(), Locate(options, files, platform), files, platform, time, logger ?? NullLogger.Instance, background)
    {
    }

    private LockManager(
        LockManagerOptions options, StoreLocation location, IFileSystem files, IPlatform platform, TimeProvider time, ILogger log, Action<Func<Task>>? background)
        : this(
            new FileLockStore(files, platform, time, location, log, options.JournalBytes, options.ChildrenKeepSession), options,
            new RequestResolver(files, platform, location.Root, options, StoreFolder.FoldsCase(files, location.Root)), location.Root, time, log, background)
    {
    }

    internal LockManager(
        ILockStore store, LockManagerOptions options, RequestResolver requests, string root, TimeProvider time, ILogger log, Action<Func<Task>>? background = null)
    {
        (_store, _options, _requests, Root, _time, _log) = (store, options, requests, root, time, log);
        _keeper = new LeaseKeeper(store, requests, time, log, background);
        _line = new RequestLine(store, options, time);
    }

    /// <inheritdoc/>
    public string Root { get; }

    /// <inheritdoc/>
    public string Store => _store.Location;

    /// <inheritdoc/>
    public Task<AcquireResult> TryAcquireAsync(LockRequest request, CancellationToken cancellationToken = default) => AskAsync(request, cancellationToken).AsTask();

    /// <inheritdoc/>
    public async Task<LockHandle> AcquireAsync(LockRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.OutlivesProcess)
            throw new LockUsageException("A lease that outlives its process has no handle: take it with TryAcquireAsync.");
        var result = await AskAsync(request, cancellationToken).ConfigureAwait(false);
        return result.Outcome switch
        {
            AcquireOutcome.Granted => result.Handle!,
            AcquireOutcome.Deadlock => throw new LockDeadlockException(result),
            AcquireOutcome.Abandoned => throw new LockAbandonedException(result),
            _ => throw new LockConflictException(result),
        };
    }

    /// <inheritdoc/>
    public async Task<T> RunLockedAsync<T>(LockRequest request, Func<LockHandle, CancellationToken, Task<T>> work, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(work);
        // The work may need a moment to stop; until it has, nobody else should get in.
        var handle = await AcquireAsync(request with { ExcludesUntilDisposed = true }, cancellationToken).ConfigureAwait(false);
        await using var _ = handle.ConfigureAwait(false);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, handle.LeaseLost);
        try
        {
            var result = await work(handle, stop.Token).ConfigureAwait(false);
            handle.ThrowIfLostWhileOpen();
            return result;
        }
        catch (OperationCanceledException) when (handle.LeaseLost.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            handle.ThrowIfLostWhileOpen();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task RunLockedAsync(LockRequest request, Func<LockHandle, CancellationToken, Task> work, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        return RunLockedAsync<object?>(
            request,
            async (handle, stop) =>
            {
                await work(handle, stop).ConfigureAwait(false);
                return null;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // Whoever closes it a second time waits for the first.
        return new ValueTask(Interlocked.CompareExchange(ref _closed, closed.Task, null) ?? CloseAsync(closed));
    }

    private async Task CloseAsync(TaskCompletionSource closed)
    {
        try
        {
            await _waits.DisposeAsync().ConfigureAwait(false);
            await _keeper.DisposeAsync().ConfigureAwait(false);
            await _store.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            closed.SetResult();
        }
    }

    private async ValueTask<AcquireResult> AskAsync(LockRequest request, CancellationToken cancellationToken)
    {
        var ask = _requests.Resolve(request, _store.SessionId);
        var pending = new PendingGrant(_keeper, request, _time);
        AcquireVerdict verdict;
        try
        {
            verdict = request.Wait == TimeSpan.Zero
                ? await _line.StandAsync(ask, request.Wait, pending, cancellationToken).ConfigureAwait(false)
                : await _waits.RunAsync(token => _line.StandAsync(ask, request.Wait, pending, token), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            if (pending.Kept is { } granted)
                await _keeper.ForgetAsync(granted).ConfigureAwait(false);
            throw;
        }
        if (verdict.Outcome != AcquireOutcome.Granted)
            return Refusal(ask, verdict);

        var result = new AcquireResult
        {
            Outcome = AcquireOutcome.Granted,
            Time = _time,
            FencingToken = verdict.FencingToken,
            Leases = verdict.Leases,
            Handle = pending.Kept is { } kept ? _keeper.Attach(ask, verdict, kept, pending.Sent) : null,
        };
        // A grant that answers after its own TTL is a loss: somebody else may have it already.
        if (IsOver(verdict, pending.Sent))
            await RefuseLateGrantAsync(ask, verdict, result).ConfigureAwait(false);
        return result;
    }

    /// <summary>Whether the first lease of a grant has run out since it was <paramref name="sent"/> for.</summary>
    private bool IsOver(AcquireVerdict verdict, long sent)
    {
        var elapsed = _time.GetElapsedTime(sent);
        foreach (var granted in verdict.Leases.Each())
        {
            if (elapsed >= granted.Lease.Ttl)
                return true;
        }
        return false;
    }

    private async ValueTask RefuseLateGrantAsync(LockAsk ask, AcquireVerdict verdict, AcquireResult result)
    {
        if (result.Handle is { } handle)
            await handle.DisposeAsync().ConfigureAwait(false);
        else
            await GiveBackAsync(ask, verdict).ConfigureAwait(false);
        throw new LockExpiredException(
            $"{ask.Agent} was granted {string.Join(", ", ask.Resources.Select(r => r.RequestedAs))}, but heard of it only after the lease had run out: ask again.",
            [.. verdict.Leases.Select(l => new Unaffected(l.Lease.Resource!, "the answer came after its expiry"))]);
    }

    private async ValueTask GiveBackAsync(LockAsk ask, AcquireVerdict verdict)
    {
        var refs = verdict.Leases.Select((granted, i) => new { granted.Reentrant, Ref = new LeaseRef(ask.Resources[i].Resource, granted.Lease.LeaseId!) })
            .Where(l => !l.Reentrant).Select(l => l.Ref).ToList();
        try
        {
            await _store.TransactAsync(
                LockScope.Exactly([.. refs.Select(r => r.Resource)]), _options.GuardTimeout,
                view => LockPolicy.Release(view, refs), CancellationToken.None).ConfigureAwait(false);
        }
        catch (LockStoreException)
        {
            // It ends with its TTL; the late grant is the error to tell.
        }
    }

    private AcquireResult Refusal(LockAsk ask, AcquireVerdict verdict) => new()
    {
        Outcome = verdict.Outcome,
        Message = LockMessages.Refused(ask, verdict, _time, verdict.Abandoned.Count > 0 ? Story() : []),
        Conflicts = verdict.Conflicts,
        Cycle = verdict.Cycle,
    };

    /// <summary>A store that is named and exists says itself which tree it belongs to; a new one belongs to the tree around the directory.</summary>
    private static StoreLocation Locate(LockManagerOptions options, IFileSystem files, IPlatform platform)
    {
        string directory = PathWalk.RealPath(files, platform, options.Directory ?? files.Directory.GetCurrentDirectory());
        if (options.StoreDirectory is not { } store)
            return StoreLocation.Discover(files, directory);
        string full = files.Path.TrimEndingDirectorySeparator(PathWalk.RealPath(files, platform, store));
        var found = StoreLocation.Find(files, directory);
        string? root = StoreFolder.TreeOf(files, full) ?? found?.Root;
        return root is not null
            ? new StoreLocation(root, full, found?.Root == root ? found.GitDirectory : null)
            : throw new LockUsageException($"There is no store in '{full}' yet and no git working tree around '{directory}': run this inside the tree that the store is for.");
    }
}
