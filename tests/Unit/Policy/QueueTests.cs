using SwarmLocks.Policy;

namespace SwarmLocks.Tests.Unit.Policy;

public class QueueTests
{
    private readonly PolicyWorld _world = new();

    [Fact]
    public void First_come_first_served()
    {
        var held = _world.Acquire("a", "path:x").Leases[0].Lease;
        long b = _world.Wait("b", "path:x");
        long c = _world.Wait("c", "path:x");
        _world.Release(held);

        var early = _world.Poll("c", c, "path:x");
        Assert.Equal("b", Assert.Single(early.Conflicts).Queued!.Agent);
        var granted = _world.Poll("b", b, "path:x");
        Assert.Equal(AcquireOutcome.Granted, granted.Outcome);
        _world.Release(granted.Leases[0].Lease);
        Assert.Equal(AcquireOutcome.Granted, _world.Poll("c", c, "path:x").Outcome);
        Assert.Empty(_world.Waiters);
    }

    [Fact]
    public void A_try_does_not_pass_a_waiter_either_not_even_through_a_glob()
    {
        var held = _world.Acquire("a", "path:src/x").Leases[0].Lease;
        _world.Wait("b", "glob:src/*");
        _world.Release(held);
        Assert.Equal("b", _world.Acquire("c", "path:src/y").Conflicts.Single().Queued!.Agent);
        Assert.Equal(AcquireOutcome.Granted, _world.Acquire("c", "path:other").Outcome);
    }

    [Fact]
    public void Readers_do_not_starve_a_writer()
    {
        _world.Acquire("r1", "path:x", LockMode.Shared);
        _world.Wait("w", "path:x");
        Assert.Equal(AcquireOutcome.Conflict, _world.Acquire("r2", "path:x", LockMode.Shared).Outcome);
    }

    [Fact]
    public void Shared_waiters_do_not_wait_for_each_other()
    {
        var held = _world.Acquire("a", "path:x").Leases[0].Lease;
        long b = _world.Wait("b", "path:x", LockMode.Shared);
        long c = _world.Wait("c", "path:x", LockMode.Shared);
        _world.Release(held);
        Assert.Equal(AcquireOutcome.Granted, _world.Poll("c", c, "path:x", LockMode.Shared).Outcome);
        Assert.Equal(AcquireOutcome.Granted, _world.Poll("b", b, "path:x", LockMode.Shared).Outcome);
    }

    [Fact]
    public void The_one_somebody_waits_for_may_pass_and_re_enter()
    {
        _world.Acquire("a", "path:x");
        _world.Wait("b", "glob:*");
        // b waits for a: if a had to wait behind b, neither would ever go on.
        Assert.Equal(AcquireOutcome.Granted, _world.Acquire("a", "path:y").Outcome);
        Assert.Equal(AcquireOutcome.Granted, _world.Acquire("a", "path:x").Outcome);
    }

    [Fact]
    public void The_one_somebody_waits_for_through_others_may_pass_too()
    {
        _world.Acquire("a", "path:x");
        _world.Acquire("b", "path:y");
        _world.Wait("b", "path:x");
        _world.Wait("c", "glob:{y,z}");
        // c waits for b, b for a.
        Assert.Equal(AcquireOutcome.Granted, _world.Acquire("a", "path:z").Outcome);
    }

    [Fact]
    public void Whoever_does_not_look_for_ten_seconds_loses_its_place()
    {
        var held = _world.Acquire("a", "path:x").Leases[0].Lease;
        long b = _world.Wait("b", "path:x");
        _world.NowMs += 9_000;
        long c = _world.Wait("c", "path:x");
        _world.NowMs += 1_000;
        _world.Release(held);

        Assert.Equal(AcquireOutcome.Granted, _world.Poll("c", c, "path:x").Outcome);
        Assert.DoesNotContain(b, _world.Waiters.Keys);
        var late = _world.Poll("b", b, "path:x");
        Assert.True(late.Ticket > c, "back at the end of the line");
    }

    [Fact]
    public void Looking_keeps_the_place_and_the_time_since_when()
    {
        _world.Acquire("a", "path:x");
        long b = _world.Wait("b", "path:x");
        var since = _world.Waiters[b].Since;
        for (int i = 0; i < 5; i++)
        {
            _world.NowMs += 9_000;
            Assert.Equal(b, _world.Poll("b", b, "path:x").Ticket);
        }
        Assert.Equal(since, _world.Waiters[b].Since);
    }

    [Fact]
    public void A_dead_waiter_does_not_block_the_next()
    {
        var held = _world.Acquire("a", "path:x").Leases[0].Lease;
        _world.Acquire(_world.Ask("b", ["path:x"], session: "sb", waits: true));
        long c = _world.Wait("c", "path:x");
        _world.Dead.Add("sb");
        _world.Release(held);
        Assert.Equal(AcquireOutcome.Granted, _world.Poll("c", c, "path:x").Outcome);
        Assert.Empty(_world.Waiters);
    }

    [Fact]
    public void The_last_look_of_a_wait_is_a_timeout_and_leaves_nothing_behind()
    {
        _world.Acquire("a", "path:x");
        long b = _world.Wait("b", "path:x");
        var verdict = _world.Acquire(_world.Ask("b", ["path:x"], ticket: b) with { TimedOut = true });
        Assert.Equal(AcquireOutcome.Timeout, verdict.Outcome);
        Assert.Empty(_world.Waiters);
        Assert.Contains(_world.Events, e => e is { Event: LockEventKind.Refused, Why: "timeout", By: "a" });
    }

