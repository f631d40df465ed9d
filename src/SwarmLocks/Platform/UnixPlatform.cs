using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SwarmLocks.Platform;

/// <summary>Linux, macOS and the BSDs: <c>flock(2)</c>, <c>readlink(2)</c>, and what <c>/proc</c> tells where there is one.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixPlatform : IPlatform
{
    private const int LockShared = 1;
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const int LockNone = 8;

    // Linux, on all processors that .NET knows.
    private const int CloseOnExecute = 0x80000;
    private const int NotBlocking = 0x800;
    private const int NoTerminal = 0x100;
    private const int CreatedIfMissing = 0x40;
    private const int NewFile = 1 | CreatedIfMissing | 0x80;
    private const int BothRenamed = 2;

    /// <summary>What .NET gives a file; the umask takes its part.</summary>
    private const int ForAll = 0x1B6;

    /// <summary>In bytes of UTF-8, with its end: longer than nearly all.</summary>
    private const int ShortPath = 512;

    /// <summary>The end of the year 9998.</summary>
    private const long LastSecond = 253_370_764_799;

    private const int SetDescriptorFlags = 2;
    private const int ClockBoottime = 7;
    private const int CurrentFolder = -100;
    private const int LinkNotFollowed = 0x100;
    private const int EmptyPath = 0x1000;
    private const uint TypeInodeSizeAndChange = 0x1 | 0x80 | 0x100 | 0x200;
    private const int FileType = 0xF000;
    private const int Link = 0xA000;
    private const int Folder = 0x4000;
    private const FileAttributes Nothing = (FileAttributes)(-1);
    private const int ReadAndWrite = 2;
    private const int NotFound = 2;
    private const int Interrupted = 4;
    private const int NotADirectory = 20;
    private const int NotALink = 22;
    private const int ReadOnlyDisk = 30;

    /// <summary>"Would block": 11 on Linux, 35 on macOS and the BSDs.</summary>
    private static readonly int Contended = OperatingSystem.IsLinux() ? 11 : 35;

    /// <summary>By processor; those of 32 bits are given places in a file in other ways, and use none of this.</summary>
    private static readonly LinuxCalls? Calls = !OperatingSystem.IsLinux() ? null : RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => new LinuxCalls(LinkRefused: 0x20000, Rename: 316),
        Architecture.Arm64 => new LinuxCalls(LinkRefused: 0x8000, Rename: 276),
        _ => null,
    };

    private readonly Lazy<string?> _clockId = new(ReadClockId);

    /// <summary>A C library may be too old for it, and other systems have no such call.</summary>
    private readonly Lazy<bool> _hasMarks = new(HasMarks);

    public string? ClockId => _clockId.Value;

    /// <summary>Includes time asleep, which the monotonic clock leaves out: the difference to the wall clock is when the kernel booted.</summary>
    public TimeSpan? Uptime =>
        OperatingSystem.IsLinux() && LibC.ClockGetTime(ClockBoottime, out var now) == 0
            ? TimeSpan.FromSeconds(now.Seconds) + TimeSpan.FromMicroseconds(now.Nanoseconds / 1000)
            : null;

    /// <summary>.NET reports "would block" of <c>flock</c> with the error number as the result.</summary>
    public bool IsContended(IOException error) => error.HResult == Contended;

    public bool IsReadOnly(IOException error) => error.HResult == ReadOnlyDisk;

    public string? VerifyLock(Stream file, bool shared)
    {
        if (file is not FileStream { SafeFileHandle: var handle })
            return "the file system does not give real files";
        int error = FLock(handle, (shared ? LockShared : LockExclusive) | LockNonBlocking);
        return error == 0 ? null : Marshal.GetPInvokeErrorMessage(error);
    }

    public bool IsAt(Stream file, string path) => MarkOf(file) is { } mark ? MarkAt(path)?.Id == mark.Id : FileStamp.IsAt(file, path);

    public FileMark? MarkOf(Stream file) =>
        file is FileStream { SafeFileHandle: var handle } && _hasMarks.Value && LibC.StatX(handle, "", EmptyPath, TypeInodeSizeAndChange, out var found) == 0 ? Mark(found) : null;

    public FileMark? MarkAt(string path) =>
        _hasMarks.Value && LibC.StatX(CurrentFolder, path, LinkNotFollowed, TypeInodeSizeAndChange, out var found) == 0 && (found.Mode & FileType) != Link
            ? Mark(found)
            : null;

    public FileAttributes? AttributesAt(ReadOnlySpan<char> path)
    {
        Span<byte> name = stackalloc byte[ShortPath];
        if (!_hasMarks.Value || !Encoding.UTF8.TryGetBytes(path, name[..^1], out int length))
            return null;
        name[length] = 0;
        if (LibC.StatX(CurrentFolder, ref MemoryMarshal.GetReference(name), LinkNotFollowed, TypeInodeSizeAndChange, out var found) != 0)
            return Marshal.GetLastPInvokeError() is NotFound or NotADirectory ? Nothing : null;
        return (found.Mode & FileType) switch
        {
            Link => null,
            Folder => FileAttributes.Directory,
            _ => FileAttributes.Normal,
        };
    }

    /// <summary>Three calls; looked at and then opened by .NET it is nine.</summary>
    public int? ReadStart(string path, byte[] content, out bool isMissing)
    {
        isMissing = false;
        if (Calls is null)
            return null;
        int file = LibC.Open(path, CloseOnExecute | NotBlocking | NoTerminal | Calls.LinkRefused);
        if (file < 0)
        {
            isMissing = Marshal.GetLastPInvokeError() is NotFound or NotADirectory;
            return null;
        }
        // From a place, which pipes and terminals have none of.
        nint length = LibC.Read(file, ref MemoryMarshal.GetArrayDataReference(content), content.Length, 0);
        LibC.Close(file);
        return length < 0 ? null : (int)length;
    }

    /// <summary>Three calls; .NET makes seven, four of them for a share mode that says nothing here.</summary>
    public bool CreateFile(string path, byte[] content)
    {
        int file = Calls is null ? -1 : LibC.Create(path, NewFile | CloseOnExecute, ForAll);
        if (file < 0)
            return false;
        bool isWhole = LibC.Write(file, ref MemoryMarshal.GetArrayDataReference(content), content.Length, 0) == content.Length;
        LibC.Close(file);
        if (!isWhole)
            LibC.Unlink(path);
        return isWhole;
    }

    /// <summary>
    /// A rename over a file that is there makes ext4 and others write the new content to the disk at once: a hundred microseconds for what matters only after a loss of power,
    /// when all who held a lock are gone as well. An exchange leaves that to the system, as the writing of every other file here does.
    /// </summary>
    public bool? Exchange(string one, string other) =>
        Calls is null ? null : LibC.Rename(Calls.Rename, CurrentFolder, one, CurrentFolder, other, BothRenamed) == 0;

    public IReusableLock? Reuse(Stream file) => MarkOf(file) is { } mark ? new ReusableLock(((FileStream)file).SafeFileHandle, mark.Id) : null;

    public Stream? OpenUnlocked(string path, bool create)
    {
        if (!_hasMarks.Value)
            return null;
        int flags = ReadAndWrite | CloseOnExecute | NotBlocking | (Calls?.LinkRefused ?? 0);
        int file = create ? LibC.Create(path, flags | CreatedIfMissing, ForAll) : LibC.Open(path, flags);
        return file < 0 ? null : new FileStream(new SafeFileHandle(file, ownsHandle: true), FileAccess.ReadWrite, bufferSize: 0);
    }

    /// <summary>Opened by .NET, a locked file is an exception, which costs twenty times as much, for each who waits, at each look.</summary>
    public bool? IsLocked(string path)
    {
        int file = Calls is null ? -1 : LibC.Open(path, CloseOnExecute | NotBlocking | NoTerminal | Calls.LinkRefused);
        if (file < 0)
            return null;
        byte first = 0;
        bool? isLocked = null;
        // Nothing to read: a pipe, or not made by a session. Interrupted is no answer, so opening it tells.
        if (LibC.Read(file, ref first, 1, 0) == 1)
            isLocked = LibC.FLock(file, LockShared | LockNonBlocking) == 0 ? false : Marshal.GetLastPInvokeError() == Contended ? true : null;
        LibC.Close(file);
        return isLocked;
    }

    public IFileNotices? OpenNotices() => OperatingSystem.IsLinux() ? new LinuxNotices() : null;

    public void LetChildrenInherit(Stream file)
    {
        if (file is FileStream { SafeFileHandle: var handle } && LibC.FCntl(handle, SetDescriptorFlags, 0) != 0)
            throw new IOException($"fcntl: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
    }

    public string? ReadLink(string path)
    {
        Span<byte> buffer = stackalloc byte[4096];
        nint length = LibC.ReadLink(path, ref MemoryMarshal.GetReference(buffer), buffer.Length);
        if (length >= 0)
            return Encoding.UTF8.GetString(buffer[..(int)length]);
        int error = Marshal.GetLastPInvokeError();
        return error is NotFound or NotADirectory or NotALink
            ? null
            : throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    public void CreateDirectory(string path, string? like)
    {
        const UnixFileMode ownerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        var mode = like is null ? ownerOnly : File.GetUnixFileMode(like);
        Directory.CreateDirectory(path, mode);
        // The umask took its part at creation; agents of several users need the mode that git's own folders have.
        File.SetUnixFileMode(path, mode);
    }

    public IReadOnlyList<string> Openers(string path) => ProcessFiles.Openers(path, MarkAt(path)?.Id);

    /// <summary>Zero, or the error number. Interrupted is not an answer.</summary>
    private static int FLock(SafeHandle file, int operation)
    {
        while (LibC.FLock(file, operation) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
                return error;
        }
        return 0;
    }

    private static bool HasMarks()
    {
        try
        {
            return OperatingSystem.IsLinux() && LibC.StatX(CurrentFolder, "/", LinkNotFollowed, TypeInodeSizeAndChange, out _) == 0;
        }
        catch (EntryPointNotFoundException)
        {
            return false;
        }
    }

    private static FileMark Mark(in LibC.StatXResult found) => new(
        new FileId(((ulong)found.DeviceMajor << 32) | found.DeviceMinor, found.Inode), (long)found.Size,
        // A disk may say anything.
        DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(found.ChangedSeconds, 0, LastSecond)).AddTicks(found.ChangedNanoseconds / 100));

    private static string? ReadClockId()
    {
        const string bootId = "/proc/sys/kernel/random/boot_id";
        const string timeNamespace = "/proc/self/ns/time";
        try
        {
            return $"{File.ReadAllText(bootId).Trim()}/{new FileInfo(timeNamespace).LinkTarget ?? "time"}";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // No such file here (macOS, a restricted container): judge by the wall clock.
            return null;
        }
    }

    /// <summary>What differs from processor to processor.</summary>
    /// <param name="LinkRefused">Lets opening a symbolic link fail.</param>
    /// <param name="Rename">The number of the call <c>renameat2</c>.</param>
    private sealed record LinuxCalls(int LinkRefused, int Rename);

    private sealed class ReusableLock(SafeHandle handle, FileId file) : IReusableLock
    {
        public FileId File => file;

        public bool TryTake(out string? trouble)
        {
            int error = FLock(handle, LockExclusive | LockNonBlocking);
            trouble = error == 0 || error == Contended ? null : Marshal.GetPInvokeErrorMessage(error);
            return error == 0;
        }

        public bool CanWait => true;

        public string? Take() => FLock(handle, LockExclusive) is not 0 and var error ? Marshal.GetPInvokeErrorMessage(error) : null;

        public bool LetGo() => FLock(handle, LockNone) == 0;
    }
}
