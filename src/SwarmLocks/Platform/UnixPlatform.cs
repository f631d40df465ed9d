using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

namespace SwarmLocks.Platform;

/// <summary>Linux, macOS and the BSDs: <c>flock(2)</c>, <c>readlink(2)</c>, and what <c>/proc</c> tells where there is one.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixPlatform : IPlatform
{
    private const int LockShared = 1;
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const int SetDescriptorFlags = 2;
    private const int ClockBoottime = 7;
    private const int NotFound = 2;
    private const int Interrupted = 4;
    private const int NotADirectory = 20;
    private const int NotALink = 22;
    private const int ReadOnlyDisk = 30;

    private readonly Lazy<string?> _clockId = new(ReadClockId);

    public string? ClockId => _clockId.Value;

    /// <summary>Includes time asleep, which the monotonic clock leaves out: the difference to the wall clock is when the kernel booted.</summary>
    public TimeSpan? Uptime =>
        OperatingSystem.IsLinux() && LibC.ClockGetTime(ClockBoottime, out var now) == 0
            ? TimeSpan.FromSeconds(now.Seconds) + TimeSpan.FromMicroseconds(now.Nanoseconds / 1000)
            : null;

    /// <summary>.NET reports "would block" of <c>flock</c> with the error number as the result: 11 on Linux, 35 on macOS and the BSDs.</summary>
    public bool IsContended(IOException error) => error.HResult == (OperatingSystem.IsLinux() ? 11 : 35);

    public bool IsReadOnly(IOException error) => error.HResult == ReadOnlyDisk;

    public string? VerifyLock(Stream file, bool shared)
    {
        if (file is not FileStream { SafeFileHandle: var handle })
            return "the file system does not give real files";
        while (LibC.FLock(handle, (shared ? LockShared : LockExclusive) | LockNonBlocking) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
                return Marshal.GetPInvokeErrorMessage(error);
        }
        return null;
    }

    public bool IsAt(Stream file, string path) => FileStamp.IsAt(file, path);

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

    public IReadOnlyList<string> Openers(string path)
    {
        if (!Directory.Exists("/proc/self/fd"))
            return [];
        var found = new List<string>();
        foreach (var process in Process.GetProcesses())
        {
            using (process)
            {
                if (process.Id != Environment.ProcessId && Opens(process.Id, path))
                    found.Add($"{process.Id} {process.ProcessName}");
            }
        }
        return found;
    }

    private static bool Opens(int pid, string path)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Any(link => new FileInfo(link).LinkTarget == path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The process ended while we looked, or belongs to somebody else.
            return false;
        }
    }

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
}
