using System.IO.Abstractions;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using SwarmLocks.FileStore;
using SwarmLocks.Platform;
using SwarmLocks.Policy;

namespace SwarmLocks.Tests.Stress.Worker;

/// <summary>Stops its own process at the worst moment: while it holds the guard.</summary>
internal static partial class GuardFreezer
{
    private const int SigStop = 19;

    public static async Task<string> RunAsync(Tree tree)
    {
        var files = new FileSystem();
        await using var store = new FileLockStore(
            files, SystemPlatform.Current, TimeProvider.System, StoreLocation.Discover(files, tree.Root), NullLogger.Instance, 1 << 20, childrenKeepSession: false);
        return await store.TransactAsync(LockScope.All, TimeSpan.FromSeconds(10), _ => Freeze(tree), CancellationToken.None);
    }

    private static Decision<string> Freeze(Tree tree)
    {
        bool sent = Kill(Environment.ProcessId, SigStop) == 0;
        // Another thread may take the signal a moment before this one stands still.
        while (sent && !File.Exists(tree.File("thaw")))
            Thread.Yield();
        return new Decision<string>(sent ? "thawed" : "failed");
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
