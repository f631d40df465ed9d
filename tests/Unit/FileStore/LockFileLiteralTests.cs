using System.Text;
using SwarmLocks.FileStore;
using SwarmLocks.Policy;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.FileStore;

/// <summary>Files letter by letter: programs of other versions read them.</summary>
public sealed class LockFileLiteralTests
{
    private const string Times = """
        "acquired_at":"2026-11-20T10:00:00.000Z","renewed_at":"2026-11-20T10:00:00.000Z","expires_at":"2026-11-20T10:05:00.000Z","ttl_seconds":300,"host":null,"pid":null,"clock":"boot-1/time:[1]","expires_ms":18300000
        """;

    private const string Waiter = """
        {"version":1,"ticket":7,"agent":"w","session":null,"mode":"exclusive","resources":["path:a","glob:src/*"],"since":"2026-11-20T10:00:00.000Z","polled_at":"2026-11-20T10:00:00.000Z","expires_at":"2026-11-20T10:00:10.000Z","clock":"boot-1/time:[1]","expires_ms":18010000}
        """;

    private readonly MemoryStore _memory = new();

    [Fact]
    public void A_broken_lease_says_by_whom_why_and_when()
    {
        var record = Records.Held(_memory.Now, "path:x", "a");
        record = record with { Holders = [record.Holders[0] with { Broken = new LeaseBreak("lead", "it hangs", FakeClock.Start.AddSeconds(1.5)) }] };
        AssertIs(
            $$$"""{"version":1,"resource":"path:x","mode":"exclusive","holders":[{{{Entry("a", 1)}}},"broken":{"by":"lead","why":"it hangs","at":"2026-11-20T10:00:01.500Z"}}],"abandoned":0}""",
            record);
    }

    [Fact]
    public void An_exclusive_lock_may_have_several_holders_the_sessions_of_one_agent() => AssertIs(
        $$$"""{"version":1,"resource":"path:x","mode":"exclusive","holders":[{{{Entry("a", 1)}}},"broken":null},{{{Entry("a", 2)}}},"broken":null}],"abandoned":0}""",
        Records.Held(_memory.Now, "path:x", "a") with { Holders = [Records.Entry(_memory.Now, "a"), Records.Entry(_memory.Now, "a", token: 2)] });

    [Fact]
    public void A_lock_that_nobody_holds_keeps_its_count_of_abandonments() => AssertIs(
        """{"version":1,"resource":"task:1","mode":"exclusive","holders":[],"abandoned":2}""",
        new LockRecord { Resource = Records.Resource("task:1"), Mode = LockMode.Exclusive, Holders = [], Abandoned = 2 });

    [Fact]
    public async Task A_request_in_line_is_exactly_these_bytes()
    {
        await using var store = _memory.Open();
        await store.WriteAsync(view => new LockChanges { WaiterWrites = [Records.Waiter(view.Now, 7, "w", session: null, "path:a", "glob:src/*")] });
        Assert.Equal(Waiter + "\n", _memory.Files.File.ReadAllText(FileOfWaiter));
    }

    [Fact]
    public async Task A_request_in_line_with_a_key_that_is_not_known_keeps_its_place()
    {
        await using var store = await WithWaiterAsync(Waiter.Replace("\"ticket\"", "\"x_new\":{\"deep\":[1]},\"ticket\"", StringComparison.Ordinal));
        Assert.Equal(7, Assert.Single((await store.LookAsync()).Waiters).Ticket);
    }

    [Fact]
    public async Task A_request_in_line_of_a_newer_version_is_refused_and_not_touched()
    {
        await using var store = await WithWaiterAsync(Waiter.Replace("\"version\":1", "\"version\":2", StringComparison.Ordinal));
        Assert.Equal(StoreProblem.NewerVersion, (await store.FailsAsync(LockScope.Request([Records.Resource("path:b")]))).Problem);
        Assert.True(_memory.Files.File.Exists(FileOfWaiter));
    }

    private string FileOfWaiter => _memory.Data + "/waiting/0000000000000000007.json";

    private static string Entry(string agent, long token) =>
        $$"""{"agent":"{{agent}}","session":null,"lease_id":"lease-of-{{agent}}-{{token}}","fencing_token":{{token}},"reason":null,"requested_as":"as asked",{{Times}}""";

    private static void AssertIs(string json, LockRecord record)
    {
        byte[] bytes = LockFileFormat.ToBytes(record);
        Assert.Equal(json + "\n", Encoding.UTF8.GetString(bytes));
        Assert.Null(LockFileFormat.TryRead(bytes, out LockRecord? read));
        Assert.Equal(record with { Holders = [] }, read! with { Holders = [] });
        Assert.Equal(record.Holders, read!.Holders);
    }

    /// <summary>The header has to say that somebody may wait, or nobody would look.</summary>
    private async Task<FileLockStore> WithWaiterAsync(string content)
    {
        var store = _memory.Open();
        await store.WriteAsync(view => new LockChanges { WaiterWrites = [Records.Waiter(view.Now, 7, "w", session: null, "path:a")] });
        _memory.Files.File.WriteAllText(FileOfWaiter, content + "\n");
        return store;
    }
}
