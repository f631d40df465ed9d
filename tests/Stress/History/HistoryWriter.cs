using System.Globalization;
using System.Text;

namespace SwarmLocks.Tests.Stress.History;

/// <summary>
/// Writes down what a process knows, in segments that a reader may delete once a later one exists. Each line is one write to the kernel, so that a
/// kill loses at most the line that was being written; stamps are taken under the same lock, so that they are in order.
/// </summary>
internal sealed class HistoryWriter : IDisposable
{
    private const int SegmentBytes = 128 * 1024;

    private readonly Lock _gate = new();
    private readonly string _folder;
    private readonly string _writer;
    private FileStream _file;
    private int _segment;
    private int _written;

    public HistoryWriter(string folder, string writer)
    {
        (_folder, _writer) = (folder, writer);
        _file = Open();
    }

    public static string SegmentPath(string folder, string writer, int segment) =>
        Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{writer}.{segment:D6}"));

    /// <summary>Writes what <paramref name="make"/> says of this process at this instant; nothing when that is null.</summary>
    public void Write(Func<string, long, HistoryEntry?> make)
    {
        lock (_gate)
        {
            if (make(_writer, HistoryEntry.Now) is not { } entry)
                return;
            if (_written > SegmentBytes)
            {
                // The next one first: once it is there the reader takes this one for finished.
                var finished = _file;
                _segment++;
                _written = 0;
                _file = Open();
                finished.Dispose();
            }
            byte[] line = Encoding.UTF8.GetBytes(HistoryLine.Write(entry) + "\n");
            _file.Write(line);
            _written += line.Length;
        }
    }

    public void Dispose()
    {
        lock (_gate)
            _file.Dispose();
    }

    private FileStream Open() => new(SegmentPath(_folder, _writer, _segment), FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
}
