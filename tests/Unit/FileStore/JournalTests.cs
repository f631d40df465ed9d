using SwarmLocks.FileStore;
using SwarmLocks.Policy;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.FileStore;

public sealed class JournalTests
{
    private readonly MemoryStore _memory = new();

    private string File => _memory.Data + "/journal.jsonl";

    [Fact]
    public async Task A_line_is_exactly_this()
    {
        await using var store = _memory.Open();
        await store.WriteAsync(view => new LockChanges
        {
            Events = [new LockEvent(0, view.Now.Wall, LockEventKind.TakenOver, "path:a", "a", "l1", 7, "b", "expired")],
        });
        Assert.Equal(
            "{\"at\":\"2026-11-20T10:00:00.000Z\",\"event\":\"taken_over\",\"resource\":\"path:a\",\"agent\":\"a\",\"lease_id\":\"l1\",\"fencing_token\":7,\"by\":\"b\",\"why\":\"expired\"}\n",
            _memory.Files.File.ReadAllText(File));
    }

    [Fact]
    public async Task After_a_torn_line_the_next_starts_afresh_and_bad_lines_are_passed_over()
    {
        await using var store = _memory.Open();
        await TellAsync(store, "first");
        _memory.Files.File.WriteAllText(File, _memory.Files.File.ReadAllText(File) + "not json\n{\"at\":1}\n\n" + new string('x', 100_000) + "\n{\"torn\":");
        await TellAsync(store, "second");
        Assert.Equal(["first", "second"], store.ReadJournal().Select(e => e.Agent));
    }

    [Fact]
    public async Task Rotation_keeps_one_older_file_and_lets_numbers_grow()
    {
        await using var store = _memory.Open(journalBytes: 1000);
        var seen = new List<LockEvent>();
        for (int i = 0; i < 60; i++)
        {
            await TellAsync(store, $"agent-{i}");
            var all = store.ReadJournal().ToList();
            Assert.Equal($"agent-{i}", all[^1].Agent);
            Assert.Equal(all.Select(e => e.Seq).Order(), all.Select(e => e.Seq));
            Assert.True(seen.Count == 0 || all[^1].Seq > seen[^1].Seq, $"{all[^1].Seq} does not grow");
            seen.Add(all[^1]);
        }
        Assert.InRange(_memory.Files.File.ReadAllBytes(File).Length, 0, 1200);
        Assert.InRange(store.ReadJournal().Count(), 5, 30);
        // A number stays what it was, whichever file it is in by now.
        Assert.All(store.ReadJournal(), e => Assert.Equal(seen.Single(s => s.Agent == e.Agent).Seq, e.Seq));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{\"continues_from\":1")]
    [InlineData("{\"continues_from\":9223372036854775807")]
    public async Task Numbers_grow_also_when_the_first_line_after_a_rotation_is_torn(string torn)
    {
        await using var store = _memory.Open(journalBytes: 1000);
        int i = 0;
        do
            await TellAsync(store, $"agent-{i++}");
        while (_memory.Files.File.Exists(File) || i < 2);
        long last = store.ReadJournal().Last().Seq;
        _memory.Files.File.WriteAllText(File, torn);
        await TellAsync(store, "next");
        var all = store.ReadJournal().ToList();
        Assert.Equal("next", all[^1].Agent);
        Assert.True(all[^1].Seq > last, $"{all[^1].Seq} does not follow {last}");
        Assert.Equal(i + 1, all.Count);
    }

    [Fact]
    public async Task A_journal_that_cannot_be_written_fails_no_decision()
    {
        using var tree = new TempTree();
        var disk = new FaultyFileSystem();
        await using var store = Open(disk, tree);
        await store.WriteAsync(view => Records.Writing(Records.Held(view.Now, "path:a")));
        Directory.CreateDirectory(Path.Combine(Directory.EnumerateDirectories(tree.Store).Single(), "journal.jsonl"));
        await store.WriteAsync(view => new LockChanges { Writes = [Records.Held(view.Now, "path:b")], Events = [Event(view, "b")] });
        Assert.Equal(2, (await store.LookAsync()).Records.Count);
    }

    private static FileLockStore Open(FaultyFileSystem disk, TempTree tree) => new(
        disk, SwarmLocks.Platform.SystemPlatform.Current, TimeProvider.System, new StoreLocation(tree.Root, tree.Store, null),
        Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, 1 << 20, childrenKeepSession: false);

    private static LockEvent Event(LockView view, string agent) => new(0, view.Now.Wall, LockEventKind.Acquired, "path:a", agent, null, null, null, null);

    private static Task TellAsync(FileLockStore store, string agent) => store.WriteAsync(view => new LockChanges { Events = [Event(view, agent)] });
}
