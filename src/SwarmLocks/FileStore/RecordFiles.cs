using System.IO.Abstractions;
using SwarmLocks.Platform;
using SwarmLocks.Policy;

namespace SwarmLocks.FileStore;

/// <summary>Reads the lock files that a decision has to see.</summary>
/// <remarks>
/// Without the guard a file may come, go or be replaced at any moment: one that vanished between listing and opening was released,
/// and one without its final newline is being written. Under the guard nobody else writes, so such a file is the remnant of a dead writer.
/// A value, made for one <see cref="Load"/> and not to be kept: every request makes two.
/// </remarks>
/// <param name="files">The disk.</param>
/// <param name="platform">The system below it.</param>
/// <param name="paths">Where.</param>
/// <param name="occupied">What the header says, for whoever has the guard; null for whoever has not.</param>
/// <param name="memory">What was read before, for whoever has not the guard; null for nothing.</param>
/// <param name="empty">Which folders were empty, for whoever has the guard; null to list them all.</param>
/// <param name="written">What was written, for whoever has the guard; null for nothing.</param>
internal struct RecordFiles(
    IFileSystem files, IPlatform platform, StorePaths paths, Occupied? occupied, ReaderMemory? memory = null, EmptyFolders? empty = null, WrittenRecords? written = null)
{
    public const string Extension = ".json";

    private const string ByNewer = "a newer version wrote it";

    private readonly bool _underGuard = occupied is not null;
    private readonly FinishedFiles _finished = new(files, platform, underGuard: occupied is not null);
    private Snapshot _found = new() { Occupied = occupied ?? default };

    /// <summary>What is loaded already when a folder is listed.</summary>
    private HashSet<string>? _asked;

    private bool _isWhole;

    /// <summary>Loads what <paramref name="scope"/> asks for.</summary>
    /// <exception cref="LockStoreException">A newer version wrote something of it, and it is not everything that is asked for.</exception>
    public Snapshot Load(LockScope scope)
    {
        _isWhole = scope.Resources is null;
        if (scope.Waiters)
            LoadWaiters();
        if (scope.Resources is null)
        {
            LoadNamed(List(paths.Locks), _ => true);
            LoadGlobs(asked: null);
        }
        else if (!scope.Overlapping)
        {
            foreach (var resource in Once(scope.Resources).Each())
                LoadLock(paths.FileOf(resource), resource);
        }
        else
        {
            // A place in line depends on who holds what the earlier ones wait for, so that counts as asked for too.
            LoadOverlapping(Once(_found.Waiters.Count == 0 ? scope.Resources : [.. scope.Resources.Concat(_found.Waiters.SelectMany(w => w.Resources))]));
        }
        return _found;
    }

    private static IReadOnlyList<LockResource> Once(IReadOnlyList<LockResource> asked) => asked.Count < 2 ? asked : [.. asked.Distinct()];

    /// <summary>
    /// Paths and named things have a file with their own name, so only patterns need a look at names. Names decide without opening a file,
    /// except hashed ones.
    /// </summary>
    private void LoadOverlapping(IReadOnlyList<LockResource> asked)
    {
        bool anyPattern = false, anyInTree = false;
        foreach (var resource in asked.Each())
        {
            anyPattern |= resource.IsPattern;
            anyInTree |= resource.IsPath || resource.IsGlob;
            LoadLock(paths.FileOf(resource), resource);
        }
        if (anyPattern)
        {
            _asked = asked.Select(paths.FileOf).ToHashSet(StringComparer.Ordinal);
            LoadNamed(List(paths.Locks), NamesOnDisk.InLocks([.. asked.Where(r => r.IsPattern)]));
        }
        if (anyInTree)
            LoadGlobs(asked);
    }

    /// <param name="asked">What they have to overlap; null for all of them.</param>
    private void LoadGlobs(IReadOnlyList<LockResource>? asked)
    {
        string[] names = List(paths.Globs, isSaidEmpty: occupied is { Globs: false });
        _found.Occupied = _found.Occupied with { Globs = names.Length > 0 };
        // Mostly there are none.
        if (names.Length > 0)
            LoadNamed(names, asked is null ? _ => true : paths.Names.InGlobs(asked));
    }

    private void LoadNamed(string[] names, Func<ReadOnlySpan<char>, bool> isAsked)
    {
        foreach (string file in names)
        {
            if (_asked?.Contains(file) != true && isAsked(NameOf(file)))
                LoadLock(file, named: null);
        }
    }

    /// <summary>Reads a lock file; <paramref name="named"/> is what its name says, where that is known already.</summary>
    private void LoadLock(string file, LockResource? named)
    {
        var glance = memory?.Look(file) ?? default;
        if (glance.Record is { } known)
        {
            _found.Add(known);
            return;
        }
        if (!_finished.TryRead(file, out var bytes, out string? why))
            return;
        if (written?.Find(file, bytes) is { } own)
        {
            _found.Keep(file, own.Bytes);
            _found.Add(own.Record);
            return;
        }
        LockRecord? record = null;
        bool isNewer = false;
        why ??= TryRead<LockRecord>(LockFileFormat.TryRead, bytes, out record, out isNewer) ?? (IsNamed(record!) ? null : "it speaks of another resource than its name");
        if (why is null)
        {
            Keep(file, bytes);
            _found.Add(record!);
            memory?.Keep(file, glance, record);
        }
        else if ((named ??= LockFileName.TryDecode(NameOf(file).ToString())) is not null || LockFileName.IsHashed(NameOf(file)))
        {
            // Any other name is one that nothing here writes: the file of some other program.
            _found.Add(new UnreadableLock(file, named, new DateTimeOffset(files.File.GetLastWriteTimeUtc(file)), why, isNewer));
        }

        // A resource has one name, and a name that can be read back one resource.
        bool IsNamed(LockRecord record) => named is null ? NameOf(file).SequenceEqual(LockFileName.Encode(record.Resource)) : record.Resource.Equals(named);
    }

    private delegate string? Reading<T>(ReadOnlySpan<byte> bytes, out T? value);

    /// <summary>What a newer version wrote does not keep anybody from seeing and tidying up all the rest; only whoever asks for just that is refused.</summary>
    private readonly string? TryRead<T>(Reading<T> read, ReadOnlySpan<byte> bytes, out T? value, out bool isNewer)
        where T : class
    {
        isNewer = false;
        try
        {
            return read(bytes, out value);
        }
        catch (LockStoreException error) when (_isWhole && error.Problem == StoreProblem.NewerVersion)
        {
            (value, isNewer) = (null, true);
            return ByNewer;
        }
    }

    private void LoadWaiters()
    {
        string[] names = List(paths.Waiting, isSaidEmpty: occupied is { Waiting: false });
        Array.Sort(names, StringComparer.Ordinal);
        _found.Occupied = _found.Occupied with { Waiting = names.Length > 0 };
        foreach (string file in names)
        {
            if (!_finished.TryRead(file, out var bytes, out string? trouble))
                continue;
            LockWaiter? waiter = null;
            bool isNewer = false;
            if (trouble is null && TryRead<LockWaiter>(LockFileFormat.TryRead, bytes, out waiter, out isNewer) is null && paths.FileOf(waiter!.Ticket) == file)
            {
                Keep(file, bytes);
                _found.Add(waiter);
            }
            else if (isNewer)
            {
                _found.Add(new UnreadableLock(file, Resource: null, new DateTimeOffset(files.File.GetLastWriteTimeUtc(file)), ByNewer, IsNewer: true));
            }
            else if (_underGuard)
            {
                // A place in line protects nothing: whoever it was asks again.
                files.File.Delete(file);
            }
        }
    }

    /// <param name="directory">Which.</param>
    /// <param name="isSaidEmpty">Whether the header says that nothing is there; null where it says nothing of the folder.</param>
    private string[] List(string directory, bool? isSaidEmpty = null)
    {
        FileMark? look = null;
        if (isSaidEmpty is { } isSaid && empty?.Contains(directory, out look) == true && isSaid)
            return [];
        var glance = memory?.Look(directory) ?? default;
        if (glance.IsKnown)
            return [];
        try
        {
            string[] found = [.. files.Directory.EnumerateFiles(directory, "*" + Extension)];
            if (found.Length == 0)
            {
                empty?.Keep(directory, look);
                memory?.Keep(directory, glance, record: null);
            }
            return found;
        }
        catch (DirectoryNotFoundException) when (!_underGuard)
        {
            // Somebody deletes the whole store while we read.
            return [];
        }
    }

    /// <summary>For whoever may have to put it back.</summary>
    private void Keep(string file, ReadOnlySpan<byte> bytes)
    {
        if (_underGuard)
            _found.Keep(file, bytes.ToArray());
    }

    private static ReadOnlySpan<char> NameOf(string file) => Path.GetFileNameWithoutExtension(file.AsSpan());

    /// <summary>What was found, and the bytes it was found in.</summary>
    internal struct Snapshot()
    {
        private SmallMap<string, byte[]> _originals;

        public IReadOnlyList<LockRecord> Records { get; private set; } = [];

        public IReadOnlyList<UnreadableLock> Unreadable { get; private set; } = [];

        public IReadOnlyList<LockWaiter> Waiters { get; private set; } = [];

        /// <summary>What the header may say from now on: what it said, corrected by what was listed.</summary>
        public Occupied Occupied { get; set; }

        /// <summary>The bytes by file.</summary>
        public readonly SmallMap<string, byte[]> Originals => _originals;

        public void Add(LockRecord record) => Records = Records.And(record);

        public void Add(UnreadableLock file) => Unreadable = Unreadable.And(file);

        public void Add(LockWaiter waiter) => Waiters = Waiters.And(waiter);

        public void Keep(string file, byte[] original) => _originals.Put(file, original);
    }
}
