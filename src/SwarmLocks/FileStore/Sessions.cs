using System.IO.Abstractions;
using SwarmLocks.Platform;
using SwarmLocks.Policy;

namespace SwarmLocks.FileStore;

/// <summary>
/// Process lives. A session is a file that its process keeps locked; the kernel lets go when the process and all that inherited the file have ended.
/// </summary>
/// <remarks>
/// Not safe for concurrent changes: created and removed only under the guard, so that nobody probes a file that is not locked yet.
/// Probing takes a shared lock: exclusive probes of two readers would take each other for the holder.
/// </remarks>
internal sealed class Sessions(IFileSystem files, IPlatform platform, bool childrenKeepSession) : IDisposable
{
    private static readonly HashSet<string> Nobody = new(StringComparer.Ordinal);

    private Stream? _own;
    private string? _directory;

    /// <summary>Which session this process is.</summary>
    public string Id { get; } = Guid.CreateVersion7().ToString("n");

    /// <summary>Whether the file of this session exists.</summary>
    public bool IsOpen => _own is not null;

    /// <summary>Makes sure that the own session is locked before a record names it.</summary>
    public void EnsureOpenUnderGuard(string directory)
    {
        if (_own is not null && _directory == directory)
            return;
        // The store was deleted and made anew: the session of the old one means nothing there.
        Dispose();
        // It may be there from an attempt that failed after making it.
        var stream = files.FileStream.Create(
            files.Path.Combine(directory, Id), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.None);
        try
        {
            if (platform.VerifyLock(stream, shared: false) is { } trouble)
                throw new LockStoreException(StoreProblem.Untrusted, $"Kernel file locks do not work in '{directory}' ({trouble}): put the working tree on a local disk.");
            if (childrenKeepSession)
                platform.LetChildrenInherit(stream);
            // Not empty, so that whoever probes it can tell it from a planted pipe, which has no length.
            stream.WriteByte((byte)'\n');
        }
        catch
        {
            stream.Dispose();
            throw;
        }
        (_own, _directory) = (stream, directory);
    }

    /// <summary>
    /// Those of the sessions named in <paramref name="records"/> and <paramref name="waiters"/> that have certainly ended. What cannot be told (no file, any
    /// error, another boot) is left out.
    /// </summary>
    public IReadOnlySet<string> DeadOf(IReadOnlyList<LockRecord> records, IReadOnlyList<LockWaiter> waiters, StoreTime now, string directory)
    {
        HashSet<string>? probed = null, dead = null;
        foreach (var record in records.Each())
        {
            foreach (var entry in record.Holders.Each())
                Probe(entry.Session, entry.Clock);
        }
        foreach (var waiter in waiters.Each())
            Probe(waiter.Session, waiter.Clock);
        return dead ?? Nobody;

        void Probe(string? session, string? clock)
        {
            // Nearly all leases that a process sees are its own, and it lives.
            if (session is not null && IsTold(session, clock, now) && (probed ??= new(StringComparer.Ordinal)).Add(session) && IsDead(files.Path.Combine(directory, session)))
                (dead ??= new(StringComparer.Ordinal)).Add(session);
        }
    }

    /// <summary>Whether the process life that a record of <paramref name="clock"/> names has certainly ended.</summary>
    public bool HasEnded(string session, string? clock, StoreTime now, string directory) =>
        IsTold(session, clock, now) && IsDead(files.Path.Combine(directory, session));

    /// <summary>Whether a look at its file can tell.</summary>
    private bool IsTold(string session, string? clock, StoreTime now) => session != Id && IsId(session) && now.IsThisBoot(clock);

    /// <summary>Removes the dead sessions that <paramref name="isNamed"/> denies.</summary>
    public void SweepUnderGuard(string directory, Predicate<string> isNamed)
    {
        foreach (string file in files.Directory.EnumerateFiles(directory).ToList())
        {
            string session = files.Path.GetFileName(file);
            if (session != Id && !isNamed(session) && (!IsSession(file) || IsDead(file)))
                files.File.Delete(file);
        }
    }

    /// <summary>Ends the own session; its file goes too unless a record may still name it.</summary>
    public void CloseUnderGuard(string directory, bool remove)
    {
        if (_own is null)
            return;
        if (remove)
            files.File.Delete(files.Path.Combine(directory, Id));
        Dispose();
    }

    public void Dispose() => Interlocked.Exchange(ref _own, null)?.Dispose();

    /// <summary>A record is only text: what it names must not lead to the guard, or to a device that blocks whoever opens it.</summary>
    public static bool IsId(string session) => Guid.TryParseExact(session, "n", out _);

    /// <summary>Nobody makes one while we have the guard: what is empty is the remnant of a killed writer, or was never a session.</summary>
    private bool IsSession(string file) => files.Look(file) is { IsPlain: true };

    private bool IsDead(string file)
    {
        try
        {
            if (platform.IsLocked(file) is { } isLocked)
                return !isLocked;
            // Opening a planted pipe would hang everybody who asks for a lock.
            if (!IsSession(file))
                return false;
            using var probe = files.FileStream.Create(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.None);
            return platform.VerifyLock(probe, shared: true) is null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Locked by its process: alive. Anything else (removed by a clean-up between our reading and now, no permission): unknown, the TTL rules.
            return false;
        }
    }
}
