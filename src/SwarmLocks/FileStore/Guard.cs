using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.IO.Abstractions;
using SwarmLocks.Platform;

namespace SwarmLocks.FileStore;

/// <summary>
/// The one kernel lock that puts all changes of all processes one after another. Whoever holds the guard file open exclusively may change the store;
/// the kernel lets go of it when the process ends, however it ends.
/// </summary>
/// <remarks>
/// <para>The guard file is opened here and nowhere else, never deleted, never renamed. Inside a process a semaphore comes first, so that its own threads
/// do not spin against each other.</para>
/// <para>Where the system tells files apart the file is kept open from one change to the next, and only its lock is taken and let go. What is kept open
/// may have lost its name meanwhile, and the lock of a file without a name excludes nobody: so each time, under the lock, the name is looked at.</para>
/// </remarks>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification =
    "Others may still stand in turn when the store is closed; the semaphore holds nothing that the collector does not free.")]
internal sealed class Guard(IFileSystem files, IPlatform platform, TimeProvider time, Random random, string path, string store)
{
    /// <summary>
    /// How often the guard is tried at once. A change takes some ten microseconds, less than it takes to fall asleep and to be woken; but its holder may
    /// have lost its processor to those who try: more tries make everybody slower.
    /// </summary>
    private const int TriesAtOnce = 8;

    /// <summary>
    /// Of the first in line, which comes seldom and then is to get in: longer than a change takes. With a quarter of it many get a little more done, and the last waits three times as long.
    /// </summary>
    private const int TriesOfFirst = 32;

    /// <summary>What passes between two of them, in iterations: about a microsecond.</summary>
    private const int SpinsBetween = 20;

    /// <summary>
    /// How long the first in line sleeps before it tries again, and so how long the others work without being disturbed. Half of it costs a twentieth of what many get done; double gains little.
    /// </summary>
    private const int NapMs = 1;

    /// <summary>How often it does so. If it has not got in then, somebody has the guard for milliseconds at a time, and it waits in the kernel until that one lets go.</summary>
    private const int Naps = 3;

    /// <summary>Where the kernel has no line to stand in. Pauses stay short: whoever sleeps long is passed by all who come later, and may never get its turn.</summary>
    private const double FirstPauseMs = 1;
    private const double LongestPauseMs = 4;
    private const double PauseGrowth = 1.2;

    /// <summary>How often whoever waits for the guard in the kernel looks whether it is still the guard.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);

    private readonly SemaphoreSlim _turn = new(1, 1);

    // Touched only by whoever has the turn.
    private Stream? _kept;
    private IReusableLock? _lock;
    private KernelLine? _wait;
    private readonly GuardLine _line = new(platform, time, path + ".line");
    private volatile bool _closed;
    private Action? _onClosed;

    /// <summary>Waits for the guard.</summary>
    /// <param name="bound">How long at most.</param>
    /// <param name="create">Called when there is no guard file: makes sure that none was lost, and that its folder exists.</param>
    /// <param name="isAwaited">
    /// Whether others wait for what is to be done under it, so that every millisecond counts: then it is waited for in the kernel at once. In a crowd of such everybody would get less done.
    /// </param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="LockStoreException">Busy past the bound, not usable, or kernel locks do not work here.</exception>
    public async ValueTask<Held> EnterAsync(TimeSpan bound, Action create, bool isAwaited, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        if (!_turn.Wait(0, cancellationToken) && !await _turn.WaitAsync(bound, cancellationToken).ConfigureAwait(false))
            throw Busy(bound);
        try
        {
            for (int pauses = 0; ; pauses++)
            {
                if (TryEnter(create, TriesAtOnce) is { } stream)
                    return new Held(this, stream);
                var left = bound - time.GetElapsedTime(start);
                if (left <= TimeSpan.Zero)
                    throw Busy(bound);
                cancellationToken.ThrowIfCancellationRequested();
                if (_wait is null)
                    await PauseAsync(pauses, cancellationToken).ConfigureAwait(false);
                else if (await WaitAsync(create, left, isAwaited, cancellationToken).ConfigureAwait(false) is { } waitedFor)
                    return new Held(this, waitedFor);
            }
        }
        catch
        {
            GiveTurn();
            throw;
        }
    }

