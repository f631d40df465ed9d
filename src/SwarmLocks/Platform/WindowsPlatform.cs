namespace SwarmLocks.Platform;

/// <summary>Windows: the kernel itself enforces how files are shared, so there is nothing to verify.</summary>
internal sealed class WindowsPlatform : IPlatform
{
    private const int SharingViolation = unchecked((int)0x80070020);
    private const int WriteProtected = unchecked((int)0x80070013);
    private const int LockViolation = unchecked((int)0x80070021);

    /// <summary>There is no boot id to read without elevated tools: records are judged by the wall clock.</summary>
    public string? ClockId => null;

    public TimeSpan? Uptime => null;

    public bool IsContended(IOException error) => error.HResult is SharingViolation or LockViolation;

    public bool IsReadOnly(IOException error) => error.HResult == WriteProtected;

    public string? VerifyLock(Stream file, bool shared) => null;

    public bool IsAt(Stream file, string path) => FileStamp.IsAt(file, path);

    /// <summary>Files are opened and closed each time: sharing, not a lock of its own, keeps others out, and it lasts as long as the file is open.</summary>
    public FileMark? MarkOf(Stream file) => null;

    public FileMark? MarkAt(string path) => null;

    public int? ReadStart(string path, byte[] content, out bool isMissing)
    {
        isMissing = false;
        return null;
    }

    public FileAttributes? AttributesAt(ReadOnlySpan<char> path) => null;

    public bool CreateFile(string path, byte[] content) => false;

    public bool? Exchange(string one, string other) => null;

    public IReusableLock? Reuse(Stream file) => null;

    public Stream? OpenUnlocked(string path, bool create) => null;

    public bool? IsLocked(string path) => null;

    public IFileNotices? OpenNotices() => null;

    /// <summary>Windows inherits handles only when told so at the start of a process, which .NET does not offer: the session ends with this process.</summary>
    public void LetChildrenInherit(Stream file)
    {
    }

    public string? ReadLink(string path) => new FileInfo(path).LinkTarget;

    /// <summary>Access comes from the parent folder's list.</summary>
    public void CreateDirectory(string path, string? like) => Directory.CreateDirectory(path);

    public IReadOnlyList<string> Openers(string path) => [];
}
