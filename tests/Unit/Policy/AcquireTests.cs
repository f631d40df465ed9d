using SwarmLocks.Policy;

namespace SwarmLocks.Tests.Unit.Policy;

public class AcquireTests
{
    private readonly PolicyWorld _world = new();

    [Fact]
    public void A_free_resource_is_granted_with_everything_the_asker_said()
    {
        var verdict = _world.Acquire("a", "path:src/x.cs", session: "s1", reason: "refactor");

        var lease = Assert.Single(verdict.Leases).Lease;
        Assert.Equal(AcquireOutcome.Granted, verdict.Outcome);
        Assert.Equal(("a", "path:src/x.cs", "s1", "refactor", LockMode.Exclusive), (lease.Agent, lease.Resource, lease.Session, lease.Reason, lease.Mode));
        Assert.Equal(_world.Wall.AddSeconds(300), lease.ExpiresAt);
        Assert.Equal(verdict.FencingToken, lease.FencingToken);
        Assert.Equal(LockEventKind.Acquired, Assert.Single(_world.Events).Event);
    }

    [Fact]
    public void Second_exclusive_acquire_conflicts_and_names_the_holder()
    {
        _world.Acquire("a", "path:x", reason: "first");

        var verdict = _world.Acquire("b", "path:x");

        Assert.Equal(AcquireOutcome.Conflict, verdict.Outcome);
        var conflict = Assert.Single(verdict.Conflicts);
        Assert.Equal(("a", "first", "x"), (conflict.Held!.Agent, conflict.Held.Reason, conflict.Witness));
        Assert.Equal("a", Assert.Single(_world.Records.Values).Holders.Single().Agent);
    }

    [Theory]
    [InlineData(LockMode.Shared, LockMode.Shared, true)]
    [InlineData(LockMode.Shared, LockMode.Exclusive, false)]
    [InlineData(LockMode.Exclusive, LockMode.Shared, false)]
    [InlineData(LockMode.Exclusive, LockMode.Exclusive, false)]
    public void Modes_exclude_on_the_same_path_and_through_globs_in_both_orders(LockMode first, LockMode second, bool together)
    {
        foreach (var (one, other) in new[] { ("path:src/x.cs", "path:src/x.cs"), ("path:src/x.cs", "glob:src/*.cs"), ("glob:src/*.cs", "path:src/x.cs"), ("path:src/", "glob:**/x.cs"), ("plan:1", "plan:1") })
        {
            var world = new PolicyWorld();
            world.Acquire("a", one, first);
            Assert.Equal(together, world.Acquire("b", other, second).Outcome == AcquireOutcome.Granted);
        }
    }

    [Fact]
    public void Several_resources_are_granted_together_with_one_token_or_not_at_all()
    {
        _world.Acquire("a", "path:y");

        var refused = _world.Acquire(_world.Ask("b", ["path:x", "path:y", "path:z"]));
        Assert.Equal("path:y", Assert.Single(refused.Conflicts).Requested);
        Assert.Equal(["path:y"], _world.Records.Keys.Select(k => k.ToString()));

        var granted = _world.Acquire(_world.Ask("b", ["path:x", "path:z"]));
        Assert.Single(granted.Leases.Select(l => l.Lease.FencingToken).Distinct());
        Assert.Equal(2, granted.Leases.Select(l => l.Lease.LeaseId).Distinct().Count());
    }

    [Fact]
    public void Re_entry_keeps_lease_and_token_replaces_the_reason_and_never_shortens_the_life()
    {
        var first = _world.Acquire("a", "path:x", ttl: 600, reason: "one").Leases[0].Lease;
        _world.NowMs += 10_000;

        var again = _world.Acquire("a", "path:x", ttl: 60, reason: "two");

        var lease = Assert.Single(again.Leases);
        Assert.True(lease.Reentrant);
        Assert.Equal((first.LeaseId, first.FencingToken, "two"), (lease.Lease.LeaseId, lease.Lease.FencingToken, lease.Lease.Reason));
        Assert.Equal(first.FencingToken, again.FencingToken);
        Assert.True(lease.Lease.ExpiresAt >= first.ExpiresAt);
        Assert.Equal(TimeSpan.FromSeconds(600), lease.Lease.Ttl);
    }

    [Fact]
    public void Re_entry_without_a_reason_keeps_the_old_one()
    {
        _world.Acquire("a", "path:x", reason: "one");
        Assert.Equal("one", _world.Acquire("a", "path:x").Leases[0].Lease.Reason);
    }

    [Fact]
    public void Shared_becomes_exclusive_only_for_the_sole_holder_and_exclusive_is_never_lowered()
    {
        _world.Acquire("a", "path:x", LockMode.Shared);
        _world.Acquire("b", "path:x", LockMode.Shared);
        Assert.Equal(AcquireOutcome.Conflict, _world.Acquire("a", "path:x").Outcome);

        _world.Release(_world.Acquire("b", "path:x", LockMode.Shared).Leases[0].Lease);
        Assert.Equal(LockMode.Exclusive, _world.Acquire("a", "path:x").Leases[0].Lease.Mode);
        Assert.Equal(LockMode.Exclusive, _world.Acquire("a", "path:x", LockMode.Shared).Leases[0].Lease.Mode);
        Assert.Equal(AcquireOutcome.Conflict, _world.Acquire("b", "path:x", LockMode.Shared).Outcome);
    }

