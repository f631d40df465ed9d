using System.IO.Abstractions;

namespace SwarmLocks.FileStore;

/// <summary>
/// Tells those who wait that something in the store changed: changes of this process always, those of others through file notification
/// where the system has some to spare. Nobody may rely on it alone.
/// </summary>
internal sealed class ChangeSignal(IFileSystem files, TimeProvider time) : IDisposable
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = New();
    private long _stamp;
    private IFileSystemWatcher? _watcher;
    private bool _tried;

    public long Stamp => Volatile.Read(ref _stamp);

    public void Raise()
    {
        Interlocked.Increment(ref _stamp);
        Interlocked.Exchange(ref _changed, New()).TrySetResult();
    }

    public async ValueTask WaitAsync(long since, TimeSpan limit, string? listenTo, CancellationToken cancellationToken)
    {
        if (listenTo is null)
        {
            // Far back in line every change would wake everybody for nothing, and the looking would keep the first from getting on.
            await Task.Delay(limit, time, cancellationToken).ConfigureAwait(false);
            return;
        }
        // What happened before we began to listen was not heard: look again first.
        if (Listen(listenTo))
            return;
        var changed = Volatile.Read(ref _changed).Task;
        if (Stamp != since)
            return;
        using var delay = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(changed, Task.Delay(limit, time, delay.Token)).ConfigureAwait(false);
        await delay.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _tried = true;
            _watcher?.Dispose();
            _watcher = null;
        }
    }

    /// <summary>Whether it began to listen just now.</summary>
    private bool Listen(string directory)
    {
        lock (_gate)
        {
            if (_tried)
                return false;
            _tried = true;
            IFileSystemWatcher? watcher = null;
            try
            {
                watcher = files.FileSystemWatcher.CreateNew(directory);
                watcher.IncludeSubdirectories = true;
                watcher.NotifyFilter = NotifyFilters.FileName;
                watcher.Created += (_, _) => Raise();
                watcher.Deleted += (_, _) => Raise();
                watcher.Renamed += (_, _) => Raise();
                watcher.EnableRaisingEvents = true;
                _watcher = watcher;
                return true;
            }
            catch (Exception error) when (error is IOException or ArgumentException or NotSupportedException or NotImplementedException or UnauthorizedAccessException)
            {
                // All notification instances of this user are in use, or the file system has none: polling is enough.
                watcher?.Dispose();
                return false;
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
