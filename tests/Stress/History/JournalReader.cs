using System.Text.Json;
using SwarmLocks.FileStore;

namespace SwarmLocks.Tests.Stress.History;

/// <summary>Follows the journal of a store from its first line on, through every rotation, as long as it is read before it is rotated twice.</summary>
internal sealed class JournalReader(string dataFolder, WallClock clock) : IDisposable
{
    private readonly string _path = Path.Combine(dataFolder, "journal.jsonl");
    private FileStream? _file;
    private long _start;
    private byte[] _torn = [];

    public long Lines { get; private set; }

    /// <summary>Lines that nobody can read: left by writers that were killed.</summary>
    public long TornLines { get; private set; }

    /// <summary>What was added since the last time.</summary>
    public IReadOnlyList<Told> Read()
    {
        clock.Compare();
        var told = new List<Told>();
        while (true)
        {
            if (_file is not null)
                ReadRest(told);
            if (!File.Exists(_path))
                return told;
            // Opened anew, it may be the next file; the one before is complete then.
            var next = Open();
            // Without a whole first line it is just being made, perhaps by a process that was stopped at it.
            if (StartOf(next) is not { } start || (_file is not null && start == _start))
            {
                next.Dispose();
                return told;
            }
            if (_file is not null)
            {
                ReadRest(told);
                Assert.True(start == _start + _file.Length, "The journal was rotated twice before it was read: nothing can be checked.");
                _file.Dispose();
            }
            (_file, _start, _torn) = (next, start, []);
            _file.Position = 0;
        }
    }

    public void Dispose() => _file?.Dispose();

    private FileStream Open() => new(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    /// <summary>How much was in the files before it; its first line says so. Null when there is no such line yet.</summary>
    private static long? StartOf(FileStream file)
    {
        byte[] buffer = new byte[256];
        file.Position = 0;
        int length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        int end = buffer.AsSpan(0, length).IndexOf((byte)'\n');
        if (end < 0 && length < buffer.Length)
            return null;
        return end > 0 && Parse(buffer.AsSpan(0, end)) is { ContinuesFrom: { } place } ? place : 0;
    }

    private void ReadRest(List<Told> told)
    {
        long offset = _start + _file!.Position - _torn.Length;
        byte[] bytes = new byte[_torn.Length + _file.Length - _file.Position];
        _torn.CopyTo(bytes, 0);
        _file.ReadExactly(bytes, _torn.Length, bytes.Length - _torn.Length);
        int start = 0;
        while (bytes.AsSpan(start).IndexOf((byte)'\n') is >= 0 and var length)
        {
            Add(told, bytes.AsSpan(start, length), offset + start);
            start += length + 1;
        }
        _torn = bytes[start..];
    }

    private void Add(List<Told> told, ReadOnlySpan<byte> line, long place)
    {
        if (line.IsEmpty)
            return;
        Lines++;
        var parsed = Parse(line);
        if (parsed is null)
            TornLines++;
        if (parsed?.ToEvent(place) is not { } e)
            return;
        var (at, slack) = clock.ToMonotonic(e.At);
        told.Add(new Told(at, slack, e));
    }

    private static JournalLine? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, LockFileJson.Readable.JournalLine);
        }
        catch (JsonException)
        {
            // Its writer was killed in the middle of it.
            return null;
        }
    }
}
