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

    /// <summary>How long the asking thread is blocked before it does something else.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);

    private readonly object _gate = new();
    private bool _hasThread;
    private bool _isAsked;
    private bool _isLeft;
    private string? _trouble;
    private Exception? _error;
    private TaskCompletionSource? _late;

    /// <summary>Asks for the lock and waits for the answer. This thread is blocked for a while: most waits are shorter than it takes to continue on another thread.</summary>
    /// <param name="limit">How long to wait.</param>
    /// <param name="time">Measures it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether there is an answer. After any other end (too long, cancelled) the lock has to be left, see <see cref="Leave"/>, or waited for once more.</returns>
    public async ValueTask<bool> AskAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        if (Ask(limit < Patience ? limit : Patience))
            return true;
        var left = limit - time.GetElapsedTime(start);
        if (left <= TimeSpan.Zero)
            return false;
        var answer = AnswerAsync();
        // The thread that stands in the kernel cannot be called back; whoever waits for it here can give up.
        if (await Task.WhenAny(answer, Task.Delay(left, time, cancellationToken)).ConfigureAwait(false) == answer)
            return true;
        cancellationToken.ThrowIfCancellationRequested();
        return false;
    }

    private bool Ask(TimeSpan patience)
    {
        lock (_gate)
        {
            // Whoever goes on waiting was blocked long enough. One who was answered meanwhile asks for what it has, and is answered at once.
            bool inTime = !_isAsked;
            if (inTime)
            {
                if (!_hasThread)
                    new Thread(Run) { IsBackground = true, Name = "SwarmLocks line" }.Start();
                (_hasThread, _isAsked, _trouble, _error, _late) = (true, true, null, null, null);
                Monitor.PulseAll(_gate);
            }
            while (_isAsked && inTime)
                inTime = Monitor.Wait(_gate, patience);
            return !_isAsked;
        }
    }

    private Task AnswerAsync()
    {
        lock (_gate)
        {
            _late ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!_isAsked)
                _late.TrySetResult();
            return _late.Task;
        }
    }

    /// <summary>Blocks this thread for a while without asking for anything.</summary>
    public void Nap(int ms)
    {
        lock (_gate)
            Monitor.Wait(_gate, ms);
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
