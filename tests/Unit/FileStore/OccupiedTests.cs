using System.IO.Abstractions;
using System.Reflection;
using SwarmLocks.FileStore;
using SwarmLocks.Policy;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.FileStore;

/// <summary>The guard says which folders need not be listed: it must never say so of one that has something in it.</summary>
public sealed class OccupiedTests
{
    private static readonly LockScope Request = LockScope.Request([Records.Resource("path:src/a.cs")]);
    private readonly MemoryStore _memory = new();

    [Fact]
    public async Task Whoever_was_told_that_there_is_nothing_sees_what_came_since()
    {
        await using var store = _memory.Open();
        await using var other = _memory.Open();
        Assert.Empty((await store.LookAsync(Request)).Records);
        Assert.Equal(default, Said());
        await other.WriteAsync(Records.Held(_memory.Now, "glob:src/**"));
        await other.WriteAsync(view => new LockChanges { WaiterWrites = [Records.Waiter(view.Now, 3, "w", session: null, "path:src/b.cs")] });
        var view = await store.LookAsync(Request);
        Assert.Equal(["glob:src/**"], view.Records.Select(r => r.Resource.ToString()));
        Assert.Equal([3], view.Waiters.Select(w => w.Ticket));
    }

    [Fact]
    public async Task It_is_taken_back_when_nothing_is_left_and_not_before()
    {
        await using var store = _memory.Open();
        await store.WriteAsync(Records.Held(_memory.Now, "glob:src/**"), Records.Held(_memory.Now, "path:lib/"));
        await store.WriteAsync(view => new LockChanges { WaiterWrites = [Records.Waiter(view.Now, 3, "w", session: null, "path:x")] });
        Assert.Equal(new Occupied(Globs: true, Waiting: true), Said());
        await store.WriteAsync(_ => new LockChanges { Deletes = [Records.Resource("glob:src/**")], WaiterDeletes = [3] }, LockScope.Exactly([]));
        await store.WriteAsync(_ => new LockChanges { Token = 10 }, Request);
        // The directory is still there, and nobody waits.
        Assert.Equal(new Occupied(Globs: true, Waiting: false), Said());
        await store.WriteAsync(_ => new LockChanges { Deletes = [Records.Resource("path:lib/")] }, LockScope.Exactly([]));
        await store.WriteAsync(_ => new LockChanges { Token = 11 }, Request);
        Assert.Equal(default, Said());
    }

    [Fact]
    public async Task It_is_said_before_the_first_file_is_there()
    {
        await using var store = _memory.Open();
        await store.LookAsync();
        var disk = new DiskWithoutGlobs(_memory.Files);
        await using var dying = _memory.Open(disk: disk);
        await dying.LookAsync();
        await Assert.ThrowsAsync<LockStoreException>(() => dying.WriteAsync(Records.Held(_memory.Now, "glob:src/**")));
        Assert.True(Said().Globs);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_somebody_put_there_by_hand_counts_at_once(bool tellsFilesApart)
    {
        _memory.Platform.TellsFilesApart = tellsFilesApart;
        await using var store = _memory.Open();
        await ForLongEmptyAsync(store);
        _memory.Files.File.WriteAllBytes(_memory.FileOf("glob:src/**"), LockFileFormat.ToBytes(Records.Held(_memory.Now, "glob:src/**")));
        Assert.Single((await store.LookAsync(Request)).Records);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10)]
    public async Task A_header_that_was_put_back_from_an_old_copy_hides_nothing(double pauseSeconds)
    {
        await using var store = _memory.Open();
        await using var other = _memory.Open();
        await ForLongEmptyAsync(store);
        await ForLongEmptyAsync(other);
        byte[] copy = _memory.Files.File.ReadAllBytes(MemoryStore.Guard);
        await other.WriteAsync(Records.Held(_memory.Now, "glob:src/**"));
        await other.WriteAsync(view => new LockChanges { WaiterWrites = [Records.Waiter(view.Now, 3, "w", session: null, "path:src/b.cs")] });
        _memory.Clock.Advance(TimeSpan.FromSeconds(pauseSeconds));
        _memory.Files.File.WriteAllBytes(MemoryStore.Guard, copy);
        Assert.Equal(default, Said());
        foreach (var asker in (FileLockStore[])[store, other])
        {
            var view = await asker.LookAsync(Request);
            Assert.Equal("glob:src/**", Assert.Single(view.Records).Resource.ToString());
            Assert.Equal([3], view.Waiters.Select(w => w.Ticket));
        }
    }

    [Fact]
    public async Task What_is_long_empty_is_not_listed_again()
    {
        var disk = new CountingDisk(_memory.Files);
        await using var store = _memory.Open(disk: disk);
        await ForLongEmptyAsync(store);
        int before = disk.Listings;
        Assert.True(before > 0);
        await store.LookAsync(Request);
        Assert.Equal(before, disk.Listings);
    }

    /// <summary>Nothing is there for long, and the store has seen it.</summary>
    private async Task ForLongEmptyAsync(FileLockStore store)
    {
        await store.LookAsync(Request);
        _memory.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Empty((await store.LookAsync(Request)).Records);
    }

    /// <summary>Counts how often a folder is listed.</summary>
    private sealed class CountingDisk(IFileSystem inner) : InterceptedFileSystem(inner)
    {
        public int Listings { get; private set; }

        protected override object? OnCall(MethodInfo method, object?[] arguments, Func<object?> call)
        {
            if (method.Name == nameof(IDirectory.EnumerateFiles))
                Listings++;
            return call();
        }
    }

    private Occupied Said() => StoreHeader.Parse(_memory.Files.File.ReadAllBytes(MemoryStore.Guard), "store")!.Value.Occupied;

    /// <summary>No lock of a glob can be made there.</summary>
    private sealed class DiskWithoutGlobs(IFileSystem inner) : InterceptedFileSystem(inner)
    {
        protected override object? OnCall(MethodInfo method, object?[] arguments, Func<object?> call) => call();

        protected override Stream OpenStream(MethodInfo method, object?[] arguments) =>
            ((string)arguments[0]!).Contains("/globs/", StringComparison.Ordinal) ? throw new IOException("No space left on device") : base.OpenStream(method, arguments);
    }
}
