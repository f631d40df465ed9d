using System.IO.Abstractions;
using SwarmLocks.FileStore;
using SwarmLocks.Platform;

namespace SwarmLocks;

/// <content>Making and examining a store.</content>
public sealed partial class LockManager
{
    /// <summary>Gives a tree a store of its own, <c>.swarmlocks/</c> at its root; for trees without git, or whose git folder agents may not write.</summary>
    /// <param name="directory">The tree, or a folder in it; null for the current directory. Without git it becomes the root.</param>
    /// <param name="cancellationToken">Gives up before anything was changed.</param>
    /// <exception cref="LockStoreException">The store in use has live locks.</exception>
    public static Task<InitResult> InitAsync(string? directory = null, CancellationToken cancellationToken = default) =>
        new StoreSetup(new FileSystem(), SystemPlatform.Current, TimeProvider.System).InitAsync(directory, cancellationToken);

    /// <summary>Looks whether locks can work here: kernel locks, clock, permissions, notification, who holds the guard. Reports trouble instead of throwing it.</summary>
    public static Task<DoctorReport> DiagnoseAsync(LockManagerOptions? options = null, CancellationToken cancellationToken = default) =>
        new StoreDoctor(new FileSystem(), SystemPlatform.Current, TimeProvider.System).DiagnoseAsync(() =>
        {
            var checkedOptions = (options ?? LockManagerOptions.FromEnvironment()).Checked();
            return Locate(checkedOptions, new FileSystem(), SystemPlatform.Current);
        }, cancellationToken);
}
