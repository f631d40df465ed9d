using System.Text;
using SwarmLocks.FileStore;
using SwarmLocks.Policy;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.FileStore;

public sealed class RecordFilesTests
{
    private const string Golden = """
        {"version":1,"resource":"path:src/Login.cs","mode":"shared","holders":[{"agent":"agent-1","session":null,"lease_id":"lease-of-agent-1-1795217554620","fencing_token":1795217554620,"reason":"fix <b>","requested_as":"./Login.cs","requested_from":"src","acquired_at":"2026-11-20T10:00:00.000Z","renewed_at":"2026-11-20T10:00:00.000Z","expires_at":"2026-11-20T10:05:00.000Z","ttl_seconds":300,"host":"dev-1","pid":4711,"clock":"boot-1/time:[1]","expires_ms":18300000,"broken":null}],"abandoned":0}
        """;

    private readonly MemoryStore _memory = new();

    [Fact]
    public async Task A_lock_file_is_exactly_these_bytes()
    {
        await using var store = _memory.Open();
        await store.WriteAsync(view =>
        {
            var record = Records.Held(view.Now, "path:src/Login.cs", "agent-1", token: 1795217554620, mode: LockMode.Shared);
            return Records.Writing(record with
            {
                Holders = [record.Holders[0] with { Reason = "fix <b>", RequestedAs = "./Login.cs", RequestedFrom = "src", Host = "dev-1", Pid = 4711 }],
            });
        });
        Assert.EndsWith("/locks/path=src+^login.cs.json", _memory.FileOf("path:src/Login.cs"), StringComparison.Ordinal);
        Assert.Equal(Golden + "\n", _memory.Files.File.ReadAllText(_memory.FileOf("path:src/Login.cs")));
    }

