using SwarmLocks.Platform;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Manager;

/// <summary>
/// On the real disk, and where the system is asked without .NET, which makes objects for each question; elsewhere there is no bound to hold. The benchmarks say more,
/// but only when somebody runs them.
/// </summary>
public sealed class AllocationTests : IDisposable
{
#if DEBUG
    // The compiler then makes an object for each asynchronous method.
    private const int MostBytes = 6 * 1024;
#else
    private const int MostBytes = 4 * 1024;
#endif
    private readonly TempTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public async Task A_lock_taken_and_given_back_leaves_little_to_the_collector()
    {
        if (SystemPlatform.Current.AttributesAt(_tree.Root) is null)
            return;
        await using var manager = new LockManager(new LockManagerOptions { Directory = _tree.Root });
        long? least = null;
        // The first makes the store, and now and then something grows: what every pair costs is what the best one does.
        for (int pair = 0; pair < 50; pair++)
            least = await AllocatedByPairAsync(manager) is { } bytes && !(bytes >= least) ? bytes : least;
        Assert.InRange(least ?? 0, 1, MostBytes);
    }

    /// <summary>What this thread allocated for it, whatever other tests do meanwhile; null when another thread went on with it.</summary>
    private static async Task<long?> AllocatedByPairAsync(LockManager manager)
    {
        int thread = Environment.CurrentManagedThreadId;
        long before = GC.GetAllocatedBytesForCurrentThread();
        await (await manager.AcquireAsync(new LockRequest("a", "src/auth/login.cs"))).DisposeAsync();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return Environment.CurrentManagedThreadId == thread ? allocated : null;
    }
}
