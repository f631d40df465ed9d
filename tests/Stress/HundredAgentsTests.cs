using System.Globalization;
using SwarmLocks.Tests.Stress.Worker;
using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress;

/// <summary>A hundred agents at work in one tree lose nothing and leave nothing behind.</summary>
[Collection(Swarm.Name)]
public sealed class HundredAgentsTests(Swarm swarm, ITestOutputHelper output)
{
    private const int Processes = 10;
    private const int AgentsEach = 10;
    private const int RoundsEach = 1;

    [Fact]
    public async Task A_hundred_agents_count_in_shared_files_under_every_kind_of_lock_and_lose_no_count()
    {
        using var tree = Tree.Create();
        int seed = Seed.New(output);
        var counters = MakeCounters(tree);
        var workers = await swarm.OpenAsync(tree, Processes);
        string[] answers = await Swarm.AskAllAsync(workers, i => string.Create(
            CultureInfo.InvariantCulture, $"count agent-{i} {AgentsEach} {RoundsEach} {seed + (i * AgentsEach)}"));
        await Swarm.AskAllAsync(workers, _ => "close");

        var counted = answers.SelectMany(a => a.Split(' ').Skip(1)).Select(c => c.Split('='))
            .GroupBy(c => c[0], c => int.Parse(c[1], CultureInfo.InvariantCulture)).ToDictionary(g => g.Key, g => g.Sum());
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{counted.Values.Sum()} counts"));
        Assert.True(counted.Values.Sum() > Processes * AgentsEach * RoundsEach / 2, "Hardly anything was counted.");
        // The files tell, not the lock manager.
        Assert.All(counters, file => Assert.Equal(
            counted.GetValueOrDefault(file), int.Parse(File.ReadAllText(tree.File(file)), CultureInfo.InvariantCulture)));
        Assert.Empty(tree.LeftInStore());
    }

    [Fact]
    public async Task Readers_at_work_all_the_while_never_fail_and_never_miss_what_is_held()
    {
        using var tree = Tree.Create();
        int seed = Seed.New(output);
        var workers = await swarm.OpenAsync(tree, 6);
        await using var locks = tree.Open();
        // Renewed every few milliseconds, so that readers meet it while it is replaced.
        await using var kept = await locks.AcquireAsync(new LockRequest("keeper", "src/kept.cs"));
        using var stop = new CancellationTokenSource();
        var renewing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await locks.RenewAsync(LeaseSelector.On("keeper", "src/kept.cs"));
        });
        foreach (var reader in workers.Take(2))
            reader.Send("read src/kept.cs 50");
        await Swarm.AskAllAsync([.. workers.Skip(2)], i => string.Create(CultureInfo.InvariantCulture, $"churn agent-{i} {seed + i} 30 5"));
        await File.WriteAllTextAsync(tree.File("stop"), "");
        foreach (var reader in workers.Take(2))
            output.WriteLine(await reader.AnswerAsync());
        await stop.CancelAsync();
        await renewing;
        kept.ThrowIfLost();
    }

    [Fact]
    public async Task Readers_change_nothing_not_even_what_is_stale_or_broken()
    {
        using var tree = Tree.Create();
        var workers = await swarm.OpenAsync(tree, 1);
        await using var locks = tree.Open();
        await using var kept = await locks.AcquireAsync(new LockRequest("keeper", "src/kept.cs"));
        await using (var victim = await Swarm.StartAsync(tree))
        {
            await victim.AskAsync("take-many victim src/dead- 3");
            await victim.KillAsync();
        }
        string locksFolder = Directory.EnumerateDirectories(tree.File(".git/swarmlocks"), "locks", SearchOption.AllDirectories).Single();
        await File.WriteAllTextAsync(Path.Combine(locksFolder, "path=src+garbage.json"), "what is this?\n");
        await File.WriteAllTextAsync(Path.Combine(locksFolder, "path=src+half.json"), "{ \"vers");
        // Both are taken for lock files: one is complete and not understood, the other is what a dead writer left.
        Assert.Equal("path:src/garbage", Assert.Single(await locks.ListAsync(), l => l.State == LeaseState.Unreadable).Resource);
        var before = Snapshot(tree);
        await File.WriteAllTextAsync(tree.File("stop"), "");
        await workers[0].AskAsync("read src/kept.cs 30");
        Assert.Equal(before, Snapshot(tree));
    }

    private static List<string> MakeCounters(Tree tree)
    {
        Directory.CreateDirectory(tree.File("counters"));
        var names = Enumerable.Range(0, CounterAgents.Counters).Select(i => i.ToString(CultureInfo.InvariantCulture)).ToList();
        List<string> files = [.. names.Select(n => $"counters/{n}.txt"), .. names.Select(n => $"plan-{n}")];
        files.ForEach(file => File.WriteAllText(tree.File(file), "0"));
        return files;
    }

    private static List<string> Snapshot(Tree tree) =>
    [
        .. Directory.EnumerateFiles(tree.File(".git"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => $"{file} {File.GetLastWriteTimeUtc(file):O} {(Path.GetDirectoryName(file)!.EndsWith("sessions", StringComparison.Ordinal) || file.EndsWith("guard", StringComparison.Ordinal) ? "" : File.ReadAllText(file))}"),
    ];
}