    [Fact]
    public void Another_session_of_the_agent_gets_an_entry_of_its_own_and_the_lock_is_free_when_the_last_is_gone()
    {
        var one = _world.Acquire("a", "path:x", session: "s1").Leases[0].Lease;
        var two = _world.Acquire("a", "path:x", session: "s2").Leases[0];

        Assert.False(two.Reentrant);
        Assert.NotEqual(one.LeaseId, two.Lease.LeaseId);
        _world.Release(one);
        Assert.Equal(AcquireOutcome.Conflict, _world.Acquire("b", "path:x").Outcome);
        _world.Release(two.Lease);
        Assert.Equal(AcquireOutcome.Granted, _world.Acquire("b", "path:x").Outcome);
    }

    [Fact]
    public void Own_locks_that_overlap_do_not_conflict()
    {
        _world.Acquire("a", "path:src/x.cs");
        Assert.Equal(AcquireOutcome.Granted, _world.Acquire("a", "glob:src/**").Outcome);
    }

    [Theory]
    [InlineData("path:x")]
    [InlineData("glob:*")]
    [InlineData("path:./")]
    public void An_expired_lease_in_the_way_is_taken_over_and_told(string wanted)
    {
        var old = _world.Acquire("a", "path:x", ttl: 10).Leases[0].Lease;
        _world.NowMs += 10_000;

        var verdict = _world.Acquire("b", wanted);

        var took = Assert.Single(Assert.Single(verdict.Leases).TookOver);
        Assert.Equal((old.LeaseId, LeaseState.Expired), (took.LeaseId, took.State));
        Assert.True(verdict.FencingToken > old.FencingToken);
        Assert.DoesNotContain(_world.Records.Values.SelectMany(r => r.Holders), e => e.Agent == "a");
        Assert.Contains(_world.Events, e => e is { Event: LockEventKind.TakenOver, By: "b", Agent: "a" });
    }

    [Fact]
    public void A_lease_stands_until_the_very_millisecond_of_its_expiry()
    {
        _world.Acquire("a", "path:x", ttl: 10);
        _world.NowMs += 9_999;
        Assert.Equal(AcquireOutcome.Conflict, _world.Acquire("b", "path:x").Outcome);
        _world.NowMs += 1;
        Assert.Equal(AcquireOutcome.Granted, _world.Acquire("b", "path:x").Outcome);
    }

    [Fact]
    public void The_lease_of_a_dead_session_is_taken_over_before_its_expiry()
    {
        _world.Acquire("a", "path:x", session: "s1");
        _world.Dead.Add("s1");
        Assert.Equal(LeaseState.Dead, _world.Acquire("b", "path:x").Leases[0].TookOver.Single().State);
    }

    [Fact]
    public void A_stale_holder_elsewhere_stays_when_it_is_not_in_the_way()
    {
        _world.Acquire("a", "glob:src/**", LockMode.Shared, ttl: 1);
        _world.NowMs += 5_000;
        Assert.Empty(_world.Acquire("b", "path:src/x", LockMode.Shared).Leases[0].TookOver);
        Assert.Equal(2, _world.Records.Count);
    }

    [Fact]
    public void Whoever_comes_back_after_its_own_expiry_gets_a_new_lease_that_the_old_one_cannot_be_mistaken_for()
    {
        var old = _world.Acquire("a", "path:x", session: "s1", ttl: 10).Leases[0].Lease;
        _world.NowMs += 20_000;

        var lease = _world.Acquire("a", "path:x", session: "s1").Leases[0];

        Assert.False(lease.Reentrant);
        Assert.NotEqual(old.LeaseId, lease.Lease.LeaseId);
        Assert.True(lease.Lease.FencingToken > old.FencingToken);
        Assert.Single(_world.Records.Values.Single().Holders);
        Assert.Equal(0, _world.Records.Values.Single().Abandoned);
    }

    [Fact]
    public void Tokens_grow_also_when_the_wall_clock_and_the_counter_went_back()
    {
        long first = _world.Acquire("a", "path:x").FencingToken;
        Assert.Equal(_world.Wall.ToUnixTimeMilliseconds(), first);
        _world.NowMs -= 500_000;
        Assert.Equal(first + 1, _world.Acquire("b", "path:y").FencingToken);
    }

    [Fact]
    public void An_unreadable_file_excludes_for_a_day_and_is_then_set_aside()
    {
        var file = new UnreadableLock("f", LockResource.FromCanonical("path:x"), _world.Wall, "bad");
        _world.Unreadable.Add(file);

        Assert.Equal(LeaseState.Unreadable, Assert.Single(_world.Acquire("a", "path:x").Conflicts).Held!.State);
        Assert.Equal(AcquireOutcome.Granted, _world.Acquire("a", "path:y").Outcome);
        _world.NowMs += (long)TimeSpan.FromHours(24).TotalMilliseconds;
        Assert.Equal(AcquireOutcome.Granted, _world.Acquire("a", "path:x").Outcome);
        Assert.Empty(_world.Unreadable);
    }

    [Fact]
    public void An_unreadable_file_of_unknown_resource_excludes_everything_it_may_be_about()
    {
        _world.Unreadable.Add(new UnreadableLock("f", null, _world.Wall, "bad"));
        Assert.Equal(AcquireOutcome.Conflict, _world.Acquire("a", "path:x").Outcome);
    }

    [Fact]
    public void An_own_broken_lease_must_be_given_back_before_it_is_asked_for_again()
    {
        var lease = _world.Acquire("a", "path:x", session: "s1").Leases[0].Lease;
        _world.Break("path:x");

        var verdict = _world.Acquire("a", "path:x", session: "s1");
        Assert.Equal("breaker", Assert.Single(verdict.Conflicts).Held!.Broken!.By);
        _world.Release(lease);
        Assert.Equal(AcquireOutcome.Granted, _world.Acquire("a", "path:x", session: "s1").Outcome);
    }
}
