using SwarmLocks.FileStore;
using SwarmLocks.Policy;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.FileStore;

/// <summary>Who decides need not take apart what this process wrote; what anybody else put there must never be missed.</summary>
public sealed class WrittenRecordsTests
{
    private readonly MemoryStore _memory = new();

    [Fact]
    public async Task What_another_process_wrote_since_is_seen()
    {
        await using var one = _memory.Open();
        await using var other = _memory.Open();
        for (int token = 1; token < 9; token += 2)
        {
            await one.WriteAsync(view => Records.Writing(Records.Held(view.Now, "path:a", token: token)));
            await other.WriteAsync(view => Records.Writing(Records.Held(view.Now, "path:a", token: token + 1)));
            Assert.Equal(token + 1, (await one.LookAsync()).Records.Single().Holders.Single().FencingToken);
        }
        await other.WriteAsync(_ => new LockChanges { Deletes = [Records.Resource("path:a")] });
        Assert.Empty((await one.LookAsync()).Records);
    }

    [Fact]
    public async Task What_a_person_wrote_since_is_seen()
    {
        await using var store = _memory.Open();
        await store.WriteAsync(view => Records.Writing(Records.Held(view.Now, "path:a", agent: "alice")));
        string file = _memory.FileOf("path:a");
        string content = _memory.Files.File.ReadAllText(file);
        _memory.Files.File.WriteAllText(file, content.Replace("alice", "carol", StringComparison.Ordinal));
        Assert.Equal("carol", (await store.LookAsync()).Records.Single().Holders.Single().Agent);
        _memory.Files.File.WriteAllText(file, "nonsense\n");
        Assert.Single((await store.LookAsync()).Unreadable);
        _memory.Files.File.WriteAllText(file, content);
        Assert.Equal("alice", (await store.LookAsync()).Records.Single().Holders.Single().Agent);
    }

    /// <summary>Each kind of change, at instants between two milliseconds, which no file keeps.</summary>
    [Fact]
    public async Task A_record_that_was_written_is_the_one_that_is_read()
    {
        var process = new MemoryManagers();
        FileLockStore? store = null;
        await using var manager = process.Open(inner => store = (FileLockStore)inner);
        await using var reader = process.Memory.Open();
        process.Clock.Advance(TimeSpan.FromTicks(12_345_671));
        await StepAsync(() => manager.TryAcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromTicks(712_345_677), Reason = "é \"1\"", OutlivesProcess = true }));
        await StepAsync(() => manager.TryAcquireAsync(new LockRequest("a", "x") { Ttl = TimeSpan.FromTicks(812_345_671), OutlivesProcess = true }));
        for (var (random, i) = (new Random(4711), 0); i < 200; i++)
            await StepAsync(() => manager.RenewAsync(LeaseSelector.On("a", "x"), TimeSpan.FromTicks(random.NextInt64(TimeSpan.TicksPerMinute, 20 * TimeSpan.TicksPerHour))));
        await StepAsync(() => manager.RenewAsync(LeaseSelector.On("a", "x"), TimeSpan.FromMilliseconds(1501)));
        await StepAsync(() => manager.RenewAsync(LeaseSelector.On("a", "x"), TimeSpan.FromTicks(998_877_665)));
        await StepAsync(() => manager.AcquireAsync(new LockRequest("b", "y", "src/*.cs") { Mode = LockMode.Shared }));
        await StepAsync(() => manager.AcquireAsync(new LockRequest("c", "y") { Mode = LockMode.Shared }));
        await StepAsync(() => manager.BreakAsync("y", "d", "now"));
        process.Clock.Advance(TimeSpan.FromHours(21));
        await StepAsync(() => manager.TryAcquireAsync(new LockRequest("e", "x")));

        async Task StepAsync(Func<Task> step)
        {
            await step();
            process.Clock.Advance(TimeSpan.FromTicks(10_123));
            var written = (await store!.LookAsync()).Records.OrderBy(r => r.Resource.ToString(), StringComparer.Ordinal).ToList();
            var read = (await reader.LookAsync()).Records.OrderBy(r => r.Resource.ToString(), StringComparer.Ordinal).ToList();
            Assert.NotEmpty(written);
            Assert.Equal(read.Select(r => r with { Holders = [] }), written.Select(r => r with { Holders = [] }));
            Assert.Equal(read.SelectMany(r => r.Holders), written.SelectMany(r => r.Holders));
        }
    }
}
