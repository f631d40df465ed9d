using System.IO.Abstractions;
using Microsoft.Extensions.Logging.Abstractions;
using SwarmLocks.FileStore;
using SwarmLocks.Policy;

namespace SwarmLocks.Tests.Unit.TestSupport;

/// <summary>A tree and its store in memory, under a clock that a test moves.</summary>
internal sealed class MemoryStore
{
    public const string Root = "/tree";
    public const string Folder = "/tree/.git/swarmlocks";
    public const string Guard = Folder + "/guard";

    public MemoryStore()
    {
        Files = new MemoryFileSystem(Clock);
        Platform = new FakePlatform(Files) { Running = () => Clock.GetElapsedTime(0) };
        Files.CreateDirectory("/tree/.git");
    }

    public FakeClock Clock { get; } = new();

    public MemoryFileSystem Files { get; }

    public FakePlatform Platform { get; }

    /// <summary>The folder of the records; there must be a store.</summary>
    public string Data => Files.Directory.EnumerateDirectories(Folder).Single();

    public StoreTime Now => new(Clock.GetTimestamp() / TimeSpan.TicksPerMillisecond, Clock.GetUtcNow(), Platform.ClockId, Clock.GetUtcNow() - Platform.Uptime);

    /// <param name="root">The tree.</param>
    /// <param name="store">Where its store is.</param>
    /// <param name="journalBytes">When the journal is rotated.</param>
    /// <param name="disk">What stands before <see cref="Files"/>; null for nothing.</param>
    public FileLockStore Open(string root = Root, string store = Folder, long journalBytes = 1 << 20, IFileSystem? disk = null) =>
        new(disk ?? Files, Platform, Clock, new StoreLocation(root, store, "/tree/.git"), NullLogger.Instance, journalBytes, childrenKeepSession: false);

    public string FileOf(string resource) => new StorePaths(Files, Folder, Path.GetFileName(Data)).FileOf(Records.Resource(resource));
}

/// <summary>Short forms for tests.</summary>
internal static class StoreExtensions
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Writes records in one transaction.</summary>
    public static async Task WriteAsync(this ILockStore store, Func<LockView, LockChanges> changes, LockScope? scope = null) =>
        await store.TransactAsync(scope ?? LockScope.All, Patience, view => new Decision<bool>(true, changes(view)), CancellationToken.None);

    public static async Task WriteAsync(this ILockStore store, params LockRecord[] records) => await store.WriteAsync(_ => Records.Writing(records));

    /// <summary>What a decision with this scope sees.</summary>
    public static async Task<LockView> LookAsync(this ILockStore store, LockScope? scope = null) =>
        await store.TransactAsync(scope ?? LockScope.All, Patience, view => new Decision<LockView>(view), CancellationToken.None);

    public static async Task<LockStoreException> FailsAsync(this ILockStore store, LockScope? scope = null) =>
        await Assert.ThrowsAsync<LockStoreException>(() => store.LookAsync(scope));
}
