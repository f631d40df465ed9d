using System.IO.Abstractions;
using System.Text.Json;

namespace SwarmLocks.FileStore;

/// <summary>Reads what <see cref="Journal"/> wrote, without the guard; lines that cannot be read are passed over.</summary>
internal sealed class JournalReader(IFileSystem files, StorePaths paths)
{
    /// <summary>Longer lines are not ours.</summary>
    private const int MaxLine = 64 * 1024;

    /// <summary>All lines that can be read, oldest first.</summary>
    /// <remarks>The newer file first: when it is rotated in between it is read twice, and not left out.</remarks>
    public IEnumerable<LockEvent> ReadAll()
    {
        var newer = Read(paths.Journal).ToList();
        return Read(paths.OlderJournal).Where(e => newer.Count == 0 || e.Seq < newer[0].Seq).Concat(newer);
    }

    /// <summary>The number of the line that would come after all of the file at <paramref name="path"/>.</summary>
    public long EndOf(string path)
    {
        using var lines = Lines(path).GetEnumerator();
        long first = lines.MoveNext() && TryParse(lines.Current.Line)?.ContinuesFrom is { } place ? place : 0;
        return first + files.FileInfo.FromFileName(path).Length;
    }

    private IEnumerable<LockEvent> Read(string path)
    {
        long first = 0;
        foreach (var (line, offset) in Lines(path))
        {
            var parsed = TryParse(line);
            if (parsed?.ContinuesFrom is { } place)
                first = place;
            else if (parsed?.ToEvent(first + offset) is { } e)
                yield return e;
        }
    }

    private IEnumerable<(ReadOnlyMemory<byte> Line, long Offset)> Lines(string path)
    {
        byte[] bytes;
        try
        {
            bytes = files.Look(path) is { IsPlain: true } ? files.File.ReadAllBytes(path) : [];
        }
        catch (IOException error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            // Nothing happened yet, or a writer is rotating it at this moment.
            yield break;
        }
        int start = 0;
        while (start < bytes.Length)
        {
            int length = bytes.AsSpan(start).IndexOf((byte)'\n');
            if (length < 0)
                length = bytes.Length - start;
            if (length is > 0 and <= MaxLine)
                yield return (bytes.AsMemory(start, length), start);
            start += length + 1;
        }
    }

    private static JournalLine? TryParse(ReadOnlyMemory<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line.Span, LockFileJson.Readable.JournalLine);
        }
        catch (JsonException)
        {
            // A writer died in the middle of this line, or a person edited it.
            return null;
        }
    }
}
