using System.IO.Abstractions;
using SwarmLocks.Platform;

namespace SwarmLocks.FileStore;

/// <summary>Reads files as they are written here: plain, on one line, ended by a newline.</summary>
/// <param name="files">The disk.</param>
/// <param name="platform">The system below it.</param>
/// <param name="underGuard">Whether nobody else writes: then an unfinished file is the remnant of a dead writer, and is removed.</param>
internal readonly struct FinishedFiles(IFileSystem files, IPlatform platform, bool underGuard)
{
    /// <summary>Some ten holders; larger files are opened in the other way.</summary>
    private const int BufferBytes = 8 * 1024;

    // Kept from one file to the next: whoever lists ten thousand needs one.
    [ThreadStatic]
    private static byte[]? _buffer;

    /// <summary>Reads a finished file.</summary>
    /// <param name="file">Which.</param>
    /// <param name="content">What is in it, until this thread reads the next one.</param>
    /// <param name="trouble">Why it was not opened; null for a file that was.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryRead(string file, out ReadOnlySpan<byte> content, out string? trouble)
    {
        trouble = null;
        content = default;
        byte[] buffer = _buffer ??= new byte[BufferBytes];
        int? length = platform.ReadStart(file, buffer, out bool isMissing);
        if (isMissing)
            return false;
        // What was read may be a part of the file. Of one that was written here no part ends in a newline, since it has no other.
        if (length > 0 && length < buffer.Length && buffer.AsSpan(0, length.Value).IndexOf((byte)'\n') == length - 1)
        {
            content = buffer.AsSpan(0, length.Value);
            return true;
        }
        if (LookAndRead(file, out trouble) is not { } bytes)
            return false;
        content = bytes;
        if (trouble is not null || LockFileFormat.IsComplete(bytes))
            return true;
        if (underGuard)
            files.File.Delete(file);
        return false;
    }

    /// <summary>Where the system has no better way, and where that one failed: this one says why.</summary>
    private byte[]? LookAndRead(string file, out string? trouble)
    {
        trouble = null;
        try
        {
            // Mostly there is no lock, and an exception costs more than the whole rest of an acquire.
            if (files.Look(file) is not { } found)
                return null;
            // A planted giant need not be read to be refused.
            trouble = found.IsLink ? "it is a symbolic link" : found.Length > LockFileFormat.MaxBytes ? "it is too large" : null;
            return trouble is null && found.IsPlain ? files.File.ReadAllBytes(file) : [];
        }
        catch (FileNotFoundException)
        {
            // Released since we looked, or removed by an operator.
            return null;
        }
        catch (DirectoryNotFoundException) when (!underGuard)
        {
            // Somebody deletes the whole store while we read.
            return null;
        }
    }
}
