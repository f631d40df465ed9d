using System.Runtime.InteropServices;

namespace SwarmLocks.Benchmarks;

/// <summary>The bare system calls that a lock file cannot do without: what everything else is measured against.</summary>
internal static partial class Floor
{
    // Linux, x64 and arm64.
    private const int WriteOnly = 1;
    private const int Create = 0x40;
    private const int Exclusive = 0x80;
    private const int CloseOnExec = 0x80000;

    /// <summary>Creates <paramref name="path"/> exclusively, writes <paramref name="bytes"/>, closes and removes it.</summary>
    public static void Pair(string path, byte[] bytes)
    {
        int file = Open(path, WriteOnly | Create | Exclusive | CloseOnExec, 0x1B6);
        if (file < 0 || Write(file, bytes, bytes.Length) != bytes.Length || Close(file) != 0 || Unlink(path) != 0)
            throw new InvalidOperationException($"A bare system call failed: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int file, byte[] bytes, nint count);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unlink(string path);
}
