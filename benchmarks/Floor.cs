using System.Runtime.InteropServices;

namespace SwarmLocks.Benchmarks;

/// <summary>The bare system calls that a lock file cannot do without: what everything else is measured against.</summary>
internal static partial class Floor
{
    // Linux, x64 and arm64.
    private const int ReadOnly = 0;
    private const int WriteOnly = 1;
    private const int ReadWrite = 2;
    private const int Create = 0x40;
    private const int Exclusive = 0x80;
    private const int Truncate = 0x200;
    private const int CloseOnExec = 0x80000;
    private const int Mode = 0x1B6;
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const int Unlock = 8;

    // The one flag that is another bit on arm64.
    private static readonly int DirectoryOnly = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;

    /// <summary>For a file that must not be there yet.</summary>
    public const int New = Create | Exclusive;

    private const int CurrentFolder = -100;
    private const uint BothRenamed = 2;
    private const int LinkNotFollowed = 0x100;
    private const uint BasicStats = 0x7ff;

    private static readonly byte[] Looked = new byte[256];

    private static readonly byte[] Listing = new byte[32 * 1024];

    /// <summary>The pair: creates <paramref name="path"/> exclusively, writes <paramref name="bytes"/>, closes and removes it.</summary>
    public static void Pair(string path, byte[] bytes)
    {
        Make(path, bytes, New);
        Remove(path);
    }

    /// <summary>The question: opens, reads and closes.</summary>
    public static int Question(string path, byte[] buffer)
    {
        int file = Check(Open(path, ReadOnly | CloseOnExec, 0));
        int length = (int)Check(Read(file, buffer, buffer.Length));
        Check(Close(file));
        return length;
    }

    /// <summary>The listing: reads all names of a folder, and makes nothing of them.</summary>
    public static void List(string folder)
    {
        int file = Check(Open(folder, ReadOnly | DirectoryOnly | CloseOnExec, 0));
        while (Check(ReadDirectory(file, Listing, Listing.Length)) > 0)
        {
            // Nothing but the names.
        }
        Check(Close(file));
    }

    /// <summary>The renewal: a temporary file, renamed over the one that is there.</summary>
    public static void Replace(string path, string temporary, byte[] bytes)
    {
        Make(temporary, bytes, Create | Truncate);
        Check(Rename(temporary, path));
    }

    /// <summary>The same by letting the two change places, and removing the one that was there.</summary>
    public static void Exchange(string path, string temporary, byte[] bytes)
    {
        Make(temporary, bytes, New);
        Check(Rename(CurrentFolder, temporary, CurrentFolder, path, BothRenamed));
        Remove(temporary);
    }

    /// <summary>Opens what <see cref="GuardedPair"/> and <see cref="IsFree"/> lock.</summary>
    public static int OpenGuard(string path) => Check(Open(path, ReadWrite | Create | CloseOnExec, Mode));

    /// <summary>The pair, each half of it under a blocking kernel lock on one file.</summary>
    public static void GuardedPair(int guard, string path, byte[] bytes)
    {
        Check(Lock(guard, LockExclusive));
        Make(path, bytes, New);
        Check(Lock(guard, Unlock));
        Check(Lock(guard, LockExclusive));
        Remove(path);
        Check(Lock(guard, Unlock));
    }

    /// <summary>Whether nobody has a kernel lock on the file at this moment.</summary>
    public static bool IsFree(int guard)
    {
        if (Lock(guard, LockExclusive | LockNonBlocking) != 0)
            return false;
        Check(Lock(guard, Unlock));
        return true;
    }

    /// <summary>Waits for the kernel lock on an open file.</summary>
    /// <summary>Asks for the lock once, and keeps it if it is to be had.</summary>
    public static bool IsLocked(int file) => Lock(file, LockExclusive | LockNonBlocking) != 0;

    public static void TakeLock(int guard) => Check(Lock(guard, LockExclusive));

    public static void LeaveLock(int guard) => Check(Lock(guard, Unlock));

    public static void ReadAt(int file, byte[] buffer, long place) => Check(PRead(file, buffer, buffer.Length, (nint)place));

    public static void WriteAt(int file, byte[] bytes, long place) => Check(PWrite(file, bytes, bytes.Length, (nint)place));

    /// <summary>What is at a path, if anything.</summary>
    public static void Look(string path) => StatX(CurrentFolder, path, LinkNotFollowed, BasicStats, Looked);

    public static void Remove(string path) => Check(Unlink(path));

    public static void Done(int file) => Check(Close(file));

    /// <summary>Writes a file in one call; <paramref name="flags"/> as <see cref="New"/>.</summary>
    public static void Make(string path, byte[] bytes, int flags)
    {
        int file = Check(Open(path, WriteOnly | CloseOnExec | flags, Mode));
        Check(Write(file, bytes, bytes.Length));
        Check(Close(file));
    }

    private static int Check(int result) => (int)Check((nint)result);

    private static nint Check(nint result) => result >= 0 ? result : throw new InvalidOperationException($"A bare system call failed: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int file, byte[] bytes, nint count);

    [LibraryImport("libc", EntryPoint = "getdents64", SetLastError = true)]
    private static partial nint ReadDirectory(int file, byte[] entries, nint size);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int file, byte[] bytes, nint count);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unlink(string path);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    private static partial nint PRead(int file, byte[] bytes, nint count, nint place);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    private static partial nint PWrite(int file, byte[] bytes, nint count, nint place);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, byte[] result);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(string from, string to);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(int file, int operation);
}
