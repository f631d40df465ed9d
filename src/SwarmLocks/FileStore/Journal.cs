using System.IO.Abstractions;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SwarmLocks.FileStore;

/// <summary>
/// What happened, one JSON line each, for people and for telling a holder why it lost. Appended under the guard, rotated by size, and never the reason
/// for a failure: a lock that is granted is granted, journal or not.
/// </summary>
/// <remarks>The number of a line is its place in bytes since the first line ever; each file starts with the place it continues from.</remarks>
internal sealed class Journal(IFileSystem files, StorePaths paths, long maxBytes)
{
    /// <summary>Longer lines are not ours.</summary>
    private const int MaxLine = 64 * 1024;

    /// <summary>What <see cref="JournalLine.ContinuesFrom"/> takes at most, in bytes.</summary>
    private const int LongestFirstLine = 64;

    /// <summary>Appends <paramref name="events"/> on lines of their own, also after a writer that died in the middle of one.</summary>
    public void AppendUnderGuard(IEnumerable<LockEvent> events)
    {
        using var stream = Open();
        long end = stream.Length;
        bool torn = end > 0 && LastByte(stream, end) != '\n';
        if (torn && end <= LongestFirstLine && IsOneLine(stream, (int)end))
        {
            // Its writer died in the line that says where the numbers go on.
            stream.SetLength(end = 0);
            torn = false;
        }
        var buffer = new MemoryStream(512);
        if (end == 0 && files.HasFile(paths.OlderJournal))
        {
            // A new file goes on counting where the older one stopped, also when its writer died right after the rotation.
            JsonSerializer.Serialize(buffer, new JournalLine { ContinuesFrom = EndOf(paths.OlderJournal) }, LockFileJson.Readable.JournalLine);
            buffer.WriteByte((byte)'\n');
        }
        else if (torn)
        {
            buffer.WriteByte((byte)'\n');
        }
        foreach (var e in events)
        {
            JsonSerializer.Serialize(buffer, JournalLine.Of(e), LockFileJson.Readable.JournalLine);
            buffer.WriteByte((byte)'\n');
        }
        stream.Position = end;
        stream.Write(buffer.GetBuffer(), 0, (int)buffer.Length);
        if (end + buffer.Length < maxBytes)
            return;
        stream.Dispose();
        files.File.Move(paths.Journal, paths.OlderJournal, overwrite: true);
    }

    /// <summary>All lines that can be read, oldest first.</summary>
    /// <remarks>The newer file first: when it is rotated in between it is read twice, and not left out.</remarks>
    public IEnumerable<LockEvent> Read()
    {
        var newer = Read(paths.Journal).ToList();
        return Read(paths.OlderJournal).Where(e => newer.Count == 0 || e.Seq < newer[0].Seq).Concat(newer);
    }

    private Stream Open() => files.Look(paths.Journal) is { IsLink: true }
        ? throw new IOException("the journal is a symbolic link")
        : files.FileStream.Create(paths.Journal, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.None);

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

    private long EndOf(string path)
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

/// <summary>A line of the journal file.</summary>
internal sealed record JournalLine
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? ContinuesFrom { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? At { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public LockEventKind? Event { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Resource { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Agent { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? LeaseId { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? FencingToken { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? By { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Why { get; init; }

    public static JournalLine Of(LockEvent e) => new()
    {
        At = e.At,
        Event = e.Event,
        Resource = e.Resource,
        Agent = e.Agent,
        LeaseId = e.LeaseId,
        FencingToken = e.FencingToken,
        By = e.By,
        Why = e.Why,
    };

    public LockEvent? ToEvent(long seq) =>
        At is { } at && Event is { } kind && Resource is not null && Agent is not null
            ? new LockEvent(seq, at, kind, Resource, Agent, LeaseId, FencingToken, By, Why)
            : null;
}
