using System.Globalization;

namespace SwarmLocks.Tests.Stress;

/// <summary>Two processes under one agent id are one agent with two leases: what happens to one leaves the other's standing.</summary>
[Collection(Swarm.Name)]
public sealed class TwoSessionsOfOneAgentTests(Swarm swarm)
{
    private const string Path = "src/shared.cs";

    [Fact]
    public async Task One_releases_and_the_others_lease_stands_every_round()
    {
        using var tree = Tree.Create();
        var workers = await swarm.OpenAsync(tree, 3);
        for (int round = 0; round < 50; round++)
        {
            var (first, second) = (workers[round % 2], workers[1 - (round % 2)]);
            await TakeAsync(first, second);
            await first.AskAsync("free");
            await AssertOnlyAsync(second, workers[2]);
            await second.AskAsync("free");
            Assert.StartsWith("granted nobody", await StrangerAsync(workers[2]), StringComparison.Ordinal);
            await workers[2].AskAsync("free");
        }
        await Swarm.AskAllAsync(workers, _ => "close");
        Assert.Empty(tree.LeftInStore());
    }

    [Fact]
    public async Task One_is_killed_and_the_others_lease_stands()
    {
        using var tree = Tree.Create();
        var workers = await swarm.OpenAsync(tree, 2);
        await using var locks = tree.Open();
        for (int round = 0; round < 5; round++)
        {
            await using var victim = await Swarm.StartAsync(tree);
            await TakeAsync(victim, workers[0]);
            await victim.KillAsync();
            await AssertOnlyAsync(workers[0], workers[1]);
            Assert.Single((await locks.CleanupStaleLocksAsync()).Removed);
            await AssertOnlyAsync(workers[0], workers[1]);
            await workers[0].AskAsync("free");
        }
    }

    [Fact]
    public async Task One_is_broken_and_only_that_one_hears_of_it()
    {
        using var tree = Tree.Create();
        var workers = await swarm.OpenAsync(tree, 3);
        await using var locks = tree.Open();
        string broken = await TakeAsync(workers[0], workers[1]);
        await locks.BreakAsync(broken, "operator", "only this one");
        // The holder looks every two seconds; until it has, the lease is marked and still there.
        await Until.TrueAsync(async () => (await locks.WhoHasAsync(Path)).Holders.All(l => l.LeaseId != broken), "the holder hears of the break");
        Assert.StartsWith("lost", await workers[0].AskAsync("believe"), StringComparison.Ordinal);
        await AssertOnlyAsync(workers[1], workers[2]);
    }

    /// <returns>The lease id of the first.</returns>
    private static async Task<string> TakeAsync(WorkerProcess first, WorkerProcess second)
    {
        string request = $"take twin {Path} 300000 0";
        string[] answers = [await first.AskAsync(request), await second.AskAsync(request)];
        Assert.All(answers, answer => Assert.StartsWith("granted", answer, StringComparison.Ordinal));
        Assert.NotEqual(answers[0], answers[1]);
        return answers[0].Split(' ')[2];
    }

    private static async Task AssertOnlyAsync(WorkerProcess holder, WorkerProcess stranger)
    {
        Assert.Equal("held", await holder.AskAsync("believe"));
        Assert.Equal("refused Conflict", await StrangerAsync(stranger));
    }

    private static Task<string> StrangerAsync(WorkerProcess stranger) => stranger.AskAsync(string.Create(CultureInfo.InvariantCulture, $"take stranger {Path} 300000 0"));
}
