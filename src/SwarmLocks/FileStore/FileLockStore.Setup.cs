using SwarmLocks.Policy;

namespace SwarmLocks.FileStore;

/// <content>What the making of another store and the doctor do beside locks.</content>
internal sealed partial class FileLockStore
{
    /// <summary>Marks this store as given up for another one, unless <paramref name="decide"/> says that it is in use.</summary>
    internal async ValueTask RetireAsync(TimeSpan bound, Action<LockView> decide, CancellationToken cancellationToken)
    {
        using var guard = await EnterAsync(bound, cancellationToken).ConfigureAwait(false);
        TransactUnderGuard(guard, LockScope.All, view =>
        {
            decide(view);
            return new Decision<bool>(true);
        });
        // Readers first: they do not look at the guard. A second try finds the marker there and goes on.
        _files.File.WriteAllText(_paths!.Moved, "");
        _files.File.Delete(_paths.Tree);
        GuardContent.Retire(guard.Stream);
    }

    /// <summary>Whether the own session looks alive while it is open, and dead once it is closed; its file is removed.</summary>
    internal async ValueTask<(bool Alive, bool Dead)> ProbeOwnSessionAsync(TimeSpan bound, CancellationToken cancellationToken)
    {
        await TransactAsync(LockScope.Exactly([]), bound, _ => new Decision<bool>(true), cancellationToken).ConfigureAwait(false);
        using var guard = await EnterAsync(bound, cancellationToken).ConfigureAwait(false);
        string directory = _paths!.Sessions;
        var now = _clock.Now();
        _sessions.EnsureOpenUnderGuard(directory);
        var prober = new Sessions(_files, _platform, childrenKeepSession: false);
        bool alive = !prober.HasEnded(SessionId, now.Clock, now, directory);
        _sessions.Dispose();
        bool dead = prober.HasEnded(SessionId, now.Clock, now, directory);
        _files.File.Delete(_files.Path.Combine(directory, SessionId));
        return (alive, dead);
    }

    /// <summary>Whether somebody who waits is told when a file goes, as a change of another process would let it go.</summary>
    internal async ValueTask<bool> IsToldOfChangesAsync(TimeSpan bound, CancellationToken cancellationToken)
    {
        const long nobody = 0;
        string file = _paths!.FileOf(nobody);
        _files.File.WriteAllText(file, "");
        using var watch = Watch(new ChangeInterest([], [], Behind: nobody));
        _files.File.Delete(file);
        return await watch.WaitAsync(bound, cancellationToken).ConfigureAwait(false);
    }
}
