using SwarmLocks.Platform;

namespace SwarmLocks.FileStore;

/// <summary>
/// Where processes stand that wait for the guard, one behind another: only the first of them tries it, the others sleep until it is their turn to be the first.
/// </summary>
/// <remarks>
/// <para>It is a lock on a file of its own, and excludes nobody: whoever does not stand in it may try the guard as well, and whoever waits too long does. So nothing
/// depends on a first one that was stopped, or on the file being there.</para>
/// <para>If all waited for the guard itself, the kernel would wake one of them each time that somebody lets go of it, mostly too late: whoever had it has it again. With one who looks now
/// and then, a process gets through some twenty changes before the next, in place of two switches of context for each.</para>
/// <para>A wait in the kernel cannot be cut short, so it has a thread of its own. For one caller at a time.</para>
/// </remarks>
internal sealed class GuardLine
{
    /// <summary>How long the thread stays for the next wait.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long the first sleeps before it tries again, and so how long the others work without being disturbed. Half of it costs a tenth of what many get done; double gains little.
    /// </summary>
    private static readonly TimeSpan NapTime = TimeSpan.FromMilliseconds(1);

    private readonly IReusableLock _place;
    private readonly Stream _file;
    private readonly object _gate = new();
    private bool _hasThread;
    private bool _isAsked;
    private bool _isWanted;
    private bool _isFirst;
    private bool _isClosed;

    private GuardLine(IReusableLock place, Stream file) => (_place, _file) = (place, file);

    /// <summary>Opens the line; null where there is none to be had.</summary>
    public static GuardLine? TryOpen(IPlatform platform, string path)
    {
        if (platform.OpenUnlocked(path, create: true) is not { } file)
            return null;
        if (platform.Reuse(file) is { CanWait: true } place)
            return new GuardLine(place, file);
        file.Dispose();
        return null;
    }

    /// <summary>Whether this process is the first, or becomes it while this thread is blocked. Whoever asked stands in line until it leaves.</summary>
    /// <param name="patience">How long to block.</param>
    public bool IsFirst(TimeSpan patience)
    {
        lock (_gate)
        {
            _isWanted = true;
            if (!_isFirst && !_isAsked && !TakeFreePlace())
                return false;
            bool inTime = true;
            while (_isAsked && inTime)
                inTime = Monitor.Wait(_gate, patience);
            return _isFirst;
        }
    }

    /// <summary>Blocks this thread for a while, so that the others get something done.</summary>
    public void Nap()
    {
        lock (_gate)
            Monitor.Wait(_gate, NapTime);
    }

    /// <summary>Lets the next one be the first. Whoever was asked for meanwhile goes on waiting, and gives its place away when it has it.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            _isWanted = false;
            if (_isFirst)
                _place.LetGo();
            _isFirst = false;
        }
    }

    /// <summary>Nobody will ask again.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            // The thread closes it when it comes back from the kernel: another file may have its number by then.
            if (!_isAsked)
                _file.Dispose();
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Takes the place when it is free, else asks the thread to wait for it. False when it cannot be had at all.</summary>
    private bool TakeFreePlace()
    {
        _isFirst = _place.TryTake(out string? trouble);
        if (_isFirst || trouble is not null)
            return _isFirst;
        if (!_hasThread)
            new Thread(Run) { IsBackground = true, Name = "SwarmLocks line" }.Start();
        (_hasThread, _isAsked) = (true, true);
        Monitor.PulseAll(_gate);
        return true;
    }

    private void Run()
    {
        while (WaitUntilAsked())
        {
            bool isOurs = _place.Take() is null;
            lock (_gate)
            {
                _isAsked = false;
                if (_isClosed)
                {
                    _file.Dispose();
                    return;
                }
                _isFirst = isOurs && _isWanted;
                if (isOurs && !_isFirst)
                    _place.LetGo();
                Monitor.PulseAll(_gate);
            }
        }
    }

    private bool WaitUntilAsked()
    {
        lock (_gate)
        {
            bool inTime = true;
            while (!_isAsked && !_isClosed && inTime)
                inTime = Monitor.Wait(_gate, Idle);
            return _hasThread = _isAsked;
        }
    }
}
