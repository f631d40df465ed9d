using System.Globalization;
using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress.Soak;

/// <summary>
/// Processes of agents that do everything there is to do, while they are killed and stopped at random: everything promised is kept, nothing is left behind,
/// nothing leaks.
/// </summary>
[Collection(Swarm.Name)]
[Trait(Proof.Trait, Proof.Value)]
public sealed class SoakTests(ITestOutputHelper output)
{
    /// <summary>All of the time; what it takes to finish and to judge comes on top.</summary>
    private const double Share = 1;
    private const int Usages = 24;

    [Fact]
    public async Task Processes_that_are_killed_and_stopped_at_random_keep_every_promise_and_leave_nothing()
    {
        int seed = Seed.New(output);
        using var kills = new Trials(output, "soak: killed at random, judged by the history", "SIGKILL", seed);
        using var stops = new Trials(output, "soak: stopped at random, judged by the history", "SIGSTOP", seed);
        using var trials = new Trials(output, "soak: history checked", "acquisitions", seed);
        var tree = Tree.Create();
        string folder = NewFolder();
        await using (var soak = await SoakSupervisor.StartAsync(tree, folder, seed))
        {
            await soak.RunAsync(Proof.Budget(shortSeconds: 12, Share), Usages);
            await soak.FinishAsync();
            Tell(soak);
            (trials.Tried, trials.Notes) = (soak.Acquisitions, Notes(soak));
            (kills.Tried, stops.Tried) = (soak.Kills, soak.Stops);
            // Without them the history says little.
            Assert.True(soak is { Acquisitions: > 0, Kills: > 0, Stops: > 0 }, "too little happened");
            if (soak.Violations.Count > 0)
            {
                await File.WriteAllTextAsync(Path.Combine(folder, "violations.txt"), soak.Story);
                Assert.Fail($"{soak.Violations.Count} promises were broken; see {folder}, and the store of {tree.Root}.\n{soak.Story}");
            }
            Assert.Empty(soak.Excess);
            Assert.Empty(SoakUsage.Leaks("the first worker", [.. soak.Usage.Select(u => u.Worker)]));
            Assert.Empty(SoakUsage.Leaks("the tester", [.. soak.Usage.Select(u => u.Tester)]));
        }
        await AssertNothingIsLeftAsync(tree, folder);
        Directory.Delete(folder, recursive: true);
        tree.Dispose();
        trials.End();
        kills.End();
        stops.End();
    }

    private static string Notes(SoakSupervisor soak) =>
        string.Create(CultureInfo.InvariantCulture, $"{soak.Reentries} re-entries, {soak.Uses} uses, {soak.LeasesLost} leases lost, {soak.JournalLines} journal lines of which {soak.TornLines} torn");

    private void Tell(SoakSupervisor soak)
    {
        foreach (var (worker, tester) in soak.Usage)
            output.WriteLine($"usage of the first worker {worker}, of the tester {tester}");
    }

    private static async Task AssertNothingIsLeftAsync(Tree tree, string folder)
    {
        await using (var locks = tree.Open())
        {
            // Leases that outlive their process end with their TTL.
            await Until.TrueAsync(
                async () =>
                {
                    await locks.CleanupStaleLocksAsync();
                    return (await locks.ListAsync()).Count == 0;
                },
                "the end of the last lease");
        }
        Assert.Empty(tree.LeftInStore());
        Assert.Empty(Directory.EnumerateFiles(folder));
    }

    /// <summary>In memory where there is such a place: the history is written by every process all the time.</summary>
    private static string NewFolder() => Directory.Exists("/dev/shm")
        ? Directory.CreateDirectory(Path.Combine("/dev/shm", "swarmlocks-soak-" + Path.GetRandomFileName())).FullName
        : Directory.CreateTempSubdirectory("swarmlocks-soak-").FullName;
}
