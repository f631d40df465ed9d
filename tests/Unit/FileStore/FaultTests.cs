using System.IO.Abstractions;
using Microsoft.Extensions.Logging.Abstractions;
using SwarmLocks.FileStore;
using SwarmLocks.Platform;
using SwarmLocks.Policy;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.FileStore;

/// <summary>Each call on the real disk fails once, before or after its effect: either it is done, or nothing is granted and the old state is back.</summary>
public sealed class FaultTests
{
    private const int IoError = 5;
    private const int TooManyFiles = 24;
    private const int DiskFull = 28;
    private const int ReadOnlyDisk = 30;

    /// <summary>A system that has no better ways to read and to replace a file: each goes through the file system, where it can fail.</summary>
    private static readonly IPlatform Plain = Proxies.Intercept<IPlatform>((method, arguments) =>
    {
        switch (method.Name)
        {
            case nameof(IPlatform.ReadStart):
                arguments[^1] = false;
                return null;
            case nameof(IPlatform.CreateFile):
                return false;
            case nameof(IPlatform.Exchange):
                return null;
            default:
                return Proxies.Call(method, SystemPlatform.Current, arguments);
        }
    });

    /// <summary>A disk that lets two files change places and says that it failed.</summary>
    private static readonly IPlatform Late = Proxies.Intercept<IPlatform>((method, arguments) =>
    {
        object? answer = Proxies.Call(method, SystemPlatform.Current, arguments);
        return method.Name == nameof(IPlatform.Exchange) ? false : answer;
    });

    private IPlatform _platform = Plain;

    [Theory]
    [InlineData("acquire")]
    [InlineData("renew")]
    [InlineData("take over")]
    [InlineData("release")]
    [InlineData("break")]
    [InlineData("set aside")]
    [InlineData("wait")]
    public async Task A_call_that_fails_leaves_the_old_state_or_the_new_one(string operation)
    {
        foreach (var (platform, point) in new[] { Plain, Late, SystemPlatform.Current }.SelectMany(platform => new[] { (platform, FaultPoint.Before), (platform, FaultPoint.After) }))
        {
            _platform = platform;
            await FailEachCallAsync(operation, point, () => new IOException("planted", DiskFull));
            await FailEachCallAsync(operation, point, () => new UnauthorizedAccessException("planted"));
        }
    }

    [Theory]
    [InlineData(IoError)]
    [InlineData(TooManyFiles)]
    [InlineData(ReadOnlyDisk)]
    public async Task Whatever_the_system_finds_wrong_leaves_the_old_state_or_the_new_one(int error)
    {
        await FailEachCallAsync("take over", FaultPoint.Before, () => new IOException("planted", error));
        await FailEachCallAsync("take over", FaultPoint.After, () => new IOException("planted", error));
    }

    [Fact]
    public async Task A_store_whose_folder_is_deleted_fails_once_and_goes_on_in_a_new_one()
    {
        using var tree = new TempTree();
        await using var store = Open(new FaultyFileSystem(), tree);
        await PrepareAsync(store, tree);
        Directory.Delete(Directory.EnumerateDirectories(tree.Store).Single(), recursive: true);
        await Assert.ThrowsAsync<LockStoreException>(() => ChangeAsync(store, "acquire"));
        AssertApplied(await ChangeAsync(store, "acquire"), tree);
        Assert.Equal(3, (await store.LookAsync()).Records.Count);
    }

    private async Task FailEachCallAsync(string operation, FaultPoint point, Func<Exception> planted)
    {
        int failures = 0;
        for (int n = 1; ; n++)
        {
            using var tree = new TempTree();
            var disk = new FaultyFileSystem();
            await using var store = Open(disk, tree);
            await PrepareAsync(store, tree);
            await store.LookAsync();
            var before = Snapshot(tree);
            disk.Arm(n, point, planted);
            LockChanges? changes = null;
            Exception? error = await Record.ExceptionAsync(async () => changes = await ChangeAsync(store, operation));
            string? failed = disk.Failed;
            bool reached = disk.Calls >= n;
            disk.Disarm();
            if (!reached)
            {
                Assert.Null(error);
                AssertApplied(changes!, tree);
                break;
            }
            var after = Snapshot(tree);
            Assert.False(after.Keys.Any(name => name.EndsWith(".tmp", StringComparison.Ordinal)), $"{operation}, {point} call {n} ({failed}) left a temporary file");
            if (error is null)
            {
                AssertApplied(changes!, tree);
            }
            else
            {
                failures++;
                Assert.IsType<LockStoreException>(error);
                Assert.True(before.SequenceEqual(after), $"{operation}, {point} call {n} ({failed}):\n{Difference(before, after)}");
            }
            // The next one does not suffer.
            await ChangeAsync(store, operation);
            Assert.DoesNotContain((await store.LookAsync()).Unreadable, f => f.Resource?.ToString() != "path:bad");
        }
        Assert.True(failures > 3, $"only {failures} calls could fail");
    }

    [Fact]
    public async Task A_disk_that_fails_from_some_call_on_grants_nothing_and_works_again_when_it_is_back()
    {
        for (int n = 1; n < 40; n++)
        {
            using var tree = new TempTree();
            var disk = new FaultyFileSystem();
            await using var store = Open(disk, tree);
            await PrepareAsync(store, tree);
            disk.Arm(n, FaultPoint.Before, () => new IOException("planted", DiskFull), goesOn: true);
            var error = await Record.ExceptionAsync(() => ChangeAsync(store, "acquire"));
            bool reached = disk.Failed is not null;
            disk.Disarm();
            if (!reached)
                return;
            Assert.True(error is null or LockStoreException, $"{error}");
            await ChangeAsync(store, "release");
            await ChangeAsync(store, "acquire");
        }
    }

