using System.Runtime.InteropServices;

namespace SwarmLocks.Platform;

/// <summary>The calls of the C library that <see cref="UnixPlatform"/> makes; nothing here decides anything.</summary>
internal static partial class LibC
{
    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    internal static partial int FLock(SafeHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int FCntl(SafeHandle file, int command, int value);

    [LibraryImport("libc", EntryPoint = "readlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint ReadLink(string path, ref byte buffer, nint size);

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    internal static partial int ClockGetTime(int clock, out TimeSpec time);
}
