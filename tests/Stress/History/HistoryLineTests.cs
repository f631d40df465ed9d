using System.Globalization;

namespace SwarmLocks.Tests.Stress.History;

/// <summary>What was written can be read, however the writer ended.</summary>
public sealed class HistoryLineTests
{
    private static readonly HistoryEntry[] Entries =
    [
        new Granted("w", 12, 11, "agent/1", true, 99, [Lease("L1", "path:src/ä b.cs", LockMode.Exclusive, again: false), Lease("L2", "glob:src/{a.cs,b.cs}", LockMode.Shared, again: true)]),
        new Granted("w", 13, 12, "a", false, 99, [Lease("L3", "plan:1", LockMode.Exclusive, again: false)]),
        new Used("w", 14, 88, ["L1", "L2"]),
        new Renewing("w", 15, 77, ["L1"]),
        new Unseen("w", 16, ["L1"]),
        new Lost("w", 17, ["L1"]),
        new Releasing("w", 18, ["L2", "L3"]),
        new Breaking("w", 19, "L9", AtOnce: true),
        new Breaking("w", 20, "L9", AtOnce: false),
        new Broke("w", 21, "L9"),
        new Beat("w", 22),
        new Failed("w", 23, "it broke"),
    ];

    [Fact]
    public void What_was_written_is_read() => Assert.Equal(Written(Entries), Written(HistoryLine.ParseWhole("w", Written(Entries))));

    [Fact]
    public void A_line_that_was_cut_off_says_nothing_wherever_it_was_cut()
    {
        string whole = Written(Entries[..^1]), last = Written(Entries[^1..]);
        for (int length = 0; length < last.Length; length++)
            Assert.Equal(Entries.Length - 1, HistoryLine.ParseWhole("w", whole + last[..length]).Count);
        Assert.Equal(Entries.Length, HistoryLine.ParseWhole("w", whole + last).Count);
    }

    [Fact]
    public void A_whole_line_that_is_none_is_not_passed_over() => Assert.Throws<FormatException>(() => HistoryLine.ParseWhole("w", "?\t12\n"));

    [Fact]
    public void A_failure_of_several_lines_is_one_line() =>
        Assert.Equal("a | b c", Assert.IsType<Failed>(Assert.Single(HistoryLine.ParseWhole("w", Written([new Failed("w", 1, "a\nb\tc")])))).What);

    [Fact]
    public void A_reader_follows_a_writer_through_its_segments_and_deletes_what_it_read()
    {
        string folder = Directory.CreateTempSubdirectory("swarmlocks-history-").FullName;
        var reader = new HistoryReader(folder, "w", born: 5);
        Assert.Equal(5, reader.CompleteTo);
        var read = new List<HistoryEntry>();
        using (var writer = new HistoryWriter(folder, "w"))
        {
            for (int i = 0; i < 10_000; i++)
            {
                writer.Write((name, now) => new Failed(name, now, i.ToString(CultureInfo.InvariantCulture) + new string('x', 40)));
                if (i % 999 == 0)
                    read.AddRange(reader.Read());
            }
        }
        Assert.NotEqual(HistoryWriter.SegmentPath(folder, "w", 0), Assert.Single(Directory.EnumerateFiles(folder)));
        read.AddRange(reader.Read());
        Assert.Equal(Enumerable.Range(0, 10_000), read.Cast<Failed>().Select(f => int.Parse(f.What.TrimEnd('x'), CultureInfo.InvariantCulture)));
        Assert.Equal(read.Select(e => e.At), read.Select(e => e.At).Order());
        Assert.Equal(read[^1].At, reader.CompleteTo);
        Assert.Single(Directory.EnumerateFiles(folder));
        reader.Delete();
        Directory.Delete(folder);
    }

    private static HeldLease Lease(string id, string on, LockMode mode, bool again) => new(id, 7, mode, again, 1000, LockResource.FromCanonical(on));

    private static string Written(IEnumerable<HistoryEntry> entries) => string.Concat(entries.Select(e => HistoryLine.Write(e) + "\n"));
}
