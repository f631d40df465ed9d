using SwarmLocks.Policy;

namespace SwarmLocks.Tests.Unit.Policy;

/// <summary>What holders that expired or died leave behind, and what is made of it.</summary>
public class StaleHoldersTests
{
    private readonly PolicyWorld _world = new();

    [Fact]
    public void A_release_after_the_expiry_is_no_proper_one_and_keeps_the_count_of_abandonments()
    {
        _world.Acquire("a", "path:x", ttl: 1);
        _world.NowMs += 1_000;
        var late = _world.Acquire("b", "path:x", ttl: 1).Leases[0].Lease;
        _world.NowMs += 1_000;
        _world.Release(late);
        var kept = Assert.Single(_world.Records.Values);
        Assert.Empty(kept.Holders);
        Assert.Equal(1, kept.Abandoned);
    }

    [Fact]
    public void Breaking_a_lease_of_a_session_that_has_expired_or_died_ends_it_at_once()
    {
        _world.Acquire("a", "path:x", session: "s1", ttl: 1);
        _world.NowMs += 1_000;
        var expired = _world.Break("path:x");
        Assert.Single(expired.Broken);
        Assert.Empty(expired.Pending);
        _world.Acquire("a", "path:x", session: "s2");
        _world.Dead.Add("s2");
        Assert.Single(_world.Break("path:x").Broken);
        Assert.Empty(_world.Records);
    }

    [Fact]
    public void Every_stale_one_of_several_that_shared_counts()
    {
        foreach (string agent in (string[])["a", "b", "c"])
            _world.Acquire(agent, "path:x", LockMode.Shared, ttl: 1);
        _world.NowMs += 1_000;
        Assert.Equal(3, _world.Reap().Count);
        Assert.Equal(3, Assert.Single(_world.Records.Values).Abandoned);
    }

    [Fact]
    public void Whoever_comes_back_after_its_own_expiry_has_abandoned_nothing()
    {
        _world.TaskLimit = 1;
        _world.Acquire("a", "task:1", session: "s", ttl: 1);
        _world.NowMs += 1_000;
        Assert.Equal(AcquireOutcome.Abandoned, _world.Acquire("b", "task:1").Outcome);
        Assert.Equal(AcquireOutcome.Granted, _world.Acquire("a", "task:1", session: "s").Outcome);
    }

    [Fact]
    public void A_renewal_from_another_time_namespace_counts_by_the_clock_of_that_one()
    {
        var lease = _world.Acquire("a", "path:x", ttl: 10).Leases[0].Lease;
        var there = new LockView { Now = new StoreTime(5, _world.Wall.AddSeconds(5), "boot-1/time-2", _world.Wall.AddDays(-1)), LastToken = 1, Records = [.. _world.Records.Values] };
        _world.Apply(LockPolicy.Renew(there, [PolicyWorld.RefOf(lease)], ttl: null));
        var renewed = Assert.Single(_world.Records.Values.Single().Holders);
        Assert.Equal(("boot-1/time-2", 10_005L, _world.Wall.AddSeconds(15)), (renewed.Clock, renewed.ExpiresMs, renewed.ExpiresAt));
    }

    [Fact]
    public void Whoever_joins_those_that_share_takes_over_from_the_stale_ones_among_them()
    {
        _world.Acquire("a", "path:x", LockMode.Shared, ttl: 1);
        _world.NowMs += 1_000;
        var granted = Assert.Single(_world.Acquire("b", "path:x", LockMode.Shared).Leases);
        Assert.Equal("a", Assert.Single(granted.TookOver).Agent);
        var record = Assert.Single(_world.Records.Values);
        Assert.Equal("b", Assert.Single(record.Holders).Agent);
        Assert.Equal(1, record.Abandoned);
    }

    [Fact]
    public void Re_entry_extends_the_life_by_the_longer_of_the_two_ttls()
    {
        _world.Acquire("a", "path:x", ttl: 600);
        _world.NowMs += 10_000;
        Assert.Equal(_world.Wall.AddSeconds(600), _world.Acquire("a", "path:x", ttl: 60).Leases[0].Lease.ExpiresAt);
        Assert.Equal(_world.Wall.AddSeconds(900), _world.Acquire("a", "path:x", ttl: 900).Leases[0].Lease.ExpiresAt);
    }
}
