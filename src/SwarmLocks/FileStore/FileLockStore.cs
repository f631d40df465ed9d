using System.IO.Abstractions;
using Microsoft.Extensions.Logging;
using SwarmLocks.Platform;
using SwarmLocks.Policy;

namespace SwarmLocks.FileStore;

/// <summary>
/// Locks as JSON files: guard → load → decide → apply. One kernel lock serialises every change, the decision is somebody else's pure function,
/// and one file records each lock.
/// </summary>
/// <remarks>
/// <para>A process that dies anywhere in here leaves the kernel to let go of the guard, and at most a remnant: a file without its final newline, one temporary
/// file, an empty guard, records of a dead session. The next one under the guard deals with each.</para>
/// <para>Readers take no guard. They see each record whole, before or after a change.</para>
/// </remarks>
internal sealed partial class FileLockStore : ILockStore
{
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(2);

    private readonly IFileSystem _files;
    private readonly IPlatform _platform;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly StoreFolder _folder;
    private readonly Guard _guard;
    private readonly StoreClock _clock;
    private readonly GuardContent _content;
    private readonly ReaderMemory _memory;
    private readonly EmptyFolders _empty;
    private readonly Sessions _sessions;
    private readonly ChangeSignal _signal;
    private readonly long _journalBytes;

    // Touched only under the guard.
    private readonly Action _ensureExists;
    private readonly SessionNames _names;
    private readonly WrittenRecords _written = new();
    private Journal? _journal;
    private StorePaths? _paths;
    private StorePaths? _readFrom;
    private bool _proven;
    private volatile bool _disposed;

    // Set by whoever was in line for a lock and looks again, taken by whoever asks next: mostly it is free now, and all behind wait for the one that is to have it.
    private bool _isAwaited;

    public FileLockStore(
        IFileSystem files, IPlatform platform, TimeProvider time, StoreLocation location, ILogger log, long journalBytes, bool childrenKeepSession, Random? random = null)
    {
        (_files, _platform, _time, _log, _journalBytes) = (files, platform, time, log, journalBytes);
        _folder = new StoreFolder(files, platform, location);
        _ensureExists = _folder.EnsureExists;
        _guard = new Guard(files, platform, time, random ?? Random.Shared, StorePaths.GuardOf(files, location.Store), location.Store);
        _clock = new StoreClock(platform, time);
        _content = new GuardContent(location.Store);
        _memory = new ReaderMemory(platform, time);
        _empty = new EmptyFolders(platform);
        _sessions = new Sessions(files, platform, childrenKeepSession);
        _names = new SessionNames(_sessions.Id);
        _signal = new ChangeSignal(
            // On Linux all of them tell of single files, and the native binary needs nothing else.
            folder => platform.OpenNotices() ?? (OperatingSystem.IsLinux() ? null : new FolderNotices(files, folder)), time,
            paused: () => Volatile.Write(ref _isAwaited, true));
    }

    public string Location => _folder.Location.Store;

    public string SessionId => _sessions.Id;

    public async ValueTask<T> TransactAsync<T>(LockScope scope, TimeSpan bound, Func<LockView, Decision<T>> decide, CancellationToken cancellationToken)
    {
        try
        {
            using var guard = await EnterAsync(bound, cancellationToken).ConfigureAwait(false);
            // Whoever waited while the store was closed must not open its session again.
            ObjectDisposedException.ThrowIf(_disposed, typeof(LockManager));
            return TransactUnderGuard(guard, scope, decide);
        }
        catch (Exception error) when (IsDiskTrouble(error))
        {
            throw Unavailable(error);
        }
    }

