using System.IO.Abstractions;
using SwarmLocks.Platform;

namespace SwarmLocks.Tests.Unit.TestSupport;

/// <summary>
/// A disk in memory, with the semantics that .NET has on Unix: an open without sharing excludes every other open, whatever the process; a rename replaces;
/// an unlinked file lives on in whoever has it open. Only what the store uses; the rest throws <see cref="NotSupportedException"/>.
/// </summary>
internal sealed partial class MemoryFileSystem : IFileSystem
{
    private const int WouldBlock = 11;
    private const int Exists = 17;

    private static readonly IPath Paths = new FileSystem().Path;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, MemoryNode> _files = new(StringComparer.Ordinal);
    private readonly HashSet<string> _directories = new(StringComparer.Ordinal) { "/" };
    private readonly Dictionary<string, DateTime> _listingChanged = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;

    public MemoryFileSystem(TimeProvider time)
    {
        _time = time;
        File = Proxies.Partial<IFile>(new FileMethods(this));
        Directory = Proxies.Partial<IDirectory>(new DirectoryMethods(this));
        FileStream = Proxies.Partial<IFileStreamFactory>(new StreamMethods(this));
        FileInfo = Proxies.Partial<IFileInfoFactory>(new InfoMethods(this));
        FileSystemWatcher = Proxies.Partial<IFileSystemWatcherFactory>(new object());
    }

    public IFile File { get; }

    public IDirectory Directory { get; }

    public IFileStreamFactory FileStream { get; }

    public IFileSystemWatcherFactory FileSystemWatcher { get; }

    public IPath Path => Paths;

    public IFileInfoFactory FileInfo { get; }

    public IDirectoryInfoFactory DirectoryInfo => throw new NotSupportedException();

    public IDriveInfoFactory DriveInfo => throw new NotSupportedException();

    /// <summary>True for a process that runs with file locking switched off: every open succeeds.</summary>
    public bool LockingIsOff { get; set; }

    /// <summary>To what the disk rounds the times of changes down.</summary>
    public TimeSpan Tick { get; set; } = TimeSpan.FromTicks(1);

    /// <summary>Symbolic links, each with its text; only a look at its attributes and <see cref="FakePlatform.ReadLink"/> see them.</summary>
    public Dictionary<string, string> Links { get; } = new(StringComparer.Ordinal);

    /// <summary>All files, in an order that does not depend on their names.</summary>
    public IReadOnlyList<string> Names
    {
        get
        {
            lock (_gate)
                return [.. _files.Keys];
        }
    }

    /// <summary>Everything there is, to compare two states byte for byte.</summary>
    public SortedDictionary<string, string> Snapshot()
    {
        lock (_gate)
            return new(_files.ToDictionary(f => f.Key, f => Convert.ToHexString(f.Value.Bytes)), StringComparer.Ordinal);
    }

    public void CreateDirectory(string path)
    {
        lock (_gate)
        {
            for (string? at = path; at is not null; at = Path.GetDirectoryName(at))
                _directories.Add(at);
        }
    }

    /// <summary>Whether the name leads to the open file.</summary>
    public bool IsAt(Stream file, string path)
    {
        lock (_gate)
            return _files.TryGetValue(path, out var node) && ((NodeStream)file).Is(node);
    }

    /// <summary>What tells the open file from all others.</summary>
    public FileMark MarkOf(Stream file)
    {
        lock (_gate)
            return ((NodeStream)file).Mark;
    }

    /// <summary>Whether two files changed places.</summary>
    public bool Exchange(string one, string other)
    {
        lock (_gate)
        {
            if (!_files.TryGetValue(one, out var first) || !_files.TryGetValue(other, out var second))
                return false;
            (_files[one], _files[other]) = (second, first);
            ListingChanged(one);
            ListingChanged(other);
            return true;
        }
    }

    /// <summary>What the name leads to; null for nothing, and for a link.</summary>
    public FileMark? MarkAt(string path)
    {
        lock (_gate)
        {
            return Links.ContainsKey(path) ? null
                : _files.TryGetValue(path, out var node) ? node.Mark
                : _directories.Contains(path) ? new FileMark(new FileId(2, 0), path.Length, new DateTimeOffset(_listingChanged.GetValueOrDefault(path)))
                : null;
        }
    }

    /// <summary>Whether the open file excludes all other opens from now on.</summary>
    public bool TryLock(Stream file)
    {
        lock (_gate)
            return ((NodeStream)file).TryLock();
    }

    /// <summary>Lets others open it, and lock it likewise.</summary>
    public void Unlock(Stream file)
    {
        lock (_gate)
            ((NodeStream)file).Unlock();
    }

    private NodeStream Open(string path, FileMode mode, FileAccess access, FileShare share)
    {
        lock (_gate)
        {
            if (_directories.Contains(path))
                throw new UnauthorizedAccessException($"Access to the path '{path}' is denied.");
            if (!_files.TryGetValue(path, out var node))
            {
                RequireDirectory(path);
                if (mode is FileMode.Open or FileMode.Truncate)
                    throw new FileNotFoundException($"Could not find file '{path}'.", path);
                _files[path] = node = new MemoryNode { ModifiedAt = Now };
                ListingChanged(path);
            }
            else if (mode == FileMode.CreateNew)
            {
                throw new IOException($"The file '{path}' already exists.", Exists);
            }
            bool exclusive = share == FileShare.None;
            if (!LockingIsOff && (exclusive ? node.Opens.Count > 0 : node.Opens.Contains(true)))
                throw new IOException($"The process cannot access the file '{path}' because it is being used by another process.", WouldBlock);
            node.Opens.Add(exclusive);
            if (mode is FileMode.Create or FileMode.Truncate)
                node.Bytes = [];
            return new NodeStream(this, node, access, exclusive);
        }
    }

    private DateTime Now => _time.GetUtcNow().UtcDateTime is var now ? new DateTime(now.Ticks / Tick.Ticks * Tick.Ticks, DateTimeKind.Utc) : default;

    /// <summary>A file came or went there.</summary>
    private void ListingChanged(string file) => _listingChanged[Path.GetDirectoryName(file)!] = Now;

    private void RequireDirectory(string path)
    {
        if (!_directories.Contains(Path.GetDirectoryName(path)!))
            throw new DirectoryNotFoundException($"Could not find a part of the path '{path}'.");
    }

    private sealed class MemoryNode
    {
        private static ulong _lastNumber;
        private readonly ulong _number = Interlocked.Increment(ref _lastNumber);

        public byte[] Bytes { get; set; } = [];

        public DateTime ModifiedAt { get; set; }

        public FileMark Mark => new(new FileId(1, _number), Bytes.Length, new DateTimeOffset(ModifiedAt));

        /// <summary>One for each open: whether it excludes others.</summary>
        public List<bool> Opens { get; } = [];
    }
}