    /// <summary>For good: what is kept open is closed, now or by whoever has the turn, when it gives it back.</summary>
    /// <param name="onClosed">Closes what only whoever has the turn may touch. Called with the turn, and again for each who still stood in turn.</param>
    public void Close(Action onClosed)
    {
        _onClosed = onClosed;
        _closed = true;
        CloseInTurn();
    }

    private void CloseInTurn()
    {
        if (!_turn.Wait(0))
            return;
        CloseKept();
        _onClosed!();
        _turn.Release();
    }

    private void GiveTurn()
    {
        _line.Leave();
        _turn.Release();
        // Whoever closed it while the turn was taken could not wait for it.
        if (_closed)
            CloseInTurn();
    }

    private Stream? TryEnter(Action create, int tries)
    {
        for (; tries > 0; tries--)
        {
            if (TryEnter(create) is { } stream)
                return stream;
            Thread.SpinWait(SpinsBetween);
        }
        return null;
    }

    private Stream? TryEnter(Action create)
    {
        if (_lock is null)
            return TryOpen(create);
        bool isOurs = _lock.TryTake(out string? trouble);
        if (trouble is null && !isOurs)
            return null;
        if (IsKeptInPlace())
            return trouble is null ? _kept : throw Untrusted(trouble);
        // Somebody deleted the store, and whoever makes it anew stands before another guard.
        CloseKept();
        return TryOpen(create);
    }

    /// <summary>The guard, when it is ours. Else it is to be asked for anew: it took too long, or what we stood before is the guard no more.</summary>
    private async ValueTask<Stream?> WaitAsync(Action create, TimeSpan bound, bool isAwaited, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        if (!isAwaited && await WaitInLineAsync(create, bound, cancellationToken).ConfigureAwait(false) is { } stream)
            return stream;
        var left = bound - time.GetElapsedTime(start);
        return _wait is not null && left > TimeSpan.Zero && await WaitInKernelAsync(_wait, left, cancellationToken).ConfigureAwait(false) ? _kept : null;
    }

    private async ValueTask<Stream?> WaitInLineAsync(Action create, TimeSpan bound, CancellationToken cancellationToken)
    {
        await _line.StandAsync(bound, cancellationToken).ConfigureAwait(false);
        for (int naps = 0; naps < Naps && _wait is not null; naps++)
        {
            _wait.Nap(NapMs);
            if (TryEnter(create, TriesOfFirst) is { } stream)
                return stream;
        }
        return null;
    }

