using System.IO.Abstractions;

namespace SwarmLocks.FileStore;

/// <summary>
/// Tells those who wait that something in the store changed: changes of this process always, those of others through file notification
/// where the system has some to spare. Nobody may rely on it alone.
/// </summary>
internal sealed class ChangeSignal(IFileSystem files, TimeProvider time) : IDisposable
{
    /// <summary>How many changes are remembered for those who are about to wait; whoever comes later than that looks again.</summary>
    private const int Remembered = 256;

    private readonly Lock _gate = new();
    private readonly Queue<string> _recent = new();
    private readonly List<(IReadOnlySet<string> Meant, TaskCompletionSource Heard)> _waiting = [];
    private long _stamp;
    private IFileSystemWatcher? _watcher;
    private bool _tried;

    public long Stamp => Volatile.Read(ref _stamp);

    /// <summary>Tells of a change to one file of the store.</summary>
    public void Raise(string file)
    {
        lock (_gate)
        {
            _stamp++;
            _recent.Enqueue(file);
            if (_recent.Count > Remembered)
                _recent.Dequeue();
            foreach (var (meant, heard) in _waiting)
            {
                if (meant.Contains(file))
                    heard.TrySetResult();
            }
        }
    }

    /// <summary>Returns at a change that is meant, after <paramref name="limit"/>, or at once when one may have been missed.</summary>
    /// <param name="since">The stamp before the caller looked.</param>
    /// <param name="limit">The longest pause.</param>
    /// <param name="directory">Where to listen.</param>
    /// <param name="meant">Which files matter.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async ValueTask WaitAsync(long since, TimeSpan limit, string directory, IReadOnlySet<string> meant, CancellationToken cancellationToken)
    {
        // What happened before we began to listen was not heard: look again first.
        if (Listen(directory))
            return;
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            long missed = _stamp - since;
            if (missed > _recent.Count || _recent.Skip(_recent.Count - (int)missed).Any(meant.Contains))
                return;
            _waiting.Add((meant, heard));
        }
        using var delay = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // Notifications can be lost, and a lease expires without one: at the limit the caller looks for itself.
        await Task.WhenAny(heard.Task, Task.Delay(limit, time, delay.Token)).ConfigureAwait(false);
        await delay.CancelAsync().ConfigureAwait(false);
        lock (_gate)
            _waiting.RemoveAll(w => w.Heard == heard);
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
                watcher.Created += (_, change) => Raise(change.FullPath);
                watcher.Deleted += (_, change) => Raise(change.FullPath);
                watcher.Renamed += (_, change) => Raise(change.FullPath);
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
}
