using SwarmLocks.Platform;

namespace SwarmLocks.FileStore;

/// <summary>
/// Tells those who wait that a file of the store went or changed: changes of this process always, those of others where the system notifies and has some to spare.
/// Nobody may rely on it alone.
/// </summary>
/// <param name="open">Begins to listen for other processes, in the folder that all files are in; null where nothing tells of them. Called once, when somebody first waits.</param>
/// <param name="time">Ends pauses.</param>
/// <param name="paused">Called after each pause.</param>
internal sealed class ChangeSignal(Func<string, IFileNotices?> open, TimeProvider time, Action paused) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Listener> _listeners = [];
    private IFileNotices? _notices;
    private bool _tried;

    /// <summary>Begins to listen.</summary>
    /// <param name="meant">Which files matter; none to hear nothing.</param>
    /// <param name="directory">The folder that all of them are in.</param>
    public IChangeWatch Watch(IReadOnlyList<string> meant, string directory)
    {
        var listener = new Listener(this, meant);
        if (meant.Count == 0)
            return listener;
        lock (_gate)
        {
            if (!_tried)
                _notices = open(directory);
            _tried = true;
            _listeners.Add(listener);
            listener.Listen(_notices);
        }
        return listener;
    }

    /// <summary>Tells of a change to one file of the store.</summary>
    public void Raise(string file)
    {
        lock (_gate)
        {
            foreach (var listener in _listeners)
                listener.Hear(file);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _tried = true;
            _notices?.Dispose();
            _notices = null;
        }
    }

    private sealed class Listener(ChangeSignal signal, IReadOnlyList<string> meant) : IChangeWatch
    {
        private readonly TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly List<IDisposable> _notices = [];

        public void Listen(IFileNotices? notices)
        {
            foreach (string file in meant)
            {
                if (notices?.Tell(file, Hear) is { } notice)
                    _notices.Add(notice);
            }
        }

        public void Hear(string file)
        {
            if (meant.Contains(file))
                Hear();
        }

        public async ValueTask<bool> WaitAsync(TimeSpan limit, CancellationToken cancellationToken)
        {
            using var delay = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            // Notifications can be lost, and a lease expires without one: at the limit the caller looks for itself.
            await Task.WhenAny(_heard.Task, Task.Delay(limit, signal.Time, delay.Token)).ConfigureAwait(false);
            await delay.CancelAsync().ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            signal.Paused();
            return _heard.Task.IsCompleted;
        }

        public void Dispose()
        {
            lock (signal._gate)
                signal._listeners.Remove(this);
            foreach (var notice in _notices)
                notice.Dispose();
        }

        private void Hear() => _heard.TrySetResult();
    }

    private TimeProvider Time => time;

    private Action Paused => paused;
}
