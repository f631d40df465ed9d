using System.IO.Abstractions;
using Microsoft.Extensions.Logging.Abstractions;
using SwarmLocks.FileStore;
using SwarmLocks.Platform;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Stores;

/// <summary>Lock files on the real disk, under the real kernel's locks.</summary>
public sealed class FileLockStoreOnDiskContract : LockStoreContract
{
    private readonly TempTree _tree = new();
    private readonly Dictionary<ILockStore, ProcessFileSystem> _processes = [];

    protected override ILockStore OpenProcess()
    {
        var process = new ProcessFileSystem(new FileSystem());
        var location = new StoreLocation(_tree.Root, _tree.Store, Path.Combine(_tree.Root, ".git"));
        var store = new FileLockStore(process, SystemPlatform.Current, TimeProvider.System, location, NullLogger.Instance, 1 << 20, childrenKeepSession: false);
        _processes[store] = process;
        return store;
    }

    protected override void Kill(ILockStore store) => _processes[store].Kill();

    protected override void Delete() => _tree.Dispose();
}

/// <summary>Lock files in memory: nothing but <see cref="IFileSystem"/> and the platform seam is needed.</summary>
public sealed class FileLockStoreInMemoryContract : LockStoreContract
{
    private readonly MemoryFileSystem _disk = new(TimeProvider.System);
    private readonly Dictionary<ILockStore, ProcessFileSystem> _processes = [];

    protected override ILockStore OpenProcess()
    {
        _disk.CreateDirectory("/tree/.git");
        var process = new ProcessFileSystem(_disk);
        var location = new StoreLocation("/tree", "/tree/.git/swarmlocks", "/tree/.git");
        var store = new FileLockStore(process, new FakePlatform(_disk), TimeProvider.System, location, NullLogger.Instance, 1 << 20, childrenKeepSession: false);
        _processes[store] = process;
        return store;
    }

    protected override void Kill(ILockStore store) => _processes[store].Kill();

    protected override void Delete()
    {
    }
}
