using System.Diagnostics.CodeAnalysis;
using System.IO.Abstractions;
using SwarmLocks.Platform;

namespace SwarmLocks.FileStore;

/// <summary>
/// The one kernel lock that puts all changes of all processes one after another. Whoever holds the guard file open exclusively may change the store;
/// the kernel lets go of it when the process ends, however it ends.
/// </summary>
/// <remarks>
/// The guard file is opened here and nowhere else, never deleted, never renamed. Inside a process a semaphore comes first, so that its own threads
/// do not spin against each other.
/// </remarks>
[SuppressMessage("Design", "CA1001:Types that own disposable fields should be disposable", Justification =
    "Others may still stand in turn when the store is closed; the semaphore holds nothing that the collector does not free.")]
internal sealed class Guard(IFileSystem files, IPlatform platform, TimeProvider time, Random random, string path, string store)
{
    /// <summary>
    /// How often the guard is tried again at once before the pauses begin. A change takes a fraction of a millisecond, but its holder may have lost
    /// its processor to those who try: more tries make everybody slower.
    /// </summary>
    private const int YieldsBeforePause = 3;

    /// <summary>Pauses stay short: whoever sleeps long is passed by all who come later, and may never get its turn.</summary>
    private const double FirstPauseMs = 0.5;
    private const double LongestPauseMs = 4;
    private const double PauseGrowth = 1.2;

    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Waits for the guard.</summary>
    /// <param name="bound">How long at most.</param>
    /// <param name="create">Called when there is no guard file: makes sure that none was lost, and that its folder exists.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="LockStoreException">Busy past the bound, not usable, or kernel locks do not work here.</exception>
    public async ValueTask<Held> EnterAsync(TimeSpan bound, Action create, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        if (!_turn.Wait(0, cancellationToken) && !await _turn.WaitAsync(bound, cancellationToken).ConfigureAwait(false))
            throw Busy(bound);
        try
        {
            for (int attempt = 0; ; attempt++)
            {
                if (TryOpen(create) is { } stream)
                    return new Held(stream, _turn);
                if (time.GetElapsedTime(start) >= bound)
                    throw Busy(bound);
                cancellationToken.ThrowIfCancellationRequested();
                if (attempt < YieldsBeforePause)
                {
                    Thread.Yield();
                    continue;
                }
                double pauseMs = Math.Min(LongestPauseMs, FirstPauseMs * Math.Pow(PauseGrowth, attempt - YieldsBeforePause));
                await Task.Delay(TimeSpan.FromMilliseconds(pauseMs * (0.5 + random.NextDouble())), time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            _turn.Release();
            throw;
        }
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
            return null;
        }
        return Verified(stream);
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
            return platform.VerifyLock(stream, shared: false) is { } trouble ? throw Untrusted(trouble) : stream;
        }
        catch
        {
            // Left open it would keep everybody out, this process first, until the collector finds it.
            stream.Dispose();
            throw;
        }
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

    /// <summary>The guard, held. Letting go is closing the file.</summary>
    internal sealed class Held(Stream stream, SemaphoreSlim turn) : IDisposable
    {
        private SemaphoreSlim? _turn = turn;

        public Stream Stream => stream;

        public void Dispose()
        {
            stream.Dispose();
            Interlocked.Exchange(ref _turn, null)?.Release();
        }
    }
}
