using System.Runtime.InteropServices;

namespace SwarmLocks.Cli.Platform;

/// <summary>
/// A standard stream to write to, by <c>write(2)</c>. The console of .NET would start a thread for signals and read the description of the terminal at the first
/// line, half a millisecond for each command; a <see cref="FileStream"/> would write where the file ended when it was opened, over what others have appended since.
/// </summary>
internal sealed partial class StandardStream(int descriptor) : Stream
{
    private const int Interrupted = 4;
    private const int Closed = 32;
    private const short RoomToWrite = 4;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The stream that a program writes its data to.</summary>
    public static Stream Output => OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : new StandardStream(1);

    /// <summary>The stream that a program writes its messages to.</summary>
    public static Stream Error => OperatingSystem.IsWindows() ? Console.OpenStandardError() : new StandardStream(2);

    /// <exception cref="IOException">The disk is full, or the like. A pipe that nobody reads any more takes everything.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            nint written = Write(descriptor, ref MemoryMarshal.GetReference(buffer), (nuint)buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }
            int error = Marshal.GetLastPInvokeError();
            if (error == Interrupted)
                continue;
            // Whoever read it has what it wanted, and what was done stands: that is no failure.
            if (error == Closed)
                return;
            if (error != Full)
                throw new IOException(Marshal.GetPInvokeErrorMessage(error), error);
            // A reader that shares the pipe has made it one that does not wait.
            var room = new Room { Descriptor = descriptor, Wanted = RoomToWrite };
            Poll(ref room, 1, timeout: -1);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>"Try again": 11 on Linux, 35 on macOS and the BSDs.</summary>
    private static int Full => OperatingSystem.IsLinux() ? 11 : 35;

    /// <summary><c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Room
    {
        public int Descriptor;
        public short Wanted;
        public short Found;
    }

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref Room room, nuint count, int timeout);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int file, ref byte bytes, nuint count);
}
