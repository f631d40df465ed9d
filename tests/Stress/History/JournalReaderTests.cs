using System.Globalization;

namespace SwarmLocks.Tests.Stress.History;

/// <summary>The journal of a store is followed through its rotations.</summary>
public sealed class JournalReaderTests
{
    private const int Grants = 200;

    [Fact]
    public async Task Every_line_is_read_once_and_in_order_through_rotations_and_torn_lines()
    {
        using var tree = Tree.Create();
        await using var locks = Open(tree);
        await TakeAsync(locks, "first");
        using var reader = new JournalReader(tree.DataFolder, new WallClock());
        var told = new List<Told>();
        for (int i = 0; i < Grants; i++)
        {
            if (i % 50 == 1)
                await File.AppendAllTextAsync(Path.Combine(tree.DataFolder, "journal.jsonl"), "{\"torn");
            await TakeAsync(locks, "name-" + i.ToString(CultureInfo.InvariantCulture));
            if (i % 5 == 0)
                told.AddRange(reader.Read());
        }
        told.AddRange(reader.Read());
        var events = told.Select(t => t.Event).ToList();
        Assert.Equal(
            Enumerable.Range(0, Grants).Select(i => "name:name-" + i.ToString(CultureInfo.InvariantCulture)).Prepend("name:first"),
            events.Where(e => e.Event == LockEventKind.Acquired).Select(e => e.Resource));
        Assert.Equal(events.Select(e => e.Seq).Distinct().Order(), events.Select(e => e.Seq));
        Assert.Equal(4, reader.TornLines);
        // The numbers are those that the store itself gives.
        var last = (await locks.HistoryAsync(new HistoryQuery())).ToList();
        Assert.Equal(last.Select(e => e.Seq), events.TakeLast(last.Count).Select(e => e.Seq));
    }

    [Fact]
    public async Task Whoever_reads_too_late_is_told_and_does_not_go_on_as_if_nothing_was_missing()
    {
        using var tree = Tree.Create();
        await using var locks = Open(tree);
        await TakeAsync(locks, "first");
        using var reader = new JournalReader(tree.DataFolder, new WallClock());
        Assert.NotEmpty(reader.Read());
        for (int i = 0; i < Grants; i++)
            await TakeAsync(locks, "name");
        Assert.ThrowsAny<Exception>(reader.Read);
    }

    [Fact]
    public async Task A_line_has_the_time_at_which_it_was_written()
    {
        using var tree = Tree.Create();
        await using var locks = Open(tree);
        long before = HistoryEntry.Now;
        await TakeAsync(locks, "name");
        long after = HistoryEntry.Now;
        using var reader = new JournalReader(tree.DataFolder, new WallClock());
        Assert.All(reader.Read(), told =>
        {
            Assert.InRange(told.Latest, before, long.MaxValue);
            Assert.InRange(told.Earliest, 0, after);
            Assert.InRange(told.Slack, 1, HistoryEntry.Ticks(TimeSpan.FromMilliseconds(20)));
        });
    }

    private static LockManager Open(Tree tree) => new(new LockManagerOptions { Directory = tree.Root, JournalBytes = 4096 });

    private static async Task TakeAsync(LockManager locks, string name) => await (await locks.AcquireAsync(new LockRequest("a", "name:" + name))).DisposeAsync();
}
