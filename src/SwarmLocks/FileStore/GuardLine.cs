using SwarmLocks.Platform;

namespace SwarmLocks.FileStore;

/// <summary>
/// Where processes stand that wait for the guard, one behind another: only the first of them tries it, the others sleep until it is their turn to be the first.
/// </summary>
/// <remarks>
/// <para>It is a lock on a file of its own, and excludes nobody: whoever does not stand in it may try the guard as well, and whoever has stood too long does. So nothing
/// depends on a first one that was stopped, or on the file being there.</para>
/// <para>If all waited for the guard itself, the kernel would wake one of them each time that somebody lets go of it, mostly too late: whoever had it has it again. With one who looks now
/// and then, a process gets through some twenty changes before the next, in place of two switches of context for each.</para>
/// <para>For one caller at a time.</para>
/// </remarks>
internal sealed class GuardLine(IPlatform platform, TimeProvider time, string path)
{
    /// <summary>How long the line is trusted to move: twice as long as thirty take that do nothing but change locks.</summary>
    private static readonly TimeSpan Trust = TimeSpan.FromMilliseconds(200);

    private Stream? _file;
    private IReusableLock? _place;
    private KernelLine? _wait;
    private bool _isFirst;

    /// <summary>Stands in line until this process is the first, or it has stood for too long, or there is no line to be had: in any case it may go on to the guard.</summary>
    /// <param name="left">How long at most.</param>
    /// <param name="cancellationToken">Leaves the line.</param>
    public async ValueTask StandAsync(TimeSpan left, CancellationToken cancellationToken)
    {
        if (_isFirst || !Open())
            return;
        _isFirst = _place!.TryTake(out string? trouble);
        if (_isFirst || trouble is not null)
            return;
        try
        {
            _isFirst = await _wait!.AskAsync(left < Trust ? left : Trust, time, cancellationToken).ConfigureAwait(false) && _wait.Trouble is null;
        }
        finally
        {
            if (!_isFirst)
                GiveUp();
        }
    }

    /// <summary>Lets the next one be the first.</summary>
    public void Leave()
    {
        if (_isFirst && !_place!.LetGo())
            Close();
        _isFirst = false;
    }

    /// <summary>Nobody will ask again.</summary>
    public void Close()
    {
        _wait?.Close();
        _file?.Dispose();
        (_file, _place, _wait, _isFirst) = (null, null, null, false);
    }

    private bool Open()
    {
        if (_file is not null)
            return true;
        if (platform.OpenUnlocked(path, create: true) is not { } file)
            return false;
        if (platform.Reuse(file) is not { CanWait: true } place)
        {
            file.Dispose();
            return false;
        }
        (_file, _place, _wait) = (file, place, new KernelLine(place, file));
        return true;
    }

    /// <summary>Where the kernel's answer is still to come the file is left to whoever waits for it.</summary>
    private void GiveUp()
    {
        if (_wait!.Leave())
            (_file, _place, _wait) = (null, null, null);
        else
            Close();
    }
}
