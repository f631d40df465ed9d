using System.Buffers;
using System.IO.Abstractions;
using System.Text.Json;
using SwarmLocks.Platform;
using SwarmLocks.Policy;

namespace SwarmLocks.FileStore;

/// <summary>
/// What happened, one JSON line each, for people and for telling a holder why it lost. Appended under the guard, rotated by size, and never the reason
/// for a failure: a lock that is granted is granted, journal or not.
/// </summary>
/// <remarks>
/// <para>The number of a line is its place in bytes since the first line ever; each file starts with the place it continues from.</para>
/// <para>The file stays open from one line to the next where the system tells files apart. Another process may rotate it meanwhile, or a person remove it:
/// so its name is looked at each time, and that look also says whether anybody else has written since.</para>
/// </remarks>
internal sealed class Journal(IFileSystem files, IPlatform platform, StorePaths paths, long maxBytes) : IDisposable
{
    /// <summary>What <see cref="JournalLine.ContinuesFrom"/> takes at most, in bytes.</summary>
    private const int LongestFirstLine = 64;

    private readonly ArrayBufferWriter<byte> _lines = new(1024);
    private Utf8JsonWriter? _json;
    private Stream? _kept;
    private FileId? _id;

    /// <summary>Where this process ended its last line.</summary>
    private long _end;

    /// <summary>Appends <paramref name="events"/> on lines of their own, also after a writer that died in the middle of one.</summary>
    public void AppendUnderGuard(IReadOnlyList<LockEvent> events)
    {
        try
        {
            var (stream, end) = Open();
            _lines.ResetWrittenCount();
            bool isTorn = end > 0 && end != _end && LastByte(stream, end) != '\n';
            if (isTorn && end <= LongestFirstLine && IsOneLine(stream, (int)end))
            {
                // Its writer died in the line that says where the numbers go on.
                stream.SetLength(end = 0);
                isTorn = false;
            }
            if (end == 0 && files.HasFile(paths.OlderJournal))
            {
                // A new file goes on counting where the older one stopped, also when its writer died right after the rotation.
                LockFileWriter.WriteContinuesFrom(BeginLine(), new JournalReader(files, paths).EndOf(paths.OlderJournal));
                EndLine();
            }
            else if (isTorn)
            {
                _lines.Write("\n"u8);
            }
            foreach (var e in events.Each())
            {
                LockFileWriter.Write(BeginLine(), e);
                EndLine();
            }
            stream.Position = end;
            stream.Write(_lines.WrittenSpan);
            _end = end + _lines.WrittenCount;
        }
        catch
        {
            Close();
            throw;
        }
        if (_end >= maxBytes)
        {
            Close();
            files.File.Move(paths.Journal, paths.OlderJournal, overwrite: true);
        }
        else if (_id is null)
        {
            Close();
        }
    }

    public void Dispose()
    {
        Close();
        _json?.Dispose();
    }

    private Utf8JsonWriter BeginLine()
    {
        _json ??= new Utf8JsonWriter(_lines, LockFileJson.Writing);
        _json.Reset();
        return _json;
    }

    private void EndLine()
    {
        _json!.Flush();
        _lines.Write("\n"u8);
    }

    private (Stream Stream, long End) Open()
    {
        if (_kept is { } kept)
        {
            if (platform.MarkAt(paths.Journal) is { } mark && mark.Id == _id)
                return (kept, mark.Length);
            Close();
        }
        if (files.Look(paths.Journal) is { IsLink: true })
            throw new IOException("the journal is a symbolic link");
        _kept = files.FileStream.Create(paths.Journal, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.None);
        _id = platform.MarkOf(_kept)?.Id;
        return (_kept, _kept.Length);
    }

    private void Close()
    {
        _kept?.Dispose();
        (_kept, _id, _end) = (null, null, 0);
    }

    private static int LastByte(Stream stream, long end)
    {
        stream.Position = end - 1;
        return stream.ReadByte();
    }

    private static bool IsOneLine(Stream stream, int length)
    {
        stream.Position = 0;
        byte[] bytes = new byte[length];
        return !bytes.AsSpan(0, stream.ReadAtLeast(bytes, length, throwOnEndOfStream: false)).Contains((byte)'\n');
    }
}
