using SwarmLocks.Platform;

namespace SwarmLocks.Tests.Unit.TestSupport;

/// <summary>The system below a <see cref="MemoryFileSystem"/>, as a test wants it.</summary>
internal sealed class FakePlatform(MemoryFileSystem disk) : IPlatform
{
    public string? ClockId { get; set; } = "boot-1/time:[1]";

    /// <summary>How long the kernel runs already.</summary>
    public Func<TimeSpan?> Running { get; set; } = () => TimeSpan.FromHours(5);

    public TimeSpan? Uptime => Running();

    /// <summary>What a verification of a kernel lock says; null for "it is there".</summary>
    public Func<bool, string?> Trouble { get; set; } = _ => null;

    public Dictionary<string, string> Links => disk.Links;

    /// <summary>Called before a folder is made.</summary>
    public Action BeforeFolder { get; set; } = () => { };

    private MemoryFileSystem Disk => disk;

    public Dictionary<string, string?> Made { get; } = new(StringComparer.Ordinal);

    public int Inherited { get; private set; }

    public bool IsContended(IOException error) => error.HResult == 11;

    public bool IsReadOnly(IOException error) => error.HResult == 30;

    public string? VerifyLock(Stream file, bool shared) => Trouble(shared);

    public bool IsAt(Stream file, string path) => disk.IsAt(file, path);

    /// <summary>False for a system that does not tell files apart: then nothing is kept open.</summary>
    public bool TellsFilesApart { get; set; } = true;

    public FileMark? MarkOf(Stream file) => TellsFilesApart ? disk.MarkOf(file) : null;

    public FileMark? MarkAt(string path) => TellsFilesApart ? disk.MarkAt(path) : null;

    public IReusableLock? Reuse(Stream file) => TellsFilesApart ? new ReusableLock(this, file, disk.MarkOf(file).Id) : null;

    public bool? Exchange(string one, string other) => disk.Exchange(one, other);

    /// <summary>Opening the file tells.</summary>
    public Stream? OpenUnlocked(string path, bool create) => null;

    public bool? IsLocked(string path) => null;

    public FileAttributes? AttributesAt(ReadOnlySpan<char> path) => null;

    public bool CreateFile(string path, byte[] content) => false;

    /// <summary>Opening the file tells.</summary>
    public int? ReadStart(string path, byte[] content, out bool isMissing)
    {
        isMissing = false;
        return null;
    }

    /// <summary>Whoever waits on a disk in memory hears of its own process, and looks for the rest.</summary>
    public IFileNotices? OpenNotices() => null;

    public void LetChildrenInherit(Stream file) => Inherited++;

    public string? ReadLink(string path) => Links.GetValueOrDefault(path);

    public void CreateDirectory(string path, string? like)
    {
        BeforeFolder();
        disk.CreateDirectory(path);
        Made[path] = like;
    }

    public IReadOnlyList<string> Openers(string path) => [];

    private sealed class ReusableLock(FakePlatform platform, Stream stream, FileId file) : IReusableLock
    {
        private readonly MemoryFileSystem _disk = platform.Disk;

        public FileId File => file;

        public bool TryTake(out string? trouble)
        {
            trouble = platform.Trouble(false);
            return trouble is null && _disk.TryLock(stream);
        }

        /// <summary>Time is a test's: it passes for timers only.</summary>
        public bool CanWait => false;

        public string? Take() => throw new NotSupportedException();

        public bool LetGo()
        {
            _disk.Unlock(stream);
            return true;
        }
    }
}
