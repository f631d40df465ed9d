using System.Globalization;
using SwarmLocks.Tests.Stress.Worker;
using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress;

/// <summary>Leases are renewed about when they lapse, while others clean up and take over: nothing ended comes back, and nobody overlaps.</summary>
[Collection(Swarm.Name)]
public sealed class RenewalAgainstCleanupTests(Swarm swarm, ITestOutputHelper output)
{
    private const int Agents = 4;
    private const int Renewals = 1500;
    private const int Cleanups = 500;

    [Fact]
    public async Task Four_processes_renew_and_clean_up_and_nothing_is_resurrected_or_held_twice()
    {
        using var tree = Tree.Create();
        int seed = Seed.New(output);
        var workers = await swarm.OpenAsync(tree, Agents);
        string[] churned = await Swarm.AskAllAsync(
            workers, i => string.Create(CultureInfo.InvariantCulture, $"churn agent-{i} {seed + i} {Renewals / Agents} {Cleanups / Agents}"));
        await Swarm.AskAllAsync(workers, _ => "close");
        await AssertHistoryAsync(tree, churned);
    }

    [Fact]
    public async Task Four_tasks_of_one_process_renew_and_clean_up_and_nothing_is_resurrected_or_held_twice()
    {
        using var tree = Tree.Create();
        int seed = Seed.New(output);
        string[] churned;
        await using (var locks = tree.Open())
            churned = await Task.WhenAll(Enumerable.Range(0, Agents).Select(i => Task.Run(() => ChurnAsync(locks, tree, i, seed))));
        await AssertHistoryAsync(tree, churned);
    }

    [Fact]
    public async Task Tasks_with_managers_of_their_own_renew_and_clean_up_and_nothing_is_resurrected_or_held_twice()
    {
        using var tree = Tree.Create();
        int seed = Seed.New(output);
        string[] churned = await Task.WhenAll(Enumerable.Range(0, Agents).Select(i => Task.Run(async () =>
        {
            await using var locks = tree.Open();
            return await ChurnAsync(locks, tree, i, seed);
        })));
        await AssertHistoryAsync(tree, churned);
    }

    private static Task<string> ChurnAsync(LockManager locks, Tree tree, int i, int seed) =>
        LeaseChurn.RunAsync(locks, tree, string.Create(CultureInfo.InvariantCulture, $"agent-{i}"), seed + i, Renewals / Agents, Cleanups / Agents);

    private async Task AssertHistoryAsync(Tree tree, string[] churned)
    {
        var counts = churned.Select(c => c.Split(' ')[1..].Select(n => int.Parse(n, CultureInfo.InvariantCulture)).ToArray()).ToList();
        int renewed = counts.Sum(c => c[0]), cleanedUp = counts.Sum(c => c[1]);
        var beliefs = Directory.EnumerateFiles(tree.Root, "beliefs-*").SelectMany(File.ReadLines).Select(Belief.Parse).ToList();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{beliefs.Count} leases were held, {renewed} renewals granted, {cleanedUp} clean-ups removed something"));
        // Else this would prove nothing.
        Assert.True(renewed >= Renewals && cleanedUp >= Cleanups, $"Only {renewed} renewals were granted, and {cleanedUp} clean-ups removed something.");
        Assert.Empty(Belief.Clashes(beliefs));
        await using (var locks = tree.Open())
        {
            await locks.CleanupStaleLocksAsync();
            Assert.Empty(await locks.ListAsync());
        }
        Assert.Empty(tree.LeftInStore());
    }
}