    public LockView Read(LockScope scope)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(LockManager));
        try
        {
            // Another process may have made the store anew since our last look.
            var paths = _readFrom is { } known && (_platform.AttributesAt(known.Tree) is FileAttributes.Normal || _files.HasFile(known.Tree)) ? known : _readFrom = _folder.FindForReader();
            return paths is null
                ? new LockView { Now = _clock.Now(), LastToken = 0, Records = [] }
                : View(paths, new RecordFiles(_files, _platform, paths, occupied: null, IsWhole(scope) ? null : _memory).Load(scope), lastToken: 0);
        }
        catch (Exception error) when (IsDiskTrouble(error))
        {
            throw Unavailable(error);
        }
    }

    public IChangeWatch Watch(ChangeInterest? interest) =>
        // Far back in line every change would wake everybody for nothing, and the looking would keep the first from getting on.
        interest is not null && (_readFrom ?? _paths) is { } paths ? _signal.Watch(FilesOf(interest, paths), paths.Data) : _signal.Watch([], "");

    private static List<string> FilesOf(ChangeInterest interest, StorePaths paths)
    {
        List<string> meant = [.. interest.Locks.Select(paths.FileOf)];
        foreach (string session in interest.Sessions)
        {
            if (paths.FileOfSession(session) is { } file)
                meant.Add(file);
        }
        if (interest.Behind is { } ticket)
            meant.Add(paths.FileOf(ticket));
        return meant;
    }

    public IEnumerable<LockEvent> ReadJournal()
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(LockManager));
        try
        {
            return (_readFrom ?? _folder.FindForReader()) is { } paths ? [.. new JournalReader(_files, paths).ReadAll()] : [];
        }
        catch (Exception error) when (IsDiskTrouble(error))
        {
            throw Unavailable(error);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        try
        {
            if (_sessions.IsOpen && _paths is { } paths)
            {
                using var held = await _guard.EnterAsync(ClosePatience, create: () => throw new FileNotFoundException(), isAwaited: false, CancellationToken.None).ConfigureAwait(false);
                _sessions.CloseUnderGuard(paths.Sessions, remove: !_names.Any);
            }
        }
        catch (Exception error) when (IsDiskTrouble(error) || error is LockStoreException)
        {
            // Busy, deleted or read-only: the session ends with its file handle, and a clean-up removes the file.
            StoreLog.SessionLeft(_log, _sessions.Id, error.Message);
        }
        // At once, so that others get what it holds. And once more by whoever has the guard, when it is through: it may be opening the session at this moment, or on its way
        // to the journal.
        _sessions.Dispose();
        _guard.Close(() =>
        {
            _journal?.Dispose();
            _sessions.Dispose();
        });
        _signal.Dispose();
    }

    /// <summary>The guard, and what it says; a store that is not there yet is made.</summary>
    private async ValueTask<Entered> EnterAsync(TimeSpan bound, CancellationToken cancellationToken)
    {
        while (true)
        {
            var held = await _guard.EnterAsync(bound, _ensureExists, Interlocked.Exchange(ref _isAwaited, false), cancellationToken).ConfigureAwait(false);
            try
            {
                if (HeaderUnderGuard(held.Stream) is { } header)
                    return new Entered(held, header);
            }
            catch
            {
                held.Dispose();
                throw;
            }
            // The store was deleted while we stood before its guard, and what we hold excludes nobody: take the one that is there now.
            held.Dispose();
        }
    }

    private StoreHeader? HeaderUnderGuard(Stream guard)
    {
        long token = 0;
        if (_content.Read(guard) is { } header)
        {
            _folder.Check(header);
            // Looked at once, and again after whatever went wrong: somebody may delete the folder of the locks and leave the guard.
            if (_paths?.Id == header.Id || _folder.HasData(header))
                return Known(guard, header);
            token = header.Token ?? 0;
        }
        return _folder.CreateUnderGuard(guard, token) is { } made ? Known(guard, made) : null;
    }

    private StoreHeader Known(Stream guard, StoreHeader header)
    {
        if (!_proven)
        {
            _guard.ProveExclusion();
            _proven = true;
        }
        if (_paths?.Id != header.Id)
        {
            _paths = new StorePaths(_files, Location, header.Id);
            _names.Clear();
            _empty.Clear();
            _written.Clear();
            _journal?.Dispose();
            _journal = new Journal(_files, _platform, _paths, _journalBytes);
        }
        return header;
    }

    /// <summary>Whoever asks for everything looks for himself; and its list would push out what is asked for again and again.</summary>
    private static bool IsWhole(LockScope scope) => scope.Resources is null;

    private T TransactUnderGuard<T>(Entered guard, LockScope scope, Func<LockView, Decision<T>> decide)
    {
        var header = guard.Header;
        var paths = _paths!;
        try
        {
            var found = new RecordFiles(_files, _platform, paths, header.Occupied, memory: null, IsWhole(scope) ? null : _empty, _written).Load(scope);
            var view = View(paths, found, header.Token ?? LargestTokenOnFile(paths));
            var decision = decide(view);
            if (decision.Changes is { } changes)
                ApplyUnderGuard(guard.Stream, header, paths, view, found, changes);
            return decision.Result;
        }
        catch (DirectoryNotFoundException)
        {
            // Somebody deletes the store at this moment: the next one looks what is left of it.
            _paths = null;
            throw;
        }
    }

    private void ApplyUnderGuard(Stream guard, StoreHeader header, StorePaths paths, LockView view, RecordFiles.Snapshot found, LockChanges changes)
    {
        // The token first: one that was seen must never be given out again, whatever happens to the record. Likewise where others have to look from now on.
        var occupied = new Occupied(
            Globs: found.Occupied.Globs || HasPattern(changes.Writes),
            Waiting: found.Occupied.Waiting || changes.WaiterWrites.Count > 0);
        if (changes.Token is not null || occupied != header.Occupied)
            _content.Change(guard, header with { Token = changes.Token ?? view.LastToken, Occupied = occupied });
        if (_names.AreIn(changes))
            _sessions.EnsureOpenUnderGuard(paths.Sessions);
        _names.Note(changes);
        new RecordWriter(_files, _platform, paths, found.Originals, _written).Apply(changes);
        _names.Forget(changes);
        if (changes.SweepSessions)
            Sweep(paths, view, changes);
        if (changes.Events.Count > 0)
            AppendJournal(changes.Events);
        foreach (var resource in changes.Deletes.Each())
            _signal.Raise(paths.FileOf(resource));
        foreach (var record in changes.Writes.Each())
            _signal.Raise(paths.FileOf(record.Resource));
        foreach (long ticket in changes.WaiterDeletes.Each())
            _signal.Raise(paths.FileOf(ticket));
        foreach (var waiter in changes.WaiterWrites.Each())
            _signal.Raise(paths.FileOf(waiter.Ticket));
    }

    private static bool HasPattern(IReadOnlyList<LockRecord> records)
    {
        foreach (var record in records.Each())
        {
            if (record.Resource.IsPattern)
                return true;
        }
        return false;
    }

    private void Sweep(StorePaths paths, LockView view, LockChanges changes)
    {
        // As it is now, after the changes: whoever was just taken out of line names no session any more.
        var written = changes.Writes.ToDictionary(r => r.Resource);
        var named = view.Records.Where(r => !changes.Deletes.Contains(r.Resource)).Select(r => written.GetValueOrDefault(r.Resource, r))
            .SelectMany(r => r.Holders).Select(e => e.Session)
            .Concat(view.Waiters.Where(w => !changes.WaiterDeletes.Contains(w.Ticket)).Select(w => w.Session)).ToHashSet(StringComparer.Ordinal);
        try
        {
            // What a newer version wrote may name any.
            if (!view.Unreadable.Any(file => file.IsNewer))
                _sessions.SweepUnderGuard(paths.Sessions, named.Contains);
            SpareFile.TryRemove(_files, paths);
            _folder.SweepUnderGuard();
        }
        catch (Exception error) when (IsDiskTrouble(error) && error is not DirectoryNotFoundException)
        {
            // The changes stand and are on disk; what is left over is for the next clean-up.
            StoreLog.SweepFailed(_log, error.Message);
        }
    }

    private void AppendJournal(IReadOnlyList<LockEvent> events)
    {
        try
        {
            _journal!.AppendUnderGuard(events);
        }
        catch (Exception error) when (IsDiskTrouble(error))
        {
            // The decision stands and is on disk; only its story is missing.
            StoreLog.JournalFailed(_log, error.Message);
        }
    }

    private LockView View(StorePaths paths, RecordFiles.Snapshot found, long lastToken)
    {
        // After loading, so that no record is younger than the instant it is judged at.
        var now = _clock.Now();
        return new LockView
        {
            Now = now,
            LastToken = lastToken,
            Records = found.Records,
            Unreadable = found.Unreadable,
            Waiters = found.Waiters,
            DeadSessions = _sessions.DeadOf(found.Records, found.Waiters, now, paths.Sessions),
        };
    }

    private long LargestTokenOnFile(StorePaths paths)
    {
        var all = new RecordFiles(_files, _platform, paths, occupied: default(Occupied)).Load(LockScope.All);
        if (all.Unreadable.FirstOrDefault(file => file.IsNewer) is { } newer)
            throw LockFileFormat.Newer(newer.Why);
        long largest = _time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var entry in all.Records.SelectMany(r => r.Holders))
            largest = Math.Max(largest, entry.FencingToken);
        foreach (var waiter in all.Waiters)
            largest = Math.Max(largest, waiter.Ticket);
        return largest;
    }

    /// <summary>What is no file (a planted pipe or device) opens, but has no length and no places.</summary>
    private static bool IsDiskTrouble(Exception error) => error is IOException or UnauthorizedAccessException or NotSupportedException;

    private LockStoreException Unavailable(Exception error)
    {
        bool mayNot = error is UnauthorizedAccessException || (error is IOException io && _platform.IsReadOnly(io));
        string remedy = mayNot && _folder.Location.GitDirectory is { } git && Location.StartsWith(git, StringComparison.Ordinal)
            ? "let this user write there, or make a store at the root of the tree with 'swarmlocks init'"
            : "check its disk and permissions, and try again";
        return new(StoreProblem.Unavailable, $"The store '{Location}' cannot be used ({error.Message.TrimEnd('.')}), and nothing was changed: {remedy}.", error);
    }

    /// <summary>The guard, held, and what it says.</summary>
    private readonly record struct Entered(Guard.Held Held, StoreHeader Header) : IDisposable
    {
        public Stream Stream => Held.Stream;

        public void Dispose() => Held.Dispose();
    }
}
