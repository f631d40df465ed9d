using System.Diagnostics;

namespace SwarmLocks.Tests.Stress;

/// <summary>Holders that are killed or stopped: the next one gets in, and a sleeper learns of it before it believes anything else.</summary>
[Collection(Swarm.Name)]
public sealed class DeathTests(Swarm swarm)
{
    private const string Path = "src/a.cs";

    [Fact]
    public async Task A_killed_holder_frees_its_lock_for_the_next_at_once()
    {
        using var tree = Tree.Create();
        var next = (await swarm.OpenAsync(tree, 1))[0];
        for (int round = 0; round < 5; round++)
        {
            await using var victim = await Swarm.StartAsync(tree);
            Assert.StartsWith("granted", await victim.AskAsync($"take victim {Path} 300000 0"), StringComparison.Ordinal);
            Assert.Equal("refused Conflict", await next.AskAsync($"race next {Path}"));
            await victim.KillAsync();
            // It does not wait, so there is no time in which the lease could have expired: only the death of its session frees it.
            Assert.Equal("granted Dead", await next.AskAsync($"race next {Path}"));
            await next.AskAsync("free");
        }
    }

    [Fact]
    public async Task A_waiter_gets_the_lock_of_a_holder_that_is_killed_long_before_the_lease_would_end()
    {
        using var tree = Tree.Create();
        var waiter = (await swarm.OpenAsync(tree, 1))[0];
        await using var locks = tree.Open();
        await using var victim = await Swarm.StartAsync(tree);
        await victim.AskAsync($"take victim {Path} 300000 0");
        waiter.Send($"take waiter {Path} 300000 60000");
        await QueueTests.UntilWaitingAsync(locks, Path, 1);
        long start = Stopwatch.GetTimestamp();
        await victim.KillAsync();
        Assert.StartsWith("granted Dead", await waiter.AnswerAsync(), StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(5), "It took too long.");
    }

    [Fact]
    public async Task A_holder_stopped_past_its_ttl_learns_that_it_lost_before_it_believes_anything_else()
    {
        using var tree = Tree.Create();
        var next = (await swarm.OpenAsync(tree, 1))[0];
        int overtaken = 0;
        for (int round = 0; round < 10; round++)
        {
            await using var sleeper = await Swarm.StartAsync(tree);
            // A process that has just started may be too slow to hear in time; it holds nothing then, and asks again.
            while (await sleeper.AskAsync($"take sleeper {Path} 300 0") is var answer && !answer.StartsWith("granted", StringComparison.Ordinal))
                Assert.Equal("late", answer);
            sleeper.Stop();
            if (await IsBusyAsync(tree))
            {
                // Stopped while it renewed, inside the guard: another test's case. Nobody can have taken anything meanwhile.
                sleeper.Continue();
                continue;
            }
            // The question waits for it in the pipe, so it is the first thing that it does.
            sleeper.Send("believe");
            Assert.StartsWith("granted Expired", await next.AskAsync($"take next {Path} 300000 60000"), StringComparison.Ordinal);
            sleeper.Continue();
            Assert.StartsWith("lost", await sleeper.AnswerAsync(), StringComparison.Ordinal);
            // Giving up what is no longer its own does not touch the new holder.
            await sleeper.AskAsync("free");
            Assert.Equal("held", await next.AskAsync("believe"));
            await next.AskAsync("free");
            overtaken++;
        }
        Assert.True(overtaken > 0, "it was stopped inside the guard each time");
    }

    private static async Task<bool> IsBusyAsync(Tree tree)
    {
        await using var hasty = tree.Open(guardTimeout: TimeSpan.FromMilliseconds(500));
        try
        {
            await hasty.ResetAsync(Path, "hasty");
            return false;
        }
        catch (LockStoreException error) when (error.Problem == StoreProblem.Busy)
        {
            return true;
        }
    }

    [Fact]
    public async Task A_process_stopped_inside_the_guard_makes_the_store_busy_and_its_death_frees_it()
    {
        using var tree = Tree.Create();
        await using var frozen = await Swarm.StartAsync(tree);
        frozen.Send("freeze-in-guard");
        frozen.WaitUntilStopped();
        await using (var hasty = tree.Open(guardTimeout: TimeSpan.FromMilliseconds(300)))
        {
            var busy = await Assert.ThrowsAsync<LockStoreException>(() => hasty.TryAcquireAsync(new LockRequest("hasty", Path)));
            Assert.Equal(StoreProblem.Busy, busy.Problem);
            // Looking needs no guard.
            Assert.Empty(await hasty.ListAsync());
        }
        await frozen.KillAsync();
        await using var locks = tree.Open();
        Assert.True((await locks.TryAcquireAsync(new LockRequest("next", Path))).Granted);
    }

    [Fact]
    public async Task A_process_stopped_inside_the_guard_and_continued_lets_the_others_go_on()
    {
        using var tree = Tree.Create();
        var next = (await swarm.OpenAsync(tree, 1))[0];
        await using var frozen = await Swarm.StartAsync(tree);
        frozen.Send("freeze-in-guard");
        frozen.WaitUntilStopped();
        next.Send($"race next {Path}");
        await File.WriteAllTextAsync(tree.File("thaw"), "");
        frozen.Continue();
        Assert.Equal("thawed", await frozen.AnswerAsync());
        Assert.Equal("granted nobody", await next.AnswerAsync());
        await next.AskAsync("free");
    }
}
