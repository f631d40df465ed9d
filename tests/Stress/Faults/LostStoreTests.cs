using System.Diagnostics;
using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress.Faults;

/// <summary>The store is deleted, moved, replaced or copied under those who hold locks in it; and what git does to a tree.</summary>
[Collection(Swarm.Name)]
public sealed class LostStoreTests(Swarm swarm, ITestOutputHelper output)
{
    /// <summary>A manager looks at its leases every 2 s; the rest is for a machine on which dozens of others want to run.</summary>
    private static readonly TimeSpan NextLook = TimeSpan.FromSeconds(2 + 8);

    public static TheoryData<string> Losses => ["deleted", "moved", "made anew", "replaced by a backup"];

    [Theory]
    [MemberData(nameof(Losses))]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task Holders_in_other_processes_learn_at_their_next_look_that_the_store_is_gone(string loss)
    {
        const int holders = 4;
        using var trials = new Trials(output, $"the store {loss} under its holders", "holders") { Tried = holders };
        using var tree = Tree.Create();
        var workers = await swarm.OpenAsync(tree, holders);
        string store = Path.Combine(tree.Root, ".git", "swarmlocks");
        await using (var first = tree.Open())
            await TakeAsync(first, "earlier.cs");
        await CopyFolderAsync(store, store + "-backup");
        await Swarm.AskAllAsync(workers, i => FormattableString.Invariant($"take holder-{i} held-{i}.cs 300000 0"));
        Assert.All(await Swarm.AskAllAsync(workers, _ => "believe"), answer => Assert.Equal("held", answer));
        long start = Stopwatch.GetTimestamp();
        await LoseAsync(tree, store, loss);
        await Until.TrueAsync(
            async () => (await Swarm.AskAllAsync(workers, _ => "believe")).All(a => a.StartsWith("lost", StringComparison.Ordinal)), "all holders learn of it");
        var elapsed = Stopwatch.GetElapsedTime(start);
        trials.Notes = FormattableString.Invariant($"all knew after {elapsed.TotalSeconds:f1} s");
        Assert.True(elapsed < NextLook, $"It took them {elapsed}.");
        // Giving up what is lost must not touch what others made there meanwhile.
        await Swarm.AskAllAsync(workers, _ => "free");
        if (loss is "replaced by a backup" or "made anew")
        {
            await using var next = tree.Open();
            Assert.All(await next.ListAsync(), lease => Assert.Equal("next", lease.Agent));
            Assert.True((await next.CheckAsync("next", ["held-0.cs"])).Held);
        }
        trials.End();
    }

