namespace SwarmLocks.Cli.Demo;

/// <summary>Compares what the agents say they wrote with what the files say. It knows nothing of locks.</summary>
internal static class MarkTally
{
    /// <summary>What became of the edits.</summary>
    /// <param name="Edits">Completed ones.</param>
    /// <param name="Lost">Completed ones whose mark is not in their file.</param>
    /// <param name="Damaged">Files that differ in more than marks.</param>
    public sealed record Count(int Edits, int Lost, int Damaged);

    /// <summary>Counts.</summary>
    /// <param name="before">The files as they were at the start.</param>
    /// <param name="after">Their contents at the end, in the same order.</param>
    /// <param name="edited">For each agent, the file of each completed edit, in the order in which it made them.</param>
    public static Count Of(IReadOnlyList<SampleFile> before, IReadOnlyList<byte[]> after, IReadOnlyList<IReadOnlyList<int>> edited)
    {
        var found = new HashSet<EditMark>[before.Count];
        int damaged = 0;
        for (int file = 0; file < before.Count; file++)
        {
            (found[file], byte[] others) = Separate(after[file]);
            if (!others.AsSpan().SequenceEqual(before[file].Content))
                damaged++;
        }
        int edits = 0, lost = 0;
        for (int agent = 0; agent < edited.Count; agent++)
        {
            for (int edit = 0; edit < edited[agent].Count; edit++)
            {
                edits++;
                if (!found[edited[agent][edit]].Contains(new EditMark(agent, edit)))
                    lost++;
            }
        }
        return new Count(edits, lost, damaged);
    }

    /// <summary>The marks in a file, and the file without them.</summary>
    private static (HashSet<EditMark> Marks, byte[] Others) Separate(ReadOnlySpan<byte> content)
    {
        var marks = new HashSet<EditMark>();
        byte[] others = new byte[content.Length];
        int length = 0;
        while (!content.IsEmpty)
        {
            int end = content.IndexOf((byte)'\n');
            var line = end < 0 ? content : content[..(end + 1)];
            content = content[line.Length..];
            if (end >= 0 && EditMark.TryParse(line[..end], out var mark))
            {
                marks.Add(mark);
                continue;
            }
            line.CopyTo(others.AsSpan(length));
            length += line.Length;
        }
        return (marks, others[..length]);
    }
}