    /// <summary>A folder may also get there by an exchange, when it was put in the place of a lock file that had just been read.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_folder_where_records_are_prepared_is_set_aside_and_stops_nobody(bool isQuick)
    {
        _platform = isQuick ? SystemPlatform.Current : Plain;
        using var tree = new TempTree();
        await using var store = Open(new FaultyFileSystem(), tree);
        await PrepareAsync(store, tree);
        string data = Directory.EnumerateDirectories(tree.Store).Single(), next = Path.Combine(data, "next.tmp");
        Directory.CreateDirectory(Path.Combine(next, "inner"));
        AssertApplied(await ChangeAsync(store, "renew"), tree);
        Assert.False(Directory.Exists(next));
        Assert.Single(Directory.EnumerateDirectories(Path.Combine(data, "corrupt"), "next.tmp.*"));
        Directory.CreateDirectory(next);
        await store.WriteAsync(_ => new LockChanges { SweepSessions = true });
        Assert.False(Directory.Exists(next));
    }

    private FileLockStore Open(FaultyFileSystem disk, TempTree tree) => new(
        disk, _platform, TimeProvider.System, new StoreLocation(tree.Root, tree.Store, null), NullLogger.Instance, 1 << 20, childrenKeepSession: false);

    private static async Task PrepareAsync(FileLockStore store, TempTree tree)
    {
        await store.WriteAsync(view => Records.Writing(
            Records.Held(view.Now, "path:a", "old", ttl: TimeSpan.Zero), Records.Held(view.Now, "glob:b*"), Records.Held(view.Now, "path:c", session: store.SessionId)));
        await File.WriteAllTextAsync(Path.Combine(Directory.EnumerateDirectories(tree.Store).Single(), "locks", "path=bad.json"), "nonsense\n");
    }

    /// <summary>What was asked for is on the disk, whatever this process remembers.</summary>
    private static void AssertApplied(LockChanges changes, TempTree tree)
    {
        var paths = new StorePaths(new FileSystem(), tree.Store, Path.GetFileName(Directory.EnumerateDirectories(tree.Store).Single()));
        foreach (var record in changes.Writes)
            Assert.Equal(LockFileFormat.ToBytes(record), File.ReadAllBytes(paths.FileOf(record.Resource)));
        foreach (var waiter in changes.WaiterWrites)
            Assert.Equal(LockFileFormat.ToBytes(waiter), File.ReadAllBytes(paths.FileOf(waiter.Ticket)));
        Assert.All(changes.Deletes, resource => Assert.False(File.Exists(paths.FileOf(resource))));
    }

    private static async Task<LockChanges> ChangeAsync(FileLockStore store, string operation)
    {
        LockChanges? changes = null;
        await store.WriteAsync(view => changes = Changes(view, operation, store.SessionId));
        return changes!;
    }

    private static LockChanges Changes(LockView view, string operation, string session)
    {
        var changes = new LockChanges { Events = [new LockEvent(0, view.Now.Wall, LockEventKind.Acquired, "path:a", "a", null, null, null, null)] };
        LockRecord Current(string resource) => view.Find(Records.Resource(resource)) ?? Records.Held(view.Now, resource);
        switch (operation)
        {
            case "acquire":
                changes.Token = view.LastToken + 1;
                foreach (string resource in new[] { "path:n1", "glob:n2*", "plan:n3" })
                    changes.Write(Current(resource) with { Abandoned = 1 });
                break;
            case "renew":
                foreach (string resource in new[] { "path:a", "glob:b*", "path:c" })
                    changes.Write(Current(resource) with { Abandoned = 2 });
                break;
            case "take over":
                changes.Delete(Records.Resource("path:a"));
                changes.Write(Records.Held(view.Now, "path:new"));
                changes.Write(Current("glob:b*") with { Abandoned = 2 });
                break;
            case "release":
                changes.Delete(Records.Resource("path:a"));
                changes.Delete(Records.Resource("glob:b*"));
                changes.Write(Current("path:c") with { Abandoned = 2 });
                break;
            case "break":
                changes.Write(Current("path:c") with { Holders = [Records.Entry(view.Now) with { Broken = new LeaseBreak("b", "why", view.Now.Wall) }] });
                changes.Delete(Records.Resource("path:a"));
                break;
            case "set aside":
                foreach (var file in view.Unreadable)
                    changes.PutAside(file);
                // Into its place, so that taking it back has to go backwards.
                changes.Write(Current("path:bad"));
                changes.Write(Current("glob:b*") with { Abandoned = 2 });
                break;
            default:
                changes.WriteWaiter(Records.Waiter(view.Now, 5, "w", session, "path:a"));
                changes.DeleteWaiter(4);
                break;
        }
        return changes;
    }

    /// <summary>Everything but the counter, the journal and the sessions: those may be ahead of the records, never behind.</summary>
    private static SortedDictionary<string, string> Snapshot(TempTree tree)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(tree.Store, "*", SearchOption.AllDirectories))
        {
            if (Path.GetFileName(file) is not ("guard" or "journal.jsonl") && !file.Contains("/sessions/", StringComparison.Ordinal))
                found[file] = File.ReadAllText(file);
        }
        return found;
    }

    private static string Difference(SortedDictionary<string, string> before, SortedDictionary<string, string> after) =>
        string.Join('\n', before.Except(after).Select(f => $"- {f.Key}: {f.Value}").Concat(after.Except(before).Select(f => $"+ {f.Key}: {f.Value}")));
}
