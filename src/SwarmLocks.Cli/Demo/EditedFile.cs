namespace SwarmLocks.Cli.Demo;

/// <summary>
/// A file as the edit tools of agents treat it: read whole, the text to change looked up, changed in memory, written back whole over the old
/// content. Such a tool reports an error when the text is not there, and otherwise takes what it read for the file.
/// </summary>
internal sealed class EditedFile
{
    private readonly string _path;
    private readonly List<byte[]> _lines;

    /// <summary>Looks at the file before anybody edits it.</summary>
    public EditedFile(string root, string name)
    {
        (Name, _path) = (name, Path.Combine(root, name));
        _lines = LinesOf(Read());
    }

    /// <summary>The path below the root, with slashes.</summary>
    public string Name { get; }

    /// <summary>Adds <paramref name="mark"/> before a line that the agent saw in the file at the start.</summary>
    /// <param name="mark">A line.</param>
    /// <param name="random">Chooses the place.</param>
    /// <param name="beforeWrite">Called when it is read and not yet written.</param>
    /// <returns>False when that line is not there: the file is half-written, or was garbled for good. Nothing is written then.</returns>
    public bool TryAdd(EditMark mark, Random random, Action? beforeWrite)
    {
        byte[] content = Read();
        int at = Find(content, _lines[random.Next(_lines.Count)]);
        if (at < 0)
            return false;
        byte[] changed = [.. content.AsSpan(0, at), .. mark.ToLine(), .. content.AsSpan(at)];
        beforeWrite?.Invoke();
        using var file = Open(FileMode.Create, FileAccess.Write);
        file.Write(changed);
        return true;
    }

    /// <summary>The lines worth looking for, with their ends; all of a file that has none.</summary>
    private static List<byte[]> LinesOf(byte[] content)
    {
        var lines = new List<byte[]>();
        int start = 0;
        for (int end; (end = Array.IndexOf(content, (byte)'\n', start) + 1) > 0; start = end)
        {
            if (content.AsSpan(start, end - start).Trim(" \t\r\n"u8).Length > 0)
                lines.Add(content[start..end]);
        }
        return lines.Count > 0 ? lines : [content];
    }

    /// <summary>Where the whole line is; -1 when it is not.</summary>
    private static int Find(ReadOnlySpan<byte> content, ReadOnlySpan<byte> line)
    {
        for (int from = 0; content[from..].IndexOf(line) is >= 0 and var found; from += found + 1)
        {
            if (from + found == 0 || content[from + found - 1] == (byte)'\n')
                return from + found;
        }
        return -1;
    }

    private byte[] Read()
    {
        using var file = Open(FileMode.Open, FileAccess.Read);
        using var content = new MemoryStream();
        file.CopyTo(content);
        return content.ToArray();
    }

    /// <summary>Shared with everybody: File.ReadAllBytes would exclude writers on Windows, which the editors of agents do not.</summary>
    private FileStream Open(FileMode mode, FileAccess access) => new(_path, mode, access, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
}
