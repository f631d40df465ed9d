using System.Text;
using SwarmLocks.FileStore;
using SwarmLocks.Policy;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.FileStore;

public sealed class StoreHeaderTests
{
    private const string Id = "0197a0b1c2d3e4f5061728394a5b6c7d";
    private const string Golden = $"swarmlocks 1\ntoken 0000001795217554620\nglobs none \nwaiting maybe\nstate active\nid {Id}\ncase sensitive\nroot /home/me/tree\n";
    private readonly MemoryStore _memory = new();

    [Fact]
    public void The_header_is_written_so_and_reads_back()
    {
        var header = new StoreHeader(1795217554620, new Occupied(Globs: false, Waiting: true), IsMoved: false, Id, FoldsCase: false, "/home/me/tree");
        Assert.Equal(Golden, Encoding.UTF8.GetString(header.ToBytes()));
        Assert.Equal(header, StoreHeader.Parse(header.ToBytes(), "store"));
    }

    [Fact]
    public void Token_and_state_have_a_fixed_place_and_width()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Golden);
        var changed = new StoreHeader(long.MaxValue / 4, new Occupied(Globs: true, Waiting: false), IsMoved: false, Id, FoldsCase: false, "/home/me/tree");
        changed.WriteChanging(bytes.AsSpan(StoreHeader.TokenOffset, StoreHeader.ChangingLength));
        StoreHeader.MovedBytes.CopyTo(bytes, StoreHeader.StateOffset);
        Assert.Equal(changed with { IsMoved = true }, StoreHeader.Parse(bytes, "store"));
    }

    [Fact]
    public void A_header_cut_off_anywhere_is_unfinished()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Golden);
        for (int length = 0; length < bytes.Length; length++)
            Assert.Null(StoreHeader.Parse(bytes.AsSpan(0, length), "store"));
    }

    [Theory]
    [InlineData("swarmlocks 1", "swarmlocks 2", StoreProblem.NewerVersion)]
    [InlineData("swarmlocks 1", "something 1", StoreProblem.Untrusted)]
    [InlineData("state active", "state asleep", StoreProblem.Untrusted)]
    [InlineData("id 0197", "id ../..", StoreProblem.Untrusted)]
    [InlineData("id 0197", "id 019G", StoreProblem.Untrusted)]
    [InlineData("case sensitive", "case whatever", StoreProblem.Untrusted)]
    [InlineData("root /home/me/tree", "root ", StoreProblem.Untrusted)]
    [InlineData("globs none ", "globes none", StoreProblem.Untrusted)]
    [InlineData("root /home", "extra\nroot /home", StoreProblem.Untrusted)]
    [InlineData("token 000", "token 00", StoreProblem.Untrusted)]
    [InlineData("globs none ", "globs none", StoreProblem.Untrusted)]
    [InlineData("waiting maybe", "waiting maybe ", StoreProblem.Untrusted)]
    public void A_header_of_another_kind_is_refused(string from, string to, StoreProblem problem)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Golden.Replace(from, to, StringComparison.Ordinal));
        Assert.Equal(problem, Assert.Throws<LockStoreException>(() => StoreHeader.Parse(bytes, "store")).Problem);
    }

    [Theory]
    [InlineData("globs none ", "globs xxxxx")]
    public void What_does_not_say_clearly_that_there_is_nothing_says_that_there_may_be_something(string from, string to)
    {
        var header = StoreHeader.Parse(Encoding.UTF8.GetBytes(Golden.Replace(from, to, StringComparison.Ordinal)), "store");
        Assert.True(header!.Value.Occupied.Globs);
    }

    [Fact]
    public void A_token_that_nobody_could_have_counted_to_is_unreadable() =>
        Assert.Null(StoreHeader.Parse(Encoding.UTF8.GetBytes(Golden.Replace("0000001795217554620", "9000000000000000000", StringComparison.Ordinal)), "store")!.Value.Token);

    /// <summary>It writes the header all the same, because it is the first to put something among the globs.</summary>
    [Fact]
    public async Task A_change_that_gives_out_no_token_puts_the_largest_on_file_in_place_of_one_that_cannot_be_read()
    {
        await using var store = _memory.Open();
        await store.WriteAsync(Records.Held(_memory.Now, "plan:7", token: 5_000_000_000_000));
        byte[] bytes = _memory.Files.File.ReadAllBytes(MemoryStore.Guard);
        bytes[StoreHeader.TokenOffset + 3] = (byte)'x';
        _memory.Files.File.WriteAllBytes(MemoryStore.Guard, bytes);
        await store.WriteAsync(Records.Held(_memory.Now, "glob:src/*", token: 5));
        // Another process sees what is written there, and not what this one remembers.
        await using var other = _memory.Open();
        Assert.Equal(5_000_000_000_000, (await other.LookAsync(LockScope.Exactly([]))).LastToken);
    }

    [Theory]
    [InlineData(5_000_000_000_000, 5_000_000_000_000)]
    [InlineData(5, 1795168800000)]
    public async Task An_unreadable_token_becomes_the_largest_on_file_or_the_time(long onFile, long expected)
    {
        Assert.Equal(1795168800000, FakeClock.Start.ToUnixTimeMilliseconds());
        await using var store = _memory.Open();
        await store.WriteAsync(Records.Held(_memory.Now, "plan:7", token: onFile));
        byte[] bytes = _memory.Files.File.ReadAllBytes(MemoryStore.Guard);
        bytes[StoreHeader.TokenOffset + 3] = (byte)'x';
        _memory.Files.File.WriteAllBytes(MemoryStore.Guard, bytes);
        Assert.Equal(expected, (await store.LookAsync(LockScope.Exactly([]))).LastToken);
    }

    [Fact]
    public async Task An_unreadable_token_is_not_guessed_where_a_newer_version_has_written_a_lock()
    {
        await using var store = _memory.Open();
        await store.WriteAsync(Records.Held(_memory.Now, "path:a"));
        byte[] bytes = _memory.Files.File.ReadAllBytes(MemoryStore.Guard);
        bytes[StoreHeader.TokenOffset] = (byte)'x';
        _memory.Files.File.WriteAllBytes(MemoryStore.Guard, bytes);
        await store.LookAsync();
        _memory.Files.File.WriteAllText(_memory.FileOf("path:b"), "{\"version\":2}\n");
        Assert.Equal(StoreProblem.NewerVersion, (await store.FailsAsync(LockScope.Exactly([]))).Problem);
    }

    [Fact]
    public async Task An_unreadable_token_is_never_below_a_place_in_line()
    {
        await using var store = _memory.Open();
        await store.WriteAsync(view => new LockChanges { WaiterWrites = [Records.Waiter(view.Now, 6_000_000_000_000, "w", session: null, "path:a")] });
        byte[] bytes = _memory.Files.File.ReadAllBytes(MemoryStore.Guard);
        bytes[StoreHeader.TokenOffset] = (byte)' ';
        _memory.Files.File.WriteAllBytes(MemoryStore.Guard, bytes);
        Assert.Equal(6_000_000_000_000, (await store.LookAsync(LockScope.Exactly([]))).LastToken);
    }

    [Fact]
    public async Task A_torn_header_with_nothing_behind_it_is_made_again()
    {
        await using (var store = _memory.Open())
            await store.LookAsync();
        byte[] bytes = _memory.Files.File.ReadAllBytes(MemoryStore.Guard);
        string before = _memory.Data;
        for (int length = 0; length < bytes.Length; length++)
        {
            _memory.Files.File.WriteAllBytes(MemoryStore.Guard, bytes[..length]);
            await using var store = _memory.Open();
            Assert.Empty((await store.LookAsync()).Records);
            Assert.NotEqual(before, _memory.Data);
        }
    }

    [Fact]
    public async Task The_store_of_another_tree_is_refused_by_writers_and_readers()
    {
        await using (var store = _memory.Open())
            await store.LookAsync();
        await using var other = _memory.Open(root: "/copy");
        Assert.Equal(StoreProblem.Untrusted, (await other.FailsAsync()).Problem);
        Assert.Contains("'/tree'", Assert.Throws<LockStoreException>(() => other.Read(LockScope.All)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_began_to_fold_case_is_refused()
    {
        await using (var before = _memory.Open())
            await before.LookAsync();
        _memory.Files.CreateDirectory("/tree/.GIT");
        await using var store = _memory.Open();
        Assert.Equal(StoreProblem.Untrusted, (await store.FailsAsync()).Problem);
    }

    [Fact]
    public async Task Two_sets_of_records_are_refused()
    {
        await using var store = _memory.Open();
        await store.LookAsync();
        _memory.Files.CreateDirectory(MemoryStore.Folder + "/" + Id);
        Assert.Equal(StoreProblem.Untrusted, Assert.Throws<LockStoreException>(() => store.Read(LockScope.All)).Problem);
    }

    [Fact]
    public async Task A_store_that_has_moved_says_so_to_whoever_knew_it()
    {
        await using var store = _memory.Open();
        await store.LookAsync();
        byte[] bytes = _memory.Files.File.ReadAllBytes(MemoryStore.Guard);
        StoreHeader.MovedBytes.CopyTo(bytes, StoreHeader.StateOffset);
        _memory.Files.File.WriteAllBytes(MemoryStore.Guard, bytes);
        Assert.Equal(StoreProblem.Moved, (await store.FailsAsync()).Problem);
    }

    [Fact]
    public async Task Folders_below_git_get_its_mode_and_others_are_for_their_owner()
    {
        await using (var store = _memory.Open())
            await store.LookAsync();
        Assert.Equal("/tree/.git", _memory.Platform.Made[MemoryStore.Folder]);
        Assert.Equal(MemoryStore.Folder, _memory.Platform.Made.Single(made => made.Key.EndsWith("/locks", StringComparison.Ordinal)).Value);
        await using var apart = _memory.Open(store: "/elsewhere");
        await apart.LookAsync();
        Assert.Null(_memory.Platform.Made["/elsewhere"]);
    }
}
