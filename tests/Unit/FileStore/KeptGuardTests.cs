using SwarmLocks.FileStore;
using SwarmLocks.Policy;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.FileStore;

/// <summary>The guard file stays open from one change to the next: what is open may have lost its name meanwhile.</summary>
public sealed class KeptGuardTests
{
    private readonly MemoryStore _memory = new();

    [Fact]
    public async Task The_guard_is_opened_once_and_let_go_of_after_each_change()
    {
        await using var store = _memory.Open();
        await store.LookAsync();
        // It would be contended if it were still locked.
        OpenGuard().Dispose();
        await store.LookAsync();
        OpenGuard().Dispose();
        await store.DisposeAsync();
        OpenGuard().Dispose();
    }

    [Fact]
    public async Task Whoever_has_a_guard_open_that_was_replaced_stands_before_the_new_one()
    {
        await using var store = _memory.Open();
        await store.LookAsync();
        // As by a person who restores a copy: the same content, another file.
        byte[] content = _memory.Files.File.ReadAllBytes(MemoryStore.Guard);
        _memory.Files.File.Delete(MemoryStore.Guard);
        _memory.Files.File.WriteAllBytes(MemoryStore.Guard, content);
        using (OpenGuard())
            Assert.Equal(StoreProblem.Busy, (await FailsAsync(store)).Problem);
        await store.LookAsync();
    }

    [Fact]
    public async Task Whoever_has_a_guard_open_that_was_deleted_beside_its_locks_is_refused_like_all_others()
    {
        await using var store = _memory.Open();
        await store.WriteAsync(Records.Held(_memory.Now, "path:a"));
        _memory.Files.File.Delete(MemoryStore.Guard);
        Assert.Equal(StoreProblem.Untrusted, (await store.FailsAsync()).Problem);
        Assert.False(_memory.Files.File.Exists(MemoryStore.Guard));
    }

    [Fact]
    public async Task Where_files_cannot_be_told_apart_the_guard_is_opened_each_time()
    {
        _memory.Platform.TellsFilesApart = false;
        await using var store = _memory.Open();
        await store.WriteAsync(Records.Held(_memory.Now, "path:a"));
        _memory.Files.Directory.Delete(MemoryStore.Folder, recursive: true);
        Assert.Empty((await store.LookAsync()).Records);
        using (OpenGuard())
            Assert.Equal(StoreProblem.Busy, (await FailsAsync(store)).Problem);
    }

    [Fact]
    public async Task What_another_process_wrote_into_the_guard_meanwhile_is_read_again()
    {
        await using var store = _memory.Open();
        await using var other = _memory.Open();
        await store.WriteAsync(_ => new LockChanges { Token = 7 });
        await other.WriteAsync(_ => new LockChanges { Token = 8 });
        Assert.Equal(8, (await store.LookAsync()).LastToken);
        await store.WriteAsync(_ => new LockChanges { Token = 9 });
        Assert.Equal(9, (await other.LookAsync()).LastToken);
        Assert.Equal(9, (await store.LookAsync()).LastToken);
    }

    private Stream OpenGuard() => _memory.Files.FileStream.Create(MemoryStore.Guard, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 0, FileOptions.None);

    private async Task<LockStoreException> FailsAsync(FileLockStore store)
    {
        var waiting = store.TransactAsync(LockScope.All, TimeSpan.FromSeconds(1), _ => new Decision<bool>(true), CancellationToken.None).AsTask();
        await Eventually.TrueAsync(() => waiting.IsCompleted, _memory.Clock);
        return await Assert.ThrowsAsync<LockStoreException>(() => waiting);
    }
}