    [Fact]
    public void Leaving_the_line_frees_the_place()
    {
        _world.Acquire("a", "path:x");
        long b = _world.Wait("b", "path:x");
        _world.Apply(LockPolicy.Leave(_world.View, _world.Ask("b", ["path:x"], ticket: b)));
        Assert.Empty(_world.Waiters);
    }

    /// <summary>The store was deleted and made anew, and counts from the clock again.</summary>
    [Fact]
    public void A_place_in_line_is_not_taken_by_another_who_had_its_number_before()
    {
        _world.Acquire("a", "path:x");
        long b = _world.Wait("b", "path:x");
        var late = _world.Ask("c", ["path:x"], ticket: b) with { Waits = true };
        Assert.Equal(1, _world.Acquire(late).Ahead);
        _world.Apply(LockPolicy.Leave(_world.View, late));
        Assert.Equal(["b", "c"], _world.Waiters.Values.Select(w => w.Agent));
        var otherLife = _world.Ask("b", ["path:x"], ticket: b) with { WaiterSession = "0197a0b1c2d3e4f5061728394a5b6c7d", TimedOut = true };
        Assert.Equal(AcquireOutcome.Timeout, _world.Acquire(otherLife).Outcome);
        Assert.Equal(["b", "c"], _world.Waiters.Values.Select(w => w.Agent));
    }
}

public class DeadlockTests
{
    private readonly PolicyWorld _world = new();

    [Fact]
    public void Two_agents_that_want_each_others_lock_are_told_of_the_cycle()
    {
        _world.Acquire("a", "path:x");
        _world.Acquire("b", "path:y");
        _world.Wait("a", "path:y");

        var verdict = _world.Acquire(_world.Ask("b", ["path:x"], waits: true));

        Assert.Equal(AcquireOutcome.Deadlock, verdict.Outcome);
        Assert.Equal(["b", "a", "b"], verdict.Cycle);
        Assert.DoesNotContain(_world.Waiters.Values, w => w.Agent == "b");
    }

    [Fact]
    public void Three_agents_in_a_ring_are_a_deadlock_also_through_globs()
    {
        _world.Acquire("a", "path:1/x");
        _world.Acquire("b", "path:2/x");
        _world.Acquire("c", "path:3/x");
        _world.Wait("a", "glob:2/*");
        _world.Wait("b", "glob:3/*");
        Assert.Equal(["c", "a", "b", "c"], _world.Acquire(_world.Ask("c", ["glob:1/*"], waits: true)).Cycle);
    }

    [Fact]
    public void Two_upgrades_wait_for_each_other()
    {
        _world.Acquire("a", "path:x", LockMode.Shared);
        _world.Acquire("b", "path:x", LockMode.Shared);
        _world.Wait("a", "path:x");
        Assert.Equal(AcquireOutcome.Deadlock, _world.Acquire(_world.Ask("b", ["path:x"], waits: true)).Outcome);
    }

    [Fact]
    public void One_upgrade_waits_for_the_others_and_then_goes_on()
    {
        _world.Acquire("a", "path:x", LockMode.Shared);
        var b = _world.Acquire("b", "path:x", LockMode.Shared).Leases[0].Lease;
        long ticket = _world.Wait("a", "path:x");
        _world.Release(b);
        Assert.Equal(LockMode.Exclusive, _world.Poll("a", ticket, "path:x").Leases[0].Lease.Mode);
    }

    [Fact]
    public void A_grant_elsewhere_can_close_the_cycle_and_the_next_look_finds_it()
    {
        var free = _world.Acquire("d", "path:y").Leases[0].Lease;
        _world.Acquire("b", "path:x");
        long b = _world.Wait("b", "path:y");
        long a = _world.Wait("a", "path:x");
        // While a waits for x it is granted y after all, from another of its requests.
        _world.Release(free);
        _world.Waiters.Remove(b);
        _world.Acquire("a", "path:y");
        Assert.Equal(AcquireOutcome.Deadlock, _world.Acquire(_world.Ask("b", ["path:y"], waits: true)).Outcome);
        Assert.Contains(a, _world.Waiters.Keys);
    }

    [Fact]
    public void A_cycle_of_another_request_of_the_agent_does_not_refuse_this_one()
    {
        _world.Acquire("a", "path:x");
        _world.Acquire("b", "path:y");
        _world.Wait("a", "path:y");
        _world.Acquire("c", "path:z");
        // a stands behind c here, and c waits for nobody.
        Assert.NotNull(_world.Acquire(_world.Ask("a", ["path:z"], waits: true)).Ticket);
    }

    [Fact]
    public void A_stale_holder_closes_no_cycle()
    {
        _world.Acquire("a", "path:x", ttl: 1);
        _world.Acquire("b", "path:y");
        _world.Wait("a", "path:y");
        _world.NowMs += 2_000;
        Assert.Equal(AcquireOutcome.Granted, _world.Acquire(_world.Ask("b", ["path:x"], waits: true)).Outcome);
    }

    [Fact]
    public void A_try_is_a_conflict_never_a_deadlock()
    {
        _world.Acquire("a", "path:x");
        _world.Acquire("b", "path:y");
        _world.Wait("a", "path:y");
        Assert.Equal(AcquireOutcome.Conflict, _world.Acquire("b", "path:x").Outcome);
    }
}
