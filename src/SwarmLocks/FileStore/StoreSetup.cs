using System.IO.Abstractions;
using Microsoft.Extensions.Logging.Abstractions;
using SwarmLocks.Platform;
using SwarmLocks.Policy;
using SwarmLocks.Requests;
using SwarmLocks.Resources;

namespace SwarmLocks.FileStore;

/// <summary>Gives a tree a store of its own, and retires the one below its git folder.</summary>
internal sealed class StoreSetup(IFileSystem files, IPlatform platform, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>
    /// First makes sure that the old store is idle and marks it as moved, all under its guard, so that whoever found it before finds out; then makes the new one.
    /// </summary>
    /// <exception cref="LockStoreException">The old store is in use, or the new one cannot be made.</exception>
    public async Task<InitResult> InitAsync(string? directory, CancellationToken cancellationToken)
    {
        try
        {
            return await MakeAsync(directory, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new LockStoreException(
                StoreProblem.Unavailable, $"No store could be made ({error.Message.TrimEnd('.')}): check the disk and its permissions, and run this again.", error);
        }
    }

    private async Task<InitResult> MakeAsync(string? directory, CancellationToken cancellationToken)
    {
        string from = PathWalk.RealPath(files, platform, directory ?? files.Directory.GetCurrentDirectory());
        var found = StoreLocation.Find(files, from);
        string root = found?.Root ?? from;
        string own = files.Path.Combine(root, StoreLocation.OwnFolder);
        bool exists = files.HasFile(StorePaths.GuardOf(files, own));
        if (found is { GitDirectory: { } git } && !exists)
            await RetireAsync(new StoreLocation(root, files.Path.Combine(git, StoreLocation.GitFolder), git), cancellationToken).ConfigureAwait(false);

        if (!files.HasDirectory(own))
            platform.CreateDirectory(own, like: null);
        var store = Store(new StoreLocation(root, own, found?.GitDirectory));
        await using var _ = store.ConfigureAwait(false);
        await store.TransactAsync(LockScope.Exactly([]), Patience, _ => new Decision<bool>(true), cancellationToken).ConfigureAwait(false);
        return new InitResult(own, Created: !exists);
    }

    private async ValueTask RetireAsync(StoreLocation old, CancellationToken cancellationToken)
    {
        var store = Store(old);
        await using var _ = store.ConfigureAwait(false);
        try
        {
            await store.RetireAsync(Patience, RefuseIfInUse, cancellationToken).ConfigureAwait(false);
        }
        catch (LockStoreException error) when (error.Problem == StoreProblem.Moved)
        {
            // An earlier attempt got this far.
        }
        catch (Exception error) when (error is UnauthorizedAccessException || (error is IOException io && platform.IsReadOnly(io)))
        {
            // We may not write there, which is what a store of one's own is for. Others may have: reading has to do.
            RefuseIfInUse(store.Read(LockScope.All));
        }
    }

    private void RefuseIfInUse(LockView view)
    {
        var live = LockPolicy.Leases(view).Where(l => l.State is LeaseState.Live or LeaseState.Unreadable).ToList();
        if (live.Count > 0 || view.Waiters.Any(view.IsLive))
        {
            string what = live.Count == 0 ? "requests in line"
                : $"{live.Count} live {(live.Count == 1 ? "lock" : "locks, the first")} ({LockMessages.InTheWay(new LockConflict(live[0].RequestedAs ?? "", live[0], Queued: null, ""), time)})";
            throw new LockStoreException(StoreProblem.Unavailable, $"The store in use has {what}: let them end, then run this again.");
        }
    }

    private FileLockStore Store(StoreLocation location) =>
        new(files, platform, time, location, NullLogger.Instance, journalBytes: 1 << 20, childrenKeepSession: false);
}
