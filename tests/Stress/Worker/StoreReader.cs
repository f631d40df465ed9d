using System.Globalization;

namespace SwarmLocks.Tests.Stress.Worker;

/// <summary>Asks every question there is, over and over, while others change the store.</summary>
internal static class StoreReader
{
    /// <summary>Reads at least so often, and until the tree has a file <c>stop</c>; what is held all the while must be in every answer.</summary>
    public static async Task<string> RunAsync(LockManager locks, string held, int atLeast)
    {
        int reads = 0;
        for (; reads < atLeast || !File.Exists(Path.Combine(locks.Root, "stop")); reads++)
        {
            var all = await locks.ListAsync();
            Assert.Contains(all, l => l.Resource == $"path:{held}" && l.State == LeaseState.Live);
            Assert.Equal("keeper", Assert.Single((await locks.WhoHasAsync(held)).Holders).Agent);
            Assert.True(await locks.IsLockedAsync(held));
            Assert.False((await locks.CheckAsync("nobody", [held])).Held);
            await locks.CountStaleLocksAsync();
            await locks.ListAsync(staleOnly: true);
            await locks.HistoryAsync(new HistoryQuery(Limit: 5));
            await locks.CleanupStaleLocksAsync(dryRun: true);
        }
        return "read " + reads.ToString(CultureInfo.InvariantCulture);
    }
}
