using SwarmLocks.Policy;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.FileStore;

public sealed class SessionTests
{
    private readonly MemoryStore _memory = new();

    [Fact]
    public async Task Two_who_probe_at_once_do_not_take_each_other_for_the_holder()
    {
        string session = await DeadSessionAsync();
        await using var store = _memory.Open();
        // Another reader is in the middle of its own probe.
        using var probe = _memory.Files.FileStream.Create(FileOf(session), FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.None);
        Assert.Equal([session], store.Read(LockScope.All).DeadSessions);
        Assert.Equal([session], (await store.LookAsync()).DeadSessions);
    }

    [Fact]
    public async Task A_session_without_a_file_is_unknown()
    {
        string session = await DeadSessionAsync();
        _memory.Files.File.Delete(FileOf(session));
        await using var store = _memory.Open();
        Assert.Empty((await store.LookAsync()).DeadSessions);
    }

    [Fact]
    public async Task A_session_of_another_boot_is_unknown()
    {
        string session = await DeadSessionAsync();
        await using var store = _memory.Open();
        _memory.Platform.ClockId = "boot-2/time:[1]";
        _memory.Platform.Running = () => null;
        Assert.Empty((await store.LookAsync()).DeadSessions);
        _memory.Platform.ClockId = "boot-1/time:[2]";
        Assert.Equal([session], (await store.LookAsync()).DeadSessions);
        _memory.Platform.ClockId = null;
        Assert.Empty((await store.LookAsync()).DeadSessions);
    }

    [Fact]
    public async Task A_probe_that_took_no_real_lock_says_nothing()
    {
        await DeadSessionAsync();
        await using var store = _memory.Open();
        _memory.Platform.Trouble = shared => shared ? "No locks available" : null;
        Assert.Empty((await store.LookAsync()).DeadSessions);
    }

    [Fact]
    public async Task A_session_whose_own_lock_cannot_be_verified_is_not_used()
    {
        await using var store = _memory.Open();
        await store.LookAsync();
        int opened = 0;
        // The first open is the guard, the second the session.
        _memory.Platform.Trouble = _ => ++opened == 2 ? "No locks available" : null;
        var error = await Assert.ThrowsAsync<LockStoreException>(() => store.WriteAsync(Records.Held(_memory.Now, "path:a", session: store.SessionId)));
        Assert.Equal(StoreProblem.Untrusted, error.Problem);
        _memory.Platform.Trouble = _ => null;
        Assert.Empty((await store.LookAsync()).Records);
        await store.WriteAsync(Records.Held(_memory.Now, "path:a", session: store.SessionId));
        Assert.Single((await store.LookAsync()).Records);
    }

    [Theory]
    [InlineData("../../guard")]
    [InlineData("/tree/.git/swarmlocks/guard")]
    [InlineData("../root")]
    [InlineData("")]
    public async Task A_session_name_that_leads_elsewhere_is_unknown_and_never_opened(string session)
    {
        await using var store = _memory.Open();
        await store.WriteAsync(Records.Held(_memory.Now, "path:a", session: session));
        Assert.Empty(store.Read(LockScope.All).DeadSessions);
    }

    [Fact]
    public async Task The_file_of_a_session_that_nothing_names_goes_when_its_store_is_closed()
    {
        var store = _memory.Open();
        await store.WriteAsync(Records.Held(_memory.Now, "path:a", session: store.SessionId));
        Assert.True(_memory.Files.File.Exists(FileOf(store.SessionId)));
        await store.WriteAsync(_ => new LockChanges { Deletes = [Records.Resource("path:a")] });
        await store.DisposeAsync();
        Assert.False(_memory.Files.File.Exists(FileOf(store.SessionId)));
    }

    [Fact]
    public async Task A_process_that_closes_while_another_has_the_guard_leaves_its_session_to_a_clean_up()
    {
        var store = _memory.Open();
        await store.WriteAsync(Records.Held(_memory.Now, "path:a", session: store.SessionId));
        await store.WriteAsync(_ => new LockChanges { Deletes = [Records.Resource("path:a")] });
        using (_memory.Files.FileStream.Create(MemoryStore.Guard, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 0, FileOptions.None))
        {
            var closing = store.DisposeAsync().AsTask();
            await Eventually.TrueAsync(() =>
            {
                _memory.Clock.Advance(TimeSpan.FromMilliseconds(50));
                return closing.IsCompleted;
            });
            Assert.True(_memory.Files.File.Exists(FileOf(store.SessionId)));
        }
    }

    [Fact]
    public async Task A_sweep_removes_dead_sessions_that_nothing_names_and_no_others()
    {
        string named = await DeadSessionAsync();
        await using var alive = _memory.Open();
        await alive.WriteAsync(view => new LockChanges { WaiterWrites = [Records.Waiter(view.Now, 5, "w", alive.SessionId, "path:z")] });
        var unnamed = Guid.NewGuid().ToString("n");
        _memory.Files.File.WriteAllText(FileOf(unnamed), "");
        _memory.Files.File.WriteAllText(_memory.Data + "/next.tmp", "left by a killed writer");
        await using var sweeper = _memory.Open();
        await sweeper.WriteAsync(_ => new LockChanges { SweepSessions = true });
        Assert.True(_memory.Files.File.Exists(FileOf(named)));
        Assert.True(_memory.Files.File.Exists(FileOf(alive.SessionId)));
        Assert.False(_memory.Files.File.Exists(FileOf(unnamed)));
        Assert.False(_memory.Files.File.Exists(_memory.Data + "/next.tmp"));
    }

    [Fact]
    public async Task One_sweep_removes_a_dead_waiter_and_its_session_and_what_a_killed_maker_left()
    {
        var dead = _memory.Open();
        await dead.WriteAsync(view => new LockChanges { WaiterWrites = [Records.Waiter(view.Now, 5, "w", dead.SessionId, "path:z")] });
        await dead.DisposeAsync();
        Assert.True(_memory.Files.File.Exists(FileOf(dead.SessionId)));
        string unfinished = $"{MemoryStore.Folder}/new-{Guid.NewGuid():n}";
        _memory.Files.CreateDirectory(unfinished + "/locks");
        await using var sweeper = _memory.Open();
        await sweeper.WriteAsync(_ => new LockChanges { SweepSessions = true, WaiterDeletes = [5] });
        Assert.False(_memory.Files.File.Exists(FileOf(dead.SessionId)));
        Assert.False(_memory.Files.Directory.Exists(unfinished));
    }

    private string FileOf(string session) => $"{_memory.Data}/sessions/{session}";

    private async Task<string> DeadSessionAsync()
    {
        var store = _memory.Open();
        await store.WriteAsync(Records.Held(_memory.Now, "path:dead", session: store.SessionId));
        await store.DisposeAsync();
        return store.SessionId;
    }
}