    private async ValueTask<bool> WaitInKernelAsync(KernelLine wait, TimeSpan bound, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        bool hasAnswer = false;
        try
        {
            for (var left = bound; !hasAnswer && left > TimeSpan.Zero && IsKeptInPlace(); left = bound - time.GetElapsedTime(start))
                hasAnswer = await wait.AskAsync(left < LookEvery ? left : LookEvery, time, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            // It took too long, or was cancelled. Or whoever has the lock may have it for ever: somebody deleted the store, and the others stand before another guard.
            if (!hasAnswer)
                LeaveKernel(wait);
        }
        if (!hasAnswer)
            return false;
        if (wait.Trouble is { } trouble)
            throw Untrusted(trouble);
        if (IsKeptInPlace())
            return true;
        CloseKept();
        return false;
    }

    private void LeaveKernel(KernelLine wait)
    {
        if (wait.Leave())
            (_kept, _lock, _wait) = (null, null, null);
        else
            CloseKept();
    }

    private async ValueTask PauseAsync(int pauses, CancellationToken cancellationToken)
    {
        double pauseMs = Math.Min(LongestPauseMs, FirstPauseMs * Math.Pow(PauseGrowth, pauses)) * (0.5 + (random.NextDouble() / 2));
        // Nobody tells when the guard is free where the kernel has no line, so it is asked for again. Less than a whole millisecond would be no pause.
        await Task.Delay(TimeSpan.FromMilliseconds(Math.Max(1, pauseMs)), time, cancellationToken).ConfigureAwait(false);
    }

    private bool IsKeptInPlace() => platform.MarkAt(path)?.Id == _lock!.File;

    private void CloseKept()
    {
        _wait?.Close();
        _kept?.Dispose();
        _line.Close();
        (_kept, _lock, _wait) = (null, null, null);
    }

    private void Leave(Stream stream)
    {
        Debug.Assert(_turn.CurrentCount == 0, "The guard was left twice.");
        if (stream != _kept)
            stream.Dispose();
        else if (!_lock!.LetGo())
            CloseKept();
        GiveTurn();
    }

    private Stream? TryOpen(Action create)
    {
        Stream stream;
        try
        {
            stream = Open(FileMode.Open);
        }
        catch (IOException error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            // Nobody made the store yet, or somebody deleted it.
            create();
            return TryCreate();
        }
        catch (IOException error) when (platform.IsContended(error))
        {
            KeepUnlocked();
            return null;
        }
        return Verified(stream);
    }

    /// <summary>So that whoever is new stands in the same line as those who have had the guard before: asking now and then, it would hardly ever find it free among them.</summary>
    private void KeepUnlocked()
    {
        if (platform.OpenUnlocked(path, create: false) is { } stream && !TryKeep(stream))
            stream.Dispose();
    }

    private Stream? TryCreate()
    {
        try
        {
            return Verified(Open(FileMode.OpenOrCreate));
        }
        catch (IOException error) when (platform.IsContended(error))
        {
            // Another process made it at the same time, and is inside.
            return null;
        }
    }

    private Stream Open(FileMode mode) => files.FileStream.Create(path, mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.None);

    /// <summary>Every time: .NET goes on without a lock where the disk has none or locking is switched off.</summary>
    private Stream Verified(Stream stream)
    {
        try
        {
            if (platform.VerifyLock(stream, shared: false) is { } trouble)
                throw Untrusted(trouble);
            TryKeep(stream);
            return stream;
        }
        catch
        {
            // Left open it would keep everybody out, this process first, until the collector finds it.
            stream.Dispose();
            throw;
        }
    }

    private bool TryKeep(Stream stream)
    {
        if (platform.Reuse(stream) is not { } reusable || platform.MarkAt(path)?.Id != reusable.File)
            return false;
        (_kept, _lock, _wait) = (stream, reusable, reusable.CanWait ? new KernelLine(reusable, stream) : null);
        return true;
    }

    /// <summary>Once for each process: where a second exclusive open of the same file succeeds, opening excludes nobody.</summary>
    public void ProveExclusion()
    {
        try
        {
            Open(FileMode.Open).Dispose();
        }
        catch (IOException error) when (platform.IsContended(error))
        {
            return;
        }
        throw Untrusted("file locking is switched off for this process (DOTNET_SYSTEM_IO_DISABLEFILELOCKING)");
    }

    private LockStoreException Untrusted(string trouble) => new(
        StoreProblem.Untrusted,
        $"Kernel file locks do not work in '{store}' ({trouble}), so no lock there would exclude anybody: put the working tree on a local disk.");

    private LockStoreException Busy(TimeSpan bound) => new(
        StoreProblem.Busy,
        $"The store '{store}' was busy for {Durations.Format(bound)}, so nothing is known about the lock: try again, and if this stays so, 'swarmlocks doctor' tells which process keeps it.");

    /// <summary>The guard, held. To be disposed once: twice would let go of what the next one holds.</summary>
    internal readonly struct Held(Guard guard, Stream stream) : IDisposable
    {
        public Stream Stream => stream;

        public void Dispose() => guard.Leave(stream);
    }
}
