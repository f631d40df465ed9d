using System.IO.Abstractions;
using System.Reflection;
using SwarmLocks.FileStore;
using SwarmLocks.Policy;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.FileStore;

public sealed class GuardTests
{
    private readonly MemoryStore _memory = new();

    [Fact]
    public async Task A_guard_that_is_held_past_the_bound_is_busy_and_says_nothing_about_the_lock()
    {
        await using var store = _memory.Open();
        await store.LookAsync();
        using var other = HoldGuard();
        var waiting = store.TransactAsync(LockScope.All, TimeSpan.FromSeconds(5), _ => new Decision<bool>(true), CancellationToken.None).AsTask();
        _memory.Clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(waiting.IsCompleted);
        await Eventually.TrueAsync(() => waiting.IsCompleted, _memory.Clock);
        var error = await Assert.ThrowsAsync<LockStoreException>(() => waiting);
        Assert.Equal(StoreProblem.Busy, error.Problem);
        Assert.DoesNotContain("held by", error.Message, StringComparison.Ordinal);
        Assert.Contains("busy for 5s", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guard_that_becomes_free_in_time_is_entered()
    {
        await using var store = _memory.Open();
        await store.LookAsync();
        var other = HoldGuard();
        var waiting = store.TransactAsync(LockScope.All, TimeSpan.FromSeconds(5), _ => new Decision<bool>(true), CancellationToken.None).AsTask();
        _memory.Clock.Advance(TimeSpan.FromSeconds(1));
        other.Dispose();
        Assert.True(await Eventually.EndAsync(waiting, _memory.Clock));
    }

    [Fact]
    public async Task Cancelling_ends_the_wait_for_the_guard()
    {
        await using var store = _memory.Open();
        await store.LookAsync();
        using var other = HoldGuard();
        using var cancel = new CancellationTokenSource();
        var waiting = store.TransactAsync(LockScope.All, TimeSpan.FromSeconds(5), _ => new Decision<bool>(true), cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    [Fact]
    public async Task Where_the_kernel_lock_cannot_be_verified_nothing_is_granted()
    {
        await using var store = _memory.Open();
        _memory.Platform.Trouble = shared => shared ? null : "Operation not supported";
        var error = await store.FailsAsync();
        Assert.Equal(StoreProblem.Untrusted, error.Problem);
        Assert.Contains("Operation not supported", error.Message, StringComparison.Ordinal);
        _memory.Platform.Trouble = _ => null;
        Assert.Empty((await store.LookAsync()).Records);
    }

    [Fact]
    public async Task A_lock_that_stops_working_later_is_noticed_at_the_next_change()
    {
        await using var store = _memory.Open();
        await store.LookAsync();
        _memory.Platform.Trouble = _ => "No locks available";
        Assert.Equal(StoreProblem.Untrusted, (await store.FailsAsync()).Problem);
    }

    [Fact]
    public async Task Where_file_locking_is_switched_off_nothing_is_granted()
    {
        _memory.Files.LockingIsOff = true;
        await using var store = _memory.Open();
        var error = await store.FailsAsync();
        Assert.Equal(StoreProblem.Untrusted, error.Problem);
        Assert.Contains("switched off", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guard_that_is_gone_while_locks_are_left_is_refused_and_never_made_again()
    {
        await using (var store = _memory.Open())
            await store.WriteAsync(Records.Held(_memory.Now, "path:a"));
        _memory.Files.File.Delete(MemoryStore.Guard);
        var before = _memory.Files.Snapshot();
        await using var next = _memory.Open();
        Assert.Equal(StoreProblem.Untrusted, (await next.FailsAsync()).Problem);
        Assert.Equal(before, _memory.Files.Snapshot());
    }

    [Fact]
    public async Task One_who_found_no_guard_does_not_mistake_a_store_made_meanwhile_for_the_remains_of_one()
    {
        await using var first = _memory.Open();
        await first.WriteAsync(Records.Held(_memory.Now, "path:a"));
        // What a late one does between finding no guard and making it.
        new StoreFolder(_memory.Files, _memory.Platform, new StoreLocation(MemoryStore.Root, MemoryStore.Folder, "/tree/.git")).EnsureExists();
        Assert.Single((await first.LookAsync()).Records);
    }

    [Fact]
    public async Task Whoever_still_has_the_guard_of_a_deleted_store_does_not_make_a_store_beside_the_new_one()
    {
        var folder = new StoreFolder(_memory.Files, _memory.Platform, new StoreLocation(MemoryStore.Root, MemoryStore.Folder, "/tree/.git"));
        folder.EnsureExists();
        await using var old = _memory.Files.FileStream.Create(MemoryStore.Guard, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 0, FileOptions.None);
        // It sleeps before it looks into the guard. Meanwhile the store is deleted, and another process makes it anew.
        _memory.Files.File.Delete(MemoryStore.Guard);
        await using var store = _memory.Open();
        await store.LookAsync();
        Assert.Null(folder.CreateUnderGuard(old, token: 0));
        await store.WriteAsync(Records.Held(_memory.Now, "path:a"));
        Assert.Single((await store.LookAsync()).Records);
    }

    /// <summary>Before each of its calls in turn: whatever it does from there on, it does to a store that is not its own.</summary>
    [Fact]
    public async Task Whoever_makes_a_store_while_it_is_deleted_and_made_anew_by_another_harms_nothing_of_the_new_one()
    {
        bool meddled = true;
        for (int call = 1; meddled; call++)
        {
            var memory = new MemoryStore();
            await using var other = memory.Open();
            var maker = new MeddledFileSystem(memory.Files, call, () =>
            {
                memory.Files.File.Delete(MemoryStore.Guard);
                memory.Files.Directory.Delete(MemoryStore.Folder, recursive: true);
                other.WriteAsync(Records.Held(memory.Now, "path:a")).GetAwaiter().GetResult();
            });
            // Something is left there of an earlier one, without locks.
            memory.Files.CreateDirectory(MemoryStore.Folder + "/0123456789abcdef0123456789abcdef/locks");
            var folder = new StoreFolder(maker, memory.Platform, new StoreLocation(MemoryStore.Root, MemoryStore.Folder, "/tree/.git"));
            await using var guard = memory.Files.FileStream.Create(MemoryStore.Guard, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 0, FileOptions.None);
            maker.Begin();
            try
            {
                folder.CreateUnderGuard(guard, token: 0);
            }
            catch (DirectoryNotFoundException)
            {
                // Its own folder went with the store.
            }
            meddled = maker.HasMeddled;
            if (meddled)
                Assert.Single((await other.LookAsync()).Records);
        }
    }

    /// <summary>Before each of its folders in turn: that one has the guard of a store which is gone, and comes to the remnants of dead makers now.</summary>
    [Fact]
    public async Task Whoever_makes_a_store_while_another_cleans_up_in_the_one_before_makes_a_whole_one()
    {
        bool swept = true;
        for (int at = 1; swept; at++)
        {
            var memory = new MemoryStore();
            int made = 0;
            memory.Platform.BeforeFolder = () =>
            {
                if (++made == at)
                    new StoreFolder(memory.Files, memory.Platform, new StoreLocation(MemoryStore.Root, MemoryStore.Folder, "/tree/.git")).SweepUnderGuard();
            };
            await using (var store = memory.Open())
                await store.WriteAsync(Records.Held(memory.Now, "path:a"));
            swept = made >= at;
            await using var next = memory.Open();
            Assert.Single((await next.LookAsync()).Records);
            Assert.Single(next.Read(LockScope.All).Records);
        }
    }

    [Fact]
    public async Task A_store_whose_folder_somebody_deleted_is_made_anew_and_its_tokens_go_on()
    {
        await using var store = _memory.Open();
        await store.WriteAsync(_ => new LockChanges { Token = 4711 });
        _memory.Files.Directory.Delete(_memory.Data, recursive: true);
        // Whoever used it already hears of it once, and a new process makes it.
        Assert.Equal(StoreProblem.Unavailable, (await store.FailsAsync()).Problem);
        await using var next = _memory.Open();
        Assert.Equal(4711, (await next.LookAsync()).LastToken);
        Assert.Equal(4711, (await store.LookAsync()).LastToken);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public async Task A_guard_that_was_emptied_or_torn_while_locks_are_left_is_refused(int length)
    {
        await using (var store = _memory.Open())
            await store.WriteAsync(Records.Held(_memory.Now, "path:a"));
        _memory.Files.File.WriteAllBytes(MemoryStore.Guard, _memory.Files.File.ReadAllBytes(MemoryStore.Guard)[..length]);
        await using var next = _memory.Open();
        Assert.Equal(StoreProblem.Untrusted, (await next.FailsAsync()).Problem);
        Assert.True(_memory.Files.File.Exists(_memory.FileOf("path:a")));
    }

    [Fact]
    public async Task A_store_that_was_deleted_whole_starts_anew_elsewhere()
    {
        await using var store = _memory.Open();
        await store.WriteAsync(Records.Held(_memory.Now, "path:a", session: store.SessionId));
        string before = _memory.Data;
        _memory.Files.Directory.Delete(MemoryStore.Folder, recursive: true);
        Assert.Empty((await store.LookAsync()).Records);
        Assert.NotEqual(before, _memory.Data);
        await store.WriteAsync(Records.Held(_memory.Now, "path:b", session: store.SessionId));
        await using var other = _memory.Open();
        Assert.Empty((await other.LookAsync()).DeadSessions);
    }

    private Stream HoldGuard() =>
        _memory.Files.FileStream.Create(MemoryStore.Guard, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 0, FileOptions.None);

    /// <summary>Lets something happen once, before one of the calls.</summary>
    private sealed class MeddledFileSystem(IFileSystem inner, int before, Action meddle) : InterceptedFileSystem(inner)
    {
        private int _calls = int.MinValue;

        public bool HasMeddled => _calls >= before;

        public void Begin() => _calls = 0;

        protected override object? OnCall(MethodInfo method, object?[] arguments, Func<object?> call)
        {
            if (++_calls == before)
                meddle();
            return call();
        }
    }
}
