namespace SwarmLocks.Platform;

/// <summary>
/// Waits for a kernel lock in the kernel's own line. Such a wait cannot be cut short, so it has a thread of its own; whoever gives up leaves the file to that
/// thread, which closes it as soon as the kernel lets go of it.
/// </summary>
/// <remarks>
/// One waits at a time. Asking again and again instead costs a pause for each wait, and gives the lock to whoever happens to be awake, which with many
/// processes is for seconds the same few.
/// </remarks>
internal sealed class KernelLine(IReusableLock wanted, Stream file)
{
    /// <summary>How long the thread stays for the next wait.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);

    private readonly object _gate = new();
    private bool _hasThread;
    private bool _isAsked;
    private bool _isLeft;
    private string? _trouble;
    private Exception? _error;
    private TaskCompletionSource? _late;

    /// <summary>Asks for the lock, and blocks this thread for a while: most waits are shorter than it takes to continue on another thread.</summary>
    /// <returns>Whether there is an answer; else see <see cref="AnswerAsync"/>.</returns>
    public bool Ask(TimeSpan patience)
    {
        lock (_gate)
        {
            (_isAsked, _trouble, _error, _late) = (true, null, null, null);
            if (_hasThread)
                Monitor.PulseAll(_gate);
            else
                new Thread(Run) { IsBackground = true, Name = "SwarmLocks line" }.Start();
            _hasThread = true;
            bool inTime = true;
            while (_isAsked && inTime)
                inTime = Monitor.Wait(_gate, patience);
            return !_isAsked;
        }
    }

    /// <summary>Completes with the answer.</summary>
    public Task AnswerAsync()
    {
        lock (_gate)
        {
            _late ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!_isAsked)
                _late.TrySetResult();
            return _late.Task;
        }
    }

    /// <summary>The answer: null when the lock is there, else what the system said.</summary>
    public string? Trouble => _error is null ? _trouble : throw _error;

    /// <summary>Gives up for good. False when the answer has come at this moment; else the file is closed here, now or later, and nobody else may use it.</summary>
    public bool Leave()
    {
        lock (_gate)
            return _isLeft = _isAsked;
    }

    /// <summary>Nobody will ask again; the file is the caller's.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isLeft = true;
            Monitor.PulseAll(_gate);
        }
    }

    private void Run()
    {
        while (WaitUntilAsked())
        {
            string? trouble = null;
            Exception? failed = null;
            try
            {
                trouble = wanted.Take();
            }
            catch (ObjectDisposedException error)
            {
                // Nothing may end this thread by itself: it would take the process with it.
                failed = error;
            }
            lock (_gate)
            {
                if (_isLeft)
                {
                    file.Dispose();
                    return;
                }
                (_isAsked, _trouble, _error) = (false, trouble, failed);
                Monitor.PulseAll(_gate);
                _late?.TrySetResult();
            }
        }
    }

    private bool WaitUntilAsked()
    {
        lock (_gate)
        {
            bool inTime = true;
            while (!_isAsked && !_isLeft && inTime)
                inTime = Monitor.Wait(_gate, Idle);
            return _hasThread = _isAsked;
        }
    }
}