    [Fact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task A_store_copied_into_another_tree_is_refused_there_by_writers_and_readers()
    {
        using var trials = new Trials(output, "a store copied into another tree", "questions") { Tried = 3 };
        using var tree = Tree.Create();
        using var other = Tree.Create();
        await using var locks = tree.Open();
        await using var handle = await locks.AcquireAsync(new LockRequest("a", "x.cs"));
        await CopyFolderAsync(Path.Combine(tree.Root, ".git", "swarmlocks"), Path.Combine(other.Root, ".git", "swarmlocks"));
        await using var copy = other.Open();
        foreach (Func<Task> ask in (Func<Task>[])[() => copy.TryAcquireAsync(new LockRequest("b", "x.cs")), () => copy.ListAsync(), () => copy.ReleaseAllAsync("a")])
        {
            var error = await Assert.ThrowsAsync<LockStoreException>(ask);
            Assert.Equal(StoreProblem.Untrusted, error.Problem);
            Assert.Contains(tree.Root, error.Message, StringComparison.Ordinal);
        }
        handle.ThrowIfLost();
        trials.End();
    }

    [Fact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task A_guard_deleted_beside_its_locks_is_refused_and_never_made_again()
    {
        using var trials = new Trials(output, "a guard deleted beside its locks", "holders") { Tried = 1 };
        using var tree = Tree.Create();
        var holder = (await swarm.OpenAsync(tree, 1))[0];
        await holder.AskAsync("take holder x.cs 300000 0");
        string guard = Path.Combine(tree.Root, ".git", "swarmlocks", "guard");
        File.Delete(guard);
        await using var next = tree.Open();
        foreach (string path in (string[])["x.cs", "y.cs", "**"])
        {
            var error = await Assert.ThrowsAsync<LockStoreException>(() => next.TryAcquireAsync(new LockRequest("next", path)));
            Assert.Equal(StoreProblem.Untrusted, error.Problem);
            Assert.Contains("guard", error.Message, StringComparison.Ordinal);
        }
        Assert.False(File.Exists(guard));
        Assert.Equal("holder", Assert.Single(await next.ListAsync()).Agent);
        trials.End();
    }

    [Fact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task Git_clean_leaves_the_locks_and_git_status_does_not_see_them()
    {
        using var trials = new Trials(output, "git status, git clean -ffdx and git gc", "git commands") { Tried = 3 };
        using var tree = Tree.Create();
        await Git.RunAsync(tree.Root, "init", "-q");
        await using var locks = tree.Open();
        await using var handle = await locks.AcquireAsync(new LockRequest("a", "x.cs"));
        Assert.Equal("", await Git.RunAsync(tree.Root, "status", "--porcelain"));
        await Git.RunAsync(tree.Root, "clean", "-ffdxq");
        handle.ThrowIfLost();
        Assert.True((await locks.CheckAsync("a", ["x.cs"])).Held);
        await Git.RunAsync(tree.Root, "gc", "-q", "--prune=now");
        Assert.True((await locks.CheckAsync("a", ["x.cs"])).Held);
        trials.End();
    }

    [Fact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task Each_worktree_has_locks_of_its_own()
    {
        using var trials = new Trials(output, "git worktree add and remove", "trees") { Tried = 2 };
        using var tree = Tree.Create();
        await Git.CommitAsync(tree.Root);
        string second = tree.File("second");
        await Git.RunAsync(tree.Root, "worktree", "add", "-q", "-b", "second", second);
        await using var first = tree.Open();
        await using var other = new Tree(second).Open();
        Assert.NotEqual(first.Store, other.Store);
        Assert.Equal(second, other.Root);
        await using var a = await first.AcquireAsync(new LockRequest("a", "x.cs"));
        await using var b = await other.AcquireAsync(new LockRequest("b", "x.cs"));
        // Seen from the first tree the second one is a tree inside it.
        Assert.Contains(second, (await Assert.ThrowsAsync<LockUsageException>(() => first.TryAcquireAsync(new LockRequest("a", "second/x.cs")))).Message, StringComparison.Ordinal);
        await b.DisposeAsync();
        await Git.RunAsync(tree.Root, "worktree", "remove", "--force", second);
        Assert.Equal("a", Assert.Single(await first.ListAsync()).Agent);
        trials.End();
    }

    [Fact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task A_path_in_a_submodule_is_refused_and_locked_from_inside()
    {
        using var trials = new Trials(output, "paths in a git submodule", "paths") { Tried = 4 };
        using var tree = Tree.Create();
        using var library = Tree.Create();
        await Git.CommitAsync(library.Root);
        await Git.CommitAsync(tree.Root);
        await Git.RunAsync(tree.Root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.Root, "lib");
        await using var outer = tree.Open();
        foreach (string inside in (string[])["lib/x.cs", "lib/", "./lib/../lib/x.cs"])
        {
            var error = await Assert.ThrowsAsync<LockUsageException>(() => outer.TryAcquireAsync(new LockRequest("a", inside)));
            Assert.Contains(tree.File("lib"), error.Message, StringComparison.Ordinal);
        }
        await using var inner = new Tree(tree.File("lib")).Open();
        Assert.Contains(Path.Combine(".git", "modules", "lib"), inner.Store, StringComparison.Ordinal);
        await using var held = await inner.AcquireAsync(new LockRequest("a", "x.cs"));
        Assert.Empty(await outer.ListAsync());
        trials.End();
    }

    private static async Task LoseAsync(Tree tree, string store, string loss)
    {
        if (loss == "deleted")
        {
            Directory.Delete(store, recursive: true);
            return;
        }
        Directory.Move(store, store + "-away");
        if (loss == "moved")
            return;
        if (loss == "replaced by a backup")
            Directory.Move(store + "-backup", store);
        await using var next = tree.Open();
        await TakeAsync(next, "held-0.cs");
    }

    private static async Task TakeAsync(LockManager locks, string path) =>
        Assert.True((await locks.TryAcquireAsync(new LockRequest("next", path) { OutlivesProcess = true })).Granted);

    /// <summary>As people copy: .NET would not copy a session that is locked.</summary>
    private static Task CopyFolderAsync(string from, string to) => RunAsync("cp", Path.GetDirectoryName(from)!, "-a", from, to);

    /// <summary>The real git.</summary>
    private static class Git
    {
        public static async Task CommitAsync(string root)
        {
            await RunAsync(root, "init", "-q");
            await RunAsync(root, "-c", "user.name=n", "-c", "user.email=e@example.org", "commit", "-q", "--allow-empty", "-m", "first");
        }

        public static Task<string> RunAsync(string root, params string[] arguments) => LostStoreTests.RunAsync("git", root, arguments);
    }

    private static async Task<string> RunAsync(string program, string directory, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {await error}");
        return await output;
    }
}
