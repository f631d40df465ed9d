using System.Globalization;

namespace SwarmLocks.Tests.Stress;

/// <summary>Waiting processes get their turn in the order in which they came, and a dead one costs nobody the turn.</summary>
[Collection(Swarm.Name)]
public sealed class QueueTests(Swarm swarm)
{
    private const string Path = "src/a.cs";

    [Fact]
    public async Task Processes_that_wait_get_the_lock_in_the_order_they_came()
    {
        const int waiters = 6;
        using var tree = Tree.Create();
        var workers = await swarm.OpenAsync(tree, waiters);
        await using var locks = tree.Open();
        for (int round = 0; round < 5; round++)
        {
            var holder = await locks.AcquireAsync(new LockRequest("holder", Path));
            var order = Enumerable.Range(0, waiters).Select(i => (i + round) % waiters).ToList();
            foreach (int i in order)
                await JoinAsync(locks, workers[i], Agent(i), order.IndexOf(i) + 1);
            await holder.DisposeAsync();
            foreach (int i in order)
                Assert.Equal("done", await workers[i].AnswerAsync());
            Assert.Equal(order.Select(Agent), await File.ReadAllLinesAsync(tree.File("order")));
            File.Delete(tree.File("order"));
        }
        await locks.DisposeAsync();
        await Swarm.AskAllAsync(workers, _ => "close");
        Assert.Empty(tree.LeftInStore());
    }

    [Fact]
    public async Task A_waiting_process_that_is_killed_does_not_block_the_next()
    {
        using var tree = Tree.Create();
        var workers = await swarm.OpenAsync(tree, 2);
        await using var locks = tree.Open();
        await using var victim = await Swarm.StartAsync(tree);
        var holder = await locks.AcquireAsync(new LockRequest("holder", Path));
        await JoinAsync(locks, workers[0], "first", 1);
        await JoinAsync(locks, victim, "victim", 2);
        await JoinAsync(locks, workers[1], "last", 3);
        await victim.KillAsync();
        await holder.DisposeAsync();
        Assert.Equal("done", await workers[0].AnswerAsync());
        Assert.Equal("done", await workers[1].AnswerAsync());
        Assert.Equal(["first", "last"], await File.ReadAllLinesAsync(tree.File("order")));
    }

    [Fact]
    public async Task Nobody_who_comes_later_passes_one_who_waits()
    {
        using var tree = Tree.Create();
        var workers = await swarm.OpenAsync(tree, 5);
        await using var locks = tree.Open();
        for (int round = 0; round < 30; round++)
        {
            var holder = await locks.AcquireAsync(new LockRequest("holder", Path));
            await JoinAsync(locks, workers[0], "first", 1);
            // The release and the late ones come at the same time; whoever is in line goes first, so they find either of the two.
            var releasing = holder.DisposeAsync().AsTask();
            string[] late = await Swarm.AskAllAsync([.. workers.Skip(1)], i => $"race {Agent(i)} {Path}");
            await releasing;
            await Swarm.AskAllAsync([.. workers.Skip(1)], _ => "free");
            Assert.Equal("done", await workers[0].AnswerAsync());
            Assert.True(late.Count(a => a.StartsWith("granted", StringComparison.Ordinal)) <= 1, string.Join(", ", late));
            var history = await locks.HistoryAsync(new HistoryQuery(Limit: 40));
            var grants = history.Where(e => e.Event == LockEventKind.Acquired).Select(e => e.Agent).ToList();
            Assert.Equal("first", grants[grants.LastIndexOf("holder") + 1]);
        }
    }

    /// <summary>Returns when so many stand in line for <paramref name="path"/>.</summary>
    internal static Task UntilWaitingAsync(LockManager locks, string path, int count) =>
        Until.TrueAsync(async () => (await locks.WhoHasAsync(path)).Waiting.Count >= count, "it stands in line");

    private static async Task JoinAsync(LockManager locks, WorkerProcess worker, string agent, int place)
    {
        worker.Send($"queue {agent} {Path}");
        await UntilWaitingAsync(locks, Path, place);
    }

    private static string Agent(int i) => string.Create(CultureInfo.InvariantCulture, $"agent-{i}");
}
