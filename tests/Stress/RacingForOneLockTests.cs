using System.Globalization;

namespace SwarmLocks.Tests.Stress;

/// <summary>Many processes ask for the same lock at the same instant: one gets it, every time.</summary>
[Collection(Swarm.Name)]
public sealed class RacingForOneLockTests(Swarm swarm)
{
    private const int Rounds = 500;

    [Fact]
    public async Task Sixteen_processes_race_for_a_fresh_path_and_one_wins_every_round()
    {
        using var tree = Tree.Create();
        var workers = await swarm.OpenAsync(tree);
        for (int round = 0; round < Rounds; round++)
            Assert.Equal("nobody", await RaceAsync(workers, round, i => "src/fresh.cs"));
        await AssertNothingIsLeftAsync(tree, workers);
    }

    [Fact]
    public async Task Processes_race_to_make_the_store_and_one_wins_every_round()
    {
        const int stores = 50;
        for (int round = 0; round < stores; round++)
        {
            using var tree = Tree.Create();
            var workers = await swarm.OpenAsync(tree, 8);
            Assert.Equal("nobody", await RaceAsync(workers, round, i => "src/first.cs"));
            await AssertNothingIsLeftAsync(tree, workers);
        }
    }

    [Fact]
    public async Task Sixteen_processes_race_for_an_expired_lease_and_one_wins_every_round()
    {
        using var tree = Tree.Create();
        var workers = await swarm.OpenAsync(tree);
        await using var sleeper = tree.Open();
        for (int round = 0; round < Rounds; round++)
        {
            await LeaveExpiredLeaseAsync(sleeper, "src/stale.cs");
            Assert.Equal("Expired", await RaceAsync(workers, round, i => "src/stale.cs"));
        }
        await AssertNothingIsLeftAsync(tree, workers);
    }

    [Fact]
    public async Task Sixteen_processes_race_for_the_lock_of_a_dead_process_and_one_wins_every_round()
    {
        using var tree = Tree.Create();
        var workers = await swarm.OpenAsync(tree);
        await using var victim = await Swarm.StartAsync(tree);
        await victim.AskAsync(Invariant($"take-many victim src/dead- {Rounds}"));
        await victim.KillAsync();
        for (int round = 0; round < Rounds; round++)
            Assert.Equal("Dead", await RaceAsync(workers, round, i => Invariant($"src/dead-{round}")));
        // The session of the victim is named by nothing any more, and goes with the next clean-up.
        await using (var cleaner = tree.Open())
            Assert.Empty((await cleaner.CleanupStaleLocksAsync()).Removed);
        await AssertNothingIsLeftAsync(tree, workers);
    }

    [Fact]
    public async Task A_glob_and_a_path_that_it_matches_are_asked_for_at_once_and_one_wins_every_round()
    {
        using var tree = Tree.Create();
        var workers = await swarm.OpenAsync(tree, 8);
        string[] overlapping = ["src/**", "src/auth/login.cs", "src/auth/", "src/*/l*.cs"];
        for (int round = 0; round < Rounds / 2; round++)
            await RaceAsync(workers, round, i => overlapping[i % overlapping.Length]);
        await AssertNothingIsLeftAsync(tree, workers);
    }

    /// <returns>From whom the winner took it over.</returns>
    private static async Task<string> RaceAsync(IReadOnlyList<WorkerProcess> workers, int round, Func<int, string> resource)
    {
        // Whoever is told first should not be the same one each time.
        var order = Enumerable.Range(0, workers.Count).Select(i => workers[(i + round) % workers.Count]).ToList();
        string[] answers = await Swarm.AskAllAsync(order, i => Invariant($"race racer-{i} {resource(i)}"));
        var winners = answers.Where(a => a.StartsWith("granted", StringComparison.Ordinal)).ToList();
        Assert.True(winners.Count == 1, Invariant($"round {round}: {winners.Count} winners: {string.Join(", ", answers)}"));
        Assert.All(answers.Except(winners), answer => Assert.Equal("refused Conflict", answer));
        await order[Array.IndexOf(answers, winners[0])].AskAsync("free");
        return winners[0].Split(' ')[1];
    }

    private static async Task LeaveExpiredLeaseAsync(LockManager sleeper, string path)
    {
        // On a busy machine the answer may come after the expiry; then the lease has been given back, and we ask again.
        await Until.TrueAsync(
            async () =>
            {
                try
                {
                    return (await sleeper.TryAcquireAsync(new LockRequest("sleeper", path) { Ttl = TimeSpan.FromMilliseconds(3), OutlivesProcess = true })).Granted;
                }
                catch (LockExpiredException)
                {
                    return false;
                }
            },
            "the lease is granted in time");
        await Until.TrueAsync(async () => (await sleeper.WhoHasAsync(path)).Holders.Single().State != LeaseState.Live, "the lease expires");
    }

    private static async Task AssertNothingIsLeftAsync(Tree tree, IReadOnlyList<WorkerProcess> workers)
    {
        await Swarm.AskAllAsync(workers, _ => "close");
        Assert.Empty(tree.LeftInStore());
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