    [Fact]
    public async Task Keys_that_are_not_known_survive_a_rewrite_at_both_levels()
    {
        await using var store = await StoreAsync();
        Put("path:src/Login.cs", Golden.Replace("\"version\":1", "\"version\":1,\"x_top\":{\"deep\":[1,2]}", StringComparison.Ordinal)
            .Replace("\"pid\":4711", "\"pid\":4711,\"x_entry\":\"kept\"", StringComparison.Ordinal));
        await store.WriteAsync(view => Records.Writing(view.Records.Single() with { Abandoned = 2 }));
        string text = _memory.Files.File.ReadAllText(_memory.FileOf("path:src/Login.cs"));
        Assert.Contains("\"x_top\":{\"deep\":[1,2]}", text, StringComparison.Ordinal);
        Assert.Contains("\"x_entry\":\"kept\"", text, StringComparison.Ordinal);
        Assert.Contains("\"abandoned\":2", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"version\":1}")]
    public async Task A_remnant_of_a_dead_writer_is_passed_over_by_readers_and_removed_under_the_guard(string remnant)
    {
        await using var store = await StoreAsync();
        string file = _memory.FileOf("path:a");
        _memory.Files.File.WriteAllText(file, remnant);
        Assert.Empty(store.Read(LockScope.All).Unreadable);
        Assert.True(_memory.Files.File.Exists(file));
        var view = await store.LookAsync();
        Assert.Empty(view.Unreadable);
        Assert.Empty(view.Records);
        Assert.False(_memory.Files.File.Exists(file));
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"version\":1}")]
    [InlineData("{\"version\":1,\"resource\":\"path:a\",\"mode\":\"exclusive\",\"holders\":[],\"abandoned\":0}")]
    [InlineData("{\"version\":1,\"resource\":\"path:b\",\"mode\":\"exclusive\",\"holders\":[],\"abandoned\":1}")]
    [InlineData("{\"version\":1,\"resource\":\"path:a\",\"mode\":\"exclusive\",\"holders\":[null],\"abandoned\":1}")]
    [InlineData("{\"version\":1,\"resource\":\"path:a/../../b\",\"mode\":\"exclusive\",\"holders\":[],\"abandoned\":1}")]
    [InlineData("{\"version\":1,\"resource\":\"path:a\",\"mode\":\"sideways\",\"holders\":[],\"abandoned\":1}")]
    public async Task A_complete_file_that_is_not_understood_is_held_by_unreadable(string content)
    {
        await using var store = await StoreAsync();
        Put("path:a", content);
        foreach (var view in new[] { store.Read(LockScope.All), await store.LookAsync(), await store.LookAsync(LockScope.Exactly([Records.Resource("path:a")])) })
        {
            Assert.Empty(view.Records);
            var file = Assert.Single(view.Unreadable);
            Assert.Equal("path:a", file.Resource?.ToString());
            Assert.True(view.IsLive(file));
        }
    }

    [Fact]
    public async Task A_bomb_of_depth_or_size_is_unreadable_and_nothing_worse()
    {
        await using var store = await StoreAsync();
        Put("path:a", $"{{\"version\":1,\"x\":{new string('[', 50_000)}{new string(']', 50_000)}}}");
        Put("path:b", Golden.Replace("fix <b>", new string('x', LockFileFormat.MaxBytes), StringComparison.Ordinal));
        Put("path:c", $"{new string('[', 500_000)}");
        var view = await store.LookAsync();
        Assert.Equal(["path:a", "path:b", "path:c"], view.Unreadable.Select(f => f.Resource!.ToString()).Order(StringComparer.Ordinal));
        Assert.Contains(view.Unreadable, f => f.Why == "it is too large");
    }

    [Fact]
    public async Task An_unreadable_file_excludes_for_a_day_and_is_then_set_aside_not_deleted()
    {
        await using var store = await StoreAsync();
        Put("path:a", "nonsense");
        _memory.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromMinutes(1));
        var view = await store.LookAsync();
        Assert.True(view.IsLive(view.Unreadable.Single()));
        _memory.Clock.Advance(TimeSpan.FromMinutes(1));
        view = await store.LookAsync();
        Assert.False(view.IsLive(view.Unreadable.Single()));

        await store.WriteAsync(current => new LockChanges { SetAside = [current.Unreadable.Single()], Writes = [Records.Held(current.Now, "path:a")] });
        Assert.Equal("a", (await store.LookAsync()).Records.Single().Holders.Single().Agent);
        string aside = Assert.Single(_memory.Files.Directory.EnumerateFiles(_memory.Data + "/corrupt"));
        Assert.Equal("nonsense\n", _memory.Files.File.ReadAllText(aside));
    }

    [Fact]
    public async Task An_unreadable_file_with_a_hashed_name_may_lock_anything()
    {
        await using var store = await StoreAsync();
        Put("path:" + new string('n', 300), "nonsense");
        foreach (string asked in new[] { "path:elsewhere/", "glob:**" })
            Assert.Null(Assert.Single((await store.LookAsync(LockScope.Request([Records.Resource(asked)]))).Unreadable).Resource);
    }

    [Fact]
    public async Task A_file_that_some_other_program_put_there_is_nobodys_lock()
    {
        await using var store = await StoreAsync();
        _memory.Files.File.WriteAllText(_memory.Data + "/locks/README.json", "nonsense\n");
        _memory.Files.File.WriteAllText(_memory.Data + "/locks/path=A.json", "nonsense\n");
        _memory.Files.File.WriteAllText(_memory.Data + "/globs/notes.txt", "nonsense\n");
        Assert.Empty((await store.LookAsync()).Unreadable);
        Assert.True(_memory.Files.File.Exists(_memory.Data + "/locks/README.json"));
    }

    [Fact]
    public async Task A_lock_of_a_newer_version_is_refused_and_not_touched()
    {
        await using var store = await StoreAsync();
        Put("path:a", "{\"holders\":{\"of\":\"another shape\"},\"version\":2}");
        var before = _memory.Files.Snapshot();
        var asked = LockScope.Exactly([Records.Resource("path:a")]);
        Assert.Equal(StoreProblem.NewerVersion, (await store.FailsAsync(asked)).Problem);
        Assert.Equal(StoreProblem.NewerVersion, Assert.Throws<LockStoreException>(() => store.Read(asked)).Problem);
        Assert.True(Assert.Single(store.Read(LockScope.All).Unreadable).IsNewer);
        Assert.True(Assert.Single((await store.LookAsync()).Unreadable).IsNewer);
        Assert.Equal(before, _memory.Files.Snapshot());
    }

    [Fact]
    public async Task A_record_that_readers_would_refuse_is_not_written()
    {
        await using var store = await StoreAsync();
        await store.WriteAsync(Records.Held(_memory.Now, "path:a"), Records.Held(_memory.Now, "path:b"));
        var before = _memory.Files.Snapshot();
        await Assert.ThrowsAsync<LockUsageException>(() => store.WriteAsync(view =>
        {
            var entry = Records.Entry(view.Now) with { Reason = new string('x', 512) };
            return Records.Writing(Records.Held(view.Now, "path:c"), view.Find(Records.Resource("path:a"))! with { Abandoned = 5 },
                view.Find(Records.Resource("path:b"))! with { Holders = [.. Enumerable.Repeat(entry, 2000)] });
        }));
        Assert.Equal(before, _memory.Files.Snapshot());
    }

    [Fact]
    public async Task A_record_with_the_longest_texts_and_many_holders_reads_back()
    {
        await using var store = await StoreAsync();
        await store.WriteAsync(view => Records.Writing(Records.Held(view.Now, "path:a") with
        {
            Mode = LockMode.Shared,
            Holders = [.. Enumerable.Range(0, 400).Select(i => Records.Entry(view.Now, $"{i}".PadRight(128, 'z')) with { Reason = new string('€', 512) })],
        }));
        Assert.Equal(400, (await store.LookAsync()).Records.Single().Holders.Count);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("{\"ticket\":7,\"agent\":\"w\",\"session\":null,\"mode\":\"exclusive\",\"resources\":[null],\"since\":\"2026-11-20T10:00:00.000Z\",\"polled_at\":\"2026-11-20T10:00:00.000Z\",\"expires_at\":\"2026-11-20T10:00:10.000Z\",\"clock\":null,\"expires_ms\":1}")]
    [InlineData("{\"ticket\":8,\"agent\":\"w\",\"session\":null,\"mode\":\"exclusive\",\"resources\":[\"path:a\"],\"since\":\"2026-11-20T10:00:00.000Z\",\"polled_at\":\"2026-11-20T10:00:00.000Z\",\"expires_at\":\"2026-11-20T10:00:10.000Z\",\"clock\":null,\"expires_ms\":1}")]
    public async Task A_request_in_line_that_cannot_be_read_loses_its_place_under_the_guard_only(string content)
    {
        await using var store = await StoreAsync();
        string file = _memory.Data + "/waiting/0000000000000000007.json";
        _memory.Files.File.WriteAllText(file, content + "\n");
        Assert.Empty(store.Read(LockScope.All).Waiters);
        Assert.True(_memory.Files.File.Exists(file));
        await store.LookAsync();
        Assert.False(_memory.Files.File.Exists(file));
    }

    [Fact]
    public async Task Names_that_differ_only_in_escaping_or_case_are_different_locks()
    {
        string[] names = ["path:a/b", "path:a-b", "path:a%2fb", "path:a+b", "path:A/b", "path:^a/b", "path:.a", "path:@x", "path:-x", "path:a:b", "path:é", "plan:a-b", "path:a/b/"];
        await using var store = await StoreAsync();
        await store.WriteAsync([.. names.Select(n => Records.Held(_memory.Now, n))]);
        Assert.Equal(names.Order(StringComparer.Ordinal), (await store.LookAsync()).Records.Select(r => r.Resource.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal(names.Length, _memory.Files.Snapshot().Keys.Where(f => f.EndsWith(".json", StringComparison.Ordinal)).DistinctBy(f => f.ToUpperInvariant()).Count());
        Assert.DoesNotContain(_memory.Files.Snapshot().Keys, f => Path.GetFileName(f).StartsWith('.'));
    }

    [Fact]
    public void A_name_that_is_too_long_is_cut_and_hashed()
    {
        var resource = Records.Resource("path:" + new string('é', 100) + "1");
        string name = LockFileName.Encode(resource);
        Assert.True(Encoding.UTF8.GetByteCount(name) <= 200);
        Assert.True(LockFileName.IsHashed(name));
        Assert.Null(LockFileName.TryDecode(name));
        Assert.NotEqual(name, LockFileName.Encode(Records.Resource("path:" + new string('é', 100) + "2")));
    }

    private async Task<FileLockStore> StoreAsync()
    {
        var store = _memory.Open();
        await store.LookAsync();
        return store;
    }

    private void Put(string resource, string content) => _memory.Files.File.WriteAllText(_memory.FileOf(resource), content + "\n");

    [Theory]
    [InlineData(25 * 3600)]
    [InlineData(-1)]
    public async Task What_readers_would_refuse_is_not_written(int ttlSeconds)
    {
        var memory = new MemoryStore();
        await using var store = memory.Open();
        var error = await Assert.ThrowsAsync<LockUsageException>(() => store.WriteAsync(Records.Held(memory.Now, "path:x", ttl: TimeSpan.FromSeconds(ttlSeconds))));
        Assert.Equal("The lock on path:x was not written, because nobody could read it again: a lease in it lasts longer or shorter than any may.", error.Message);
        var view = await store.LookAsync();
        Assert.Empty(view.Records);
        Assert.Empty(view.Unreadable);
    }
}
