using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.FileStore;

/// <summary>What somebody may put into a store by hand, or leave there, and what must not come of it.</summary>
public sealed class PlantedFileTests
{
    private readonly MemoryManagers _process = new();

    [Fact]
    public async Task An_unreadable_file_with_a_hashed_name_can_be_broken_by_its_resource()
    {
        await using var manager = _process.Open();
        string path = new('p', 300);
        await using (await manager.AcquireAsync(new LockRequest("a", path)))
            _process.Memory.Files.File.WriteAllText(_process.Memory.FileOf("path:" + path), "nonsense\n");
        Assert.False((await manager.TryAcquireAsync(new LockRequest("b", path))).Granted);
        Assert.False((await manager.TryAcquireAsync(new LockRequest("b", "**"))).Granted);

        var broken = await manager.BreakAsync(path, "boss", "it is of no use");

        Assert.Equal(LeaseState.Unreadable, Assert.Single(broken.Broken).State);
        Assert.True((await manager.TryAcquireAsync(new LockRequest("b", "**"))).Granted);
    }

    [Fact]
    public async Task A_file_in_the_place_of_the_store_is_no_store_without_locks()
    {
        _process.Memory.Files.File.WriteAllText(MemoryStore.Folder, "");
        await using var manager = _process.Open();
        Assert.Equal(StoreProblem.Unavailable, (await Assert.ThrowsAsync<LockStoreException>(() => manager.ListAsync())).Problem);
        await Assert.ThrowsAsync<LockStoreException>(() => manager.WhoHasAsync("x"));
        await Assert.ThrowsAsync<LockStoreException>(() => manager.CheckAsync("a", ["x"]));
    }

    [Fact]
    public async Task A_giant_is_refused_without_being_read()
    {
        await using var manager = _process.Open();
        await using (await manager.AcquireAsync(new LockRequest("a", "x")))
            _process.Memory.Files.File.WriteAllBytes(_process.Memory.FileOf("path:x"), new byte[(1 << 20) + 1]);
        var refused = await manager.TryAcquireAsync(new LockRequest("b", "x"));
        Assert.Equal("it is too large", Assert.Single(refused.Conflicts).Held!.Reason);
    }

    [Fact]
    public async Task A_file_of_another_program_is_left_alone()
    {
        await using var manager = _process.Open();
        await using (await manager.AcquireAsync(new LockRequest("a", "x")))
            _process.Memory.Files.File.WriteAllText(Path.Combine(_process.Memory.Data, "locks", "Notes.json"), "mine\n");
        Assert.True((await manager.TryAcquireAsync(new LockRequest("b", "**"))).Granted);
        Assert.True(_process.Memory.Files.File.Exists(Path.Combine(_process.Memory.Data, "locks", "Notes.json")));
    }

    [Theory]
    [InlineData("\"mode\":\"exclusive\"", "\"mode\":7")]
    [InlineData("\"ttl_seconds\":300", "\"ttl_seconds\":90000")]
    [InlineData("\"holders\":[", "\"holders\":[null,")]
    [InlineData("\"mode\":", "\"x\":\"\\ud800\",\"mode\":")]
    [InlineData("\"agent\":", "\"x\":[\"\\udc00\"],\"agent\":")]
    public async Task A_record_that_no_writer_would_write_is_unreadable(string part, string instead)
    {
        await using var manager = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x"));
        string file = _process.Memory.FileOf("path:x");
        _process.Memory.Files.File.WriteAllText(file, _process.Memory.Files.File.ReadAllText(file).Replace(part, instead, StringComparison.Ordinal));
        Assert.Equal(LeaseState.Unreadable, Assert.Single(await manager.ListAsync()).State);
    }

    [Theory]
    [InlineData("locks")]
    [InlineData("globs")]
    [InlineData("waiting")]
    [InlineData("sessions")]
    public async Task A_file_in_the_place_of_a_folder_of_the_store_is_not_mended_by_making_it_anew(string part)
    {
        await using var manager = _process.Open();
        Assert.True((await manager.TryAcquireAsync(new LockRequest("a", "x") { OutlivesProcess = true })).Granted);
        await using var late = _process.Open();
        var files = _process.Memory.Files;
        string folder = Path.Combine(_process.Memory.Data, part);
        files.Directory.Delete(folder, recursive: true);
        files.File.WriteAllText(folder, "");

        var error = await Assert.ThrowsAsync<LockStoreException>(() => late.TryAcquireAsync(new LockRequest("b", "x")));

        Assert.Equal(StoreProblem.Untrusted, error.Problem);
        Assert.True(files.File.Exists(folder));
    }

    [Fact]
    public async Task Readers_of_a_store_that_was_given_up_are_told_so()
    {
        await using var old = _process.Open();
        await using (await old.AcquireAsync(new LockRequest("a", "x")))
            Assert.True(await old.IsLockedAsync("x"));
        await new SwarmLocks.FileStore.StoreSetup(_process.Memory.Files, _process.Memory.Platform, _process.Clock).InitAsync(MemoryStore.Root, CancellationToken.None);

        var error = await Assert.ThrowsAsync<LockStoreException>(() => old.IsLockedAsync("x"));
        Assert.Equal(StoreProblem.Moved, error.Problem);
        await using var anew = _process.Open();
        Assert.Equal("/tree/.swarmlocks", anew.Store);
        Assert.True((await anew.TryAcquireAsync(new LockRequest("b", "x"))).Granted);
    }

    [Fact]
    public async Task Readers_of_a_store_that_is_being_made_see_no_locks()
    {
        await using var manager = _process.Open();
        await using (await manager.AcquireAsync(new LockRequest("a", "x")))
            _process.Memory.Files.File.WriteAllText(Path.Combine(_process.Memory.Data, "root"), "");
        await using var reader = _process.Open();
        Assert.Empty(await reader.ListAsync());
    }
}
