using SwarmLocks.FileStore;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.FileStore;

/// <summary>One tree, one store, whoever asks from wherever in it.</summary>
public sealed class StoreLocationTests
{
    private readonly MemoryManagers _process = new();

    private MemoryFileSystem Files => _process.Memory.Files;

    [Theory]
    [InlineData("/tree")]
    [InlineData("/tree/src/deep")]
    public void A_git_working_tree_has_its_store_below_its_git_folder(string from) =>
        Assert.Equal(new StoreLocation("/tree", "/tree/.git/swarmlocks", "/tree/.git"), StoreLocation.Discover(Files, from));

    [Fact]
    public void A_store_of_ones_own_comes_first()
    {
        Files.CreateDirectory("/tree/.swarmlocks");
        Assert.Equal("/tree/.swarmlocks", StoreLocation.Discover(Files, "/tree/src").Store);
    }

    [Theory]
    [InlineData("gitdir: /tree/.git/worktrees/w\n", "/tree/.git/worktrees/w")]
    [InlineData("gitdir: ../tree/.git/modules/w\n", "/tree/.git/modules/w")]
    public void A_worktree_or_submodule_has_its_store_where_its_gitdir_file_leads(string content, string git)
    {
        Files.CreateDirectory(git);
        Files.CreateDirectory("/w/src");
        Files.File.WriteAllText("/w/.git", content);
        Assert.Equal(new StoreLocation("/w", git + "/swarmlocks", git), StoreLocation.Discover(Files, "/w/src"));
    }

    [Theory]
    [InlineData("gitdir: /nowhere")]
    [InlineData("something else")]
    [InlineData("")]
    public void A_gitdir_file_that_leads_nowhere_is_refused_and_not_passed_over(string content)
    {
        Files.CreateDirectory("/tree/broken");
        Files.File.WriteAllText("/tree/broken/.git", content);
        Assert.Contains("'/tree/broken/.git'", Assert.Throws<LockUsageException>(() => StoreLocation.Discover(Files, "/tree/broken")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_innermost_git_tree_counts_and_git_comes_before_a_folder_store()
    {
        Files.CreateDirectory("/tree/nested/.git");
        Files.CreateDirectory("/tree/plain/.swarmlocks");
        Assert.Equal("/tree/nested", StoreLocation.Discover(Files, "/tree/nested/src").Root);
        Assert.Equal("/tree", StoreLocation.Discover(Files, "/tree/plain").Root);
    }

    [Fact]
    public void Without_git_the_first_folder_with_a_store_is_the_root_and_without_either_there_is_none()
    {
        Files.CreateDirectory("/plain/.swarmlocks");
        Assert.Equal(new StoreLocation("/plain", "/plain/.swarmlocks", null), StoreLocation.Discover(Files, "/plain/a/b"));
        Assert.Contains("swarmlocks init", Assert.Throws<LockUsageException>(() => StoreLocation.Discover(Files, "/other")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_in_a_nested_tree_is_refused_naming_that_tree()
    {
        Files.CreateDirectory("/tree/nested/.git");
        await using var manager = _process.Open();
        var error = await Assert.ThrowsAsync<LockUsageException>(() => manager.TryAcquireAsync(new LockRequest("a", "nested/x")));
        Assert.Contains("'/tree/nested'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_named_store_knows_its_tree_by_itself()
    {
        await using (var manager = _process.Open(o => o.StoreDirectory = "/locks"))
            await manager.TryAcquireAsync(new LockRequest("a", "x") { OutlivesProcess = true });
        Assert.True(Files.File.Exists("/locks/guard"));
        await using var elsewhere = _process.Open(o => (o.StoreDirectory, o.Directory) = ("/locks", "/nowhere"));
        Assert.Equal("/tree", elsewhere.Root);
        Assert.True(await elsewhere.IsLockedAsync("x"));
        Assert.Throws<LockUsageException>(() => _process.Open(o => (o.StoreDirectory, o.Directory) = ("/new", "/nowhere")));
    }

    [Fact]
    public async Task Init_gives_a_plain_folder_a_store_that_git_would_not_see()
    {
        Files.CreateDirectory("/plain");
        Assert.Equal(new InitResult("/plain/.swarmlocks", Created: true), await InitAsync("/plain"));
        Assert.Equal(new InitResult("/plain/.swarmlocks", Created: false), await InitAsync("/plain"));
        Assert.Equal("*\n", Files.File.ReadAllText("/plain/.swarmlocks/.gitignore"));
        // Whatever the umask: for its owner alone.
        Assert.Null(_process.Memory.Platform.Made["/plain/.swarmlocks"]);
    }

    [Fact]
    public async Task Init_is_refused_while_the_store_in_use_has_live_locks_and_then_retires_it()
    {
        await using var manager = _process.Open();
        var handle = await manager.AcquireAsync(new LockRequest("a", "x"));
        var error = await Assert.ThrowsAsync<LockStoreException>(() => InitAsync("/tree"));
        Assert.Contains("1 live lock (a holds x, until ", error.Message, StringComparison.Ordinal);
        Assert.False(Files.Directory.Exists("/tree/.swarmlocks"));
        handle.ThrowIfLost();
        await handle.DisposeAsync();

        Assert.True((await InitAsync("/tree")).Created);
        Assert.Equal(StoreProblem.Moved, (await Assert.ThrowsAsync<LockStoreException>(() => manager.TryAcquireAsync(new LockRequest("a", "x")))).Problem);
        await using var next = _process.Open();
        Assert.Equal("/tree/.swarmlocks", next.Store);
        Assert.True((await next.TryAcquireAsync(new LockRequest("a", "x"))).Granted);
    }

    private Task<InitResult> InitAsync(string directory) =>
        new StoreSetup(Files, _process.Memory.Platform, _process.Clock).InitAsync(directory, CancellationToken.None);
}
