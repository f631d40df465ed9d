using System.Globalization;

namespace SwarmLocks.Tests.Stress;

/// <summary>One lease is given back by many at once: it ends once, and nobody else's ends with it.</summary>
[Collection(Swarm.Name)]
public sealed class ReleaseRaceTests(Swarm swarm)
{
    private const int Rounds = 200;
    private const string Path = "src/a.cs";

    [Fact]
    public async Task Eight_processes_release_one_lease_and_one_of_them_did_it_every_round()
    {
        using var tree = Tree.Create();
        var workers = await swarm.OpenAsync(tree, 8);
        await using var locks = tree.Open();
        for (int round = 0; round < Rounds; round++)
        {
            // Without a session any process of the agent may give it back.
            var granted = await locks.TryAcquireAsync(new LockRequest("many", Path) { OutlivesProcess = true });
            string id = granted.Leases.Single().Lease.LeaseId!;
            string[] answers = await Swarm.AskAllAsync(workers, _ => $"release-id many {id}");
            Assert.True(answers.Count(a => a == "released 1 0") == 1, string.Create(CultureInfo.InvariantCulture, $"round {round}: {string.Join(", ", answers)}"));
            Assert.Equal(7, answers.Count(a => a == "released 0 1"));
        }
        Assert.Empty(await locks.ListAsync());
    }

    [Fact]
    public async Task A_lease_that_is_released_twice_while_the_next_one_gets_in_leaves_the_next_one_alone()
    {
        using var tree = Tree.Create();
        var workers = await swarm.OpenAsync(tree, 6);
        await using var locks = tree.Open();
        for (int round = 0; round < Rounds; round++)
        {
            var granted = await locks.TryAcquireAsync(new LockRequest("many", Path) { OutlivesProcess = true });
            string id = granted.Leases.Single().Lease.LeaseId!;
            string next = string.Create(CultureInfo.InvariantCulture, $"next-{round}");
            // Two release, one waits for it to be free, and the rest releases again.
            await Swarm.AskAllAsync(workers, i => i == 2 ? $"take {next} {Path} 300000 60000" : $"release-id many {id}");
            Assert.Equal(next, Assert.Single((await locks.WhoHasAsync(Path)).Holders).Agent);
            Assert.Equal("held", await workers[2].AskAsync("believe"));
            await workers[2].AskAsync("free");
        }
    }

    [Fact]
    public async Task Handles_on_one_lease_are_disposed_at_once_and_it_ends_with_the_last_one_once()
    {
        const int handles = 8;
        using var tree = Tree.Create();
        await using var locks = tree.Open();
        for (int round = 0; round < Rounds; round++)
        {
            var held = new List<LockHandle>();
            for (int i = 0; i < handles; i++)
                held.Add(await locks.AcquireAsync(new LockRequest("one", Path)));
            // Each twice, and all but the last while the lease must stand.
            await Task.WhenAll(held.Skip(1).Concat(held.Skip(1)).Select(h => Task.Run(async () => await h.DisposeAsync())));
            Assert.False((await locks.TryAcquireAsync(new LockRequest("other", Path))).Granted);
            held[0].ThrowIfLost();
            await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(async () => await held[0].DisposeAsync())));
            Assert.Empty(await locks.ListAsync());
        }
        // Each lease of each round is released exactly once, and once in the journal.
        var released = (await locks.HistoryAsync(new HistoryQuery())).Where(e => e.Event == LockEventKind.Released).ToList();
        Assert.Equal(Rounds, released.Count);
        Assert.Equal(Rounds, released.Select(e => e.LeaseId).Distinct().Count());
    }
}
