using System.Globalization;
using SwarmLocks.Tests.Stress.Worker;
using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress;

/// <summary>Leases are renewed about when they lapse, while others clean up and take over: nothing ended comes back, and nobody overlaps.</summary>
[Collection(Swarm.Name)]
public sealed class RenewalAgainstCleanupTests(Swarm swarm, ITestOutputHelper output)
{
    private const int Operations = 4000;

    [Fact]
    public async Task Four_processes_renew_and_clean_up_and_nothing_is_resurrected_or_held_twice()
    {
        using var tree = Tree.Create();
        int seed = Seed.New(output);
        var workers = await swarm.OpenAsync(tree, 4);
        await Swarm.AskAllAsync(workers, i => string.Create(CultureInfo.InvariantCulture, $"churn agent-{i} {seed + i} {Operations / workers.Count}"));
        await Swarm.AskAllAsync(workers, _ => "close");
        await AssertHistoryAsync(tree);
    }

    [Fact]
    public async Task Sixteen_tasks_of_one_process_renew_and_clean_up_and_nothing_is_resurrected_or_held_twice()
    {
        const int tasks = 16;
        using var tree = Tree.Create();
        int seed = Seed.New(output);
        await using (var locks = tree.Open())
        {
            await Task.WhenAll(Enumerable.Range(0, tasks).Select(i => Task.Run(
                () => LeaseChurn.RunAsync(locks, tree, string.Create(CultureInfo.InvariantCulture, $"agent-{i}"), seed + i, Operations / tasks))));
        }
        await AssertHistoryAsync(tree);
    }

    [Fact]
    public async Task Tasks_with_managers_of_their_own_renew_and_clean_up_and_nothing_is_resurrected_or_held_twice()
    {
        const int tasks = 4;
        using var tree = Tree.Create();
        int seed = Seed.New(output);
        await Task.WhenAll(Enumerable.Range(0, tasks).Select(i => Task.Run(async () =>
        {
            await using var locks = tree.Open();
            await LeaseChurn.RunAsync(locks, tree, string.Create(CultureInfo.InvariantCulture, $"agent-{i}"), seed + i, Operations / tasks);
        })));
        await AssertHistoryAsync(tree);
    }

    private async Task AssertHistoryAsync(Tree tree)
    {
        var beliefs = Directory.EnumerateFiles(tree.Root, "beliefs-*").SelectMany(File.ReadLines).Select(Belief.Parse).ToList();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{beliefs.Count} leases were held"));
        // Else this would prove nothing.
        Assert.True(beliefs.Count > Operations / 50, "Hardly anything was held.");
        Assert.Empty(Belief.Clashes(beliefs));
        await using (var locks = tree.Open())
        {
            await locks.CleanupStaleLocksAsync();
            Assert.Empty(await locks.ListAsync());
        }
        Assert.Empty(tree.LeftInStore());
    }
}
