using System.Text;

namespace SwarmLocks.Tests.Stress.History;

/// <summary>Follows what a <see cref="HistoryWriter"/> of another process writes, and deletes what it has read.</summary>
/// <param name="folder">Where it writes.</param>
/// <param name="writer">Who.</param>
/// <param name="born">A stamp from before the process could write anything.</param>
internal sealed class HistoryReader(string folder, string writer, long born)
{
    private int _segment;
    private long _offset;

    public string Writer => writer;

    /// <summary>Everything older has been read.</summary>
    public long CompleteTo { get; private set; } = born;

    public IReadOnlyList<HistoryEntry> Read()
    {
        var entries = new List<HistoryEntry>();
        while (true)
        {
            // Before reading: once the next segment exists nothing is added to this one.
            bool isFinished = File.Exists(HistoryWriter.SegmentPath(folder, writer, _segment + 1));
            ReadSegment(entries);
            if (!isFinished)
                break;
            File.Delete(HistoryWriter.SegmentPath(folder, writer, _segment));
            (_segment, _offset) = (_segment + 1, 0);
        }
        if (entries.Count > 0)
            CompleteTo = entries[^1].At;
        return entries;
    }

    /// <summary>To be called when the process has ended and the rest was read.</summary>
    public void Delete() => File.Delete(HistoryWriter.SegmentPath(folder, writer, _segment));

    private void ReadSegment(List<HistoryEntry> entries)
    {
        string path = HistoryWriter.SegmentPath(folder, writer, _segment);
        if (!File.Exists(path))
            return;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        file.Position = _offset;
        byte[] bytes = new byte[file.Length - _offset];
        int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        int whole = bytes.AsSpan(0, length).LastIndexOf((byte)'\n') + 1;
        entries.AddRange(HistoryLine.ParseWhole(writer, Encoding.UTF8.GetString(bytes, 0, whole)));
        _offset += whole;
    }
}
