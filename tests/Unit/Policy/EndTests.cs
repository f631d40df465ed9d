using SwarmLocks.Policy;

namespace SwarmLocks.Tests.Unit.Policy;

public class RenewAndReleaseTests
{
    private readonly PolicyWorld _world = new();

    [Fact]
    public void Renewing_extends_and_keeps_lease_and_token()
    {
        var lease = _world.Acquire("a", "path:x", ttl: 10).Leases[0].Lease;
        _world.NowMs += 9_000;
        var renewed = Assert.Single(_world.Renew(lease).Renewed);
        Assert.Equal((lease.LeaseId, lease.FencingToken, _world.Wall.AddSeconds(10)), (renewed.LeaseId, renewed.FencingToken, renewed.ExpiresAt));
        _world.NowMs += 9_999;
        Assert.Equal(AcquireOutcome.Conflict, _world.Acquire("b", "path:x").Outcome);
    }

    [Fact]
    public void A_new_ttl_counts_from_now_on_but_never_shortens_what_was_promised()
    {
        var lease = _world.Acquire("a", "path:x", ttl: 100).Leases[0].Lease;
        var shorter = _world.Renew(lease, TimeSpan.FromSeconds(5)).Renewed.Single();
        Assert.Equal((lease.ExpiresAt, TimeSpan.FromSeconds(5)), (shorter.ExpiresAt, shorter.Ttl));
        _world.NowMs += 99_000;
        Assert.Equal(_world.Wall.AddSeconds(5), _world.Renew(lease).Renewed.Single().ExpiresAt);
    }

    [Fact]
    public void An_expired_lease_is_not_revived_also_after_somebody_else_took_it()
    {
        var lease = _world.Acquire("a", "path:x", ttl: 1).Leases[0].Lease;
        _world.NowMs += 1_000;
        Assert.Equal(LeaseState.Expired, _world.Renew(lease).Lost.Single().Lease!.State);
        _world.Acquire("b", "path:x");
        Assert.Null(_world.Renew(lease).Lost.Single().Lease);
        Assert.Equal("b", _world.Records.Values.Single().Holders.Single().Agent);
    }

    [Fact]
    public void A_broken_lease_is_not_renewed_and_says_by_whom()
    {
        var lease = _world.Acquire("a", "path:x", session: "s").Leases[0].Lease;
        _world.Break("path:x");
        Assert.Equal("breaker", _world.Renew(lease).Lost.Single().Lease!.Broken!.By);
    }

    [Fact]
    public void Releasing_removes_the_record_and_only_the_own_entry()
    {
        var a = _world.Acquire("a", "path:x", LockMode.Shared).Leases[0].Lease;
        _world.Acquire("b", "path:x", LockMode.Shared);
        Assert.Equal(a.LeaseId, _world.Release(a).Released().Single().LeaseId);
        Assert.Equal("b", _world.Records.Values.Single().Holders.Single().Agent);
    }

    [Fact]
    public void Released_is_what_was_live_and_nothing_else()
    {
        var shared = _world.Acquire("a", "path:x", LockMode.Shared).Leases[0].Lease;
        _world.Acquire("b", "path:x", LockMode.Shared);
        var other = _world.Acquire("a", "path:z").Leases[0].Lease;
        var expired = _world.Acquire("a", "path:y", ttl: 1).Leases[0].Lease;
        var gone = _world.Acquire("a", "path:v").Leases[0].Lease;
        _world.Release(gone);
        _world.NowMs += 1_000;
        var verdict = _world.Release(expired, shared, gone, other);
        Assert.Equal([shared.LeaseId, other.LeaseId], verdict.Released().Select(lease => lease.LeaseId));
        Assert.Equal([expired.LeaseId, gone.LeaseId], verdict.Lost.Select(lost => lost.Ref.LeaseId));
        Assert.Equal(LeaseState.Expired, verdict.Lost[0].Lease!.State);
    }

    [Fact]
    public void Releasing_twice_or_after_a_takeover_touches_nobody()
    {
        var a = _world.Acquire("a", "path:x", ttl: 1).Leases[0].Lease;
        _world.NowMs += 1_000;
        _world.Acquire("b", "path:x");
        var verdict = _world.Release(a);
        Assert.Empty(verdict.Released());
        Assert.Null(verdict.Lost.Single().Lease);
        Assert.Equal("b", _world.Records.Values.Single().Holders.Single().Agent);
    }

    [Fact]
    public void Releasing_an_expired_lease_says_so_and_leaves_no_residue()
    {
        var a = _world.Acquire("a", "path:x", ttl: 1).Leases[0].Lease;
        _world.NowMs += 1_000;
        Assert.Equal(LeaseState.Expired, _world.Release(a).Lost.Single().Lease!.State);
        Assert.Empty(_world.Records);
    }
}

public class BreakAndReapTests
{
    private readonly PolicyWorld _world = new();

    [Fact]
    public void Breaking_a_live_lease_of_a_session_still_excludes_until_it_is_given_back()
    {
        var a = _world.Acquire("a", "path:x", session: "s").Leases[0].Lease;
        var result = _world.Break("path:x");
        Assert.Empty(result.Broken);
        Assert.Equal("it is urgent", Assert.Single(result.Pending).Broken!.Why);
        Assert.Equal(AcquireOutcome.Conflict, _world.Acquire("b", "path:x").Outcome);
        _world.Release(a);
        Assert.Equal(AcquireOutcome.Granted, _world.Acquire("b", "path:x").Outcome);
    }

    [Fact]
    public void A_broken_lease_ends_with_its_deadline_or_its_session()
    {
        _world.Acquire("a", "path:x", session: "s", ttl: 10);
        _world.Break("path:x");
        _world.NowMs += 10_000;
        Assert.Equal(AcquireOutcome.Granted, _world.Acquire("b", "path:x", session: "s2").Outcome);
        _world.Break("path:x");
        _world.Dead.Add("s2");
        Assert.Equal(AcquireOutcome.Granted, _world.Acquire("c", "path:x").Outcome);
    }

    [Fact]
    public void Breaking_without_a_session_or_at_once_ends_it_now()
    {
        _world.Acquire("a", "path:x");
        Assert.Single(_world.Break("path:x").Broken);
        _world.Acquire("a", "path:x", session: "s");
        Assert.Single(_world.Break("path:x", now: true).Broken);
        Assert.Empty(_world.Records);
        Assert.Contains("exclusion given up", _world.Events[^1].Why, StringComparison.Ordinal);
    }

    [Fact]
    public void The_first_break_stands()
    {
        _world.Acquire("a", "path:x", session: "s");
        _world.Break("path:x");
        var first = _world.Records.Values.Single().Holders.Single().Broken!.At;
        _world.NowMs += 5_000;
        Assert.Equal(first, _world.Break("path:x").Pending.Single().Broken!.At);
        Assert.Single(_world.Events, e => e.Event == LockEventKind.BreakAsked);
    }

    [Fact]
    public void Breaking_an_unreadable_file_sets_it_aside()
    {
        _world.Unreadable.Add(new UnreadableLock("f", LockResource.FromCanonical("path:x"), _world.Wall, "bad"));
        Assert.Equal(LeaseState.Unreadable, _world.Break("path:x").Broken.Single().State);
        Assert.Empty(_world.Unreadable);
    }

    [Fact]
    public void Reaping_removes_only_what_is_stale()
    {
        _world.Acquire("a", "path:x", ttl: 1);
        _world.Acquire("b", "path:y", session: "s");
        _world.Acquire("c", "path:z");
        _world.Dead.Add("s");
        _world.NowMs += 1_000;
        Assert.Equal([("a", LeaseState.Expired), ("b", LeaseState.Dead)], _world.Reap().Select(l => (l.Agent, l.State)));
        Assert.Equal("path:z", _world.Records.Values.Single(r => r.Holders.Count > 0).Resource.ToString());
        Assert.Empty(_world.Reap());
    }

    [Fact]
    public void The_third_abandonment_of_a_task_refuses_the_next_until_a_reset()
    {
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(AcquireOutcome.Granted, _world.Acquire($"a{i}", "task:1", ttl: 1).Outcome);
            _world.NowMs += 1_000;
        }
        Assert.Equal(AcquireOutcome.Abandoned, _world.Acquire("b", "task:1").Outcome);
        Assert.Equal(["task:1"], _world.Reset("task:1"));
        Assert.Equal(AcquireOutcome.Granted, _world.Acquire("b", "task:1").Outcome);
        Assert.Empty(_world.Reset("task:1"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void The_count_does_not_depend_on_whether_a_clean_up_came_by(bool reap)
    {
        for (int i = 0; i < 3; i++)
        {
            _world.Acquire($"a{i}", "task:1", ttl: 1);
            _world.NowMs += 1_000;
            if (reap)
                _world.Reap();
        }
        Assert.Equal(AcquireOutcome.Abandoned, _world.Acquire("b", "task:1").Outcome);
        Assert.Single(_world.Records);
    }

    [Fact]
    public void A_proper_release_clears_the_count()
    {
        _world.Acquire("a", "task:1", ttl: 1);
        _world.NowMs += 1_000;
        var b = _world.Acquire("b", "task:1").Leases[0].Lease;
        Assert.Equal(1, _world.Records.Values.Single().Abandoned);
        _world.Release(b);
        Assert.Empty(_world.Records);
    }

    [Fact]
    public void Re_entry_after_a_shortened_renewal_does_not_shorten_what_was_promised()
    {
        var lease = _world.Acquire("a", "path:x", ttl: 300).Leases[0].Lease;
        _world.Renew(lease, TimeSpan.FromSeconds(1));
        Assert.Equal(lease.ExpiresAt, _world.Acquire("a", "path:x", ttl: 5).Leases[0].Lease.ExpiresAt);
    }

    [Fact]
    public void An_old_unreadable_file_is_stale_to_everybody_and_set_aside_by_a_clean_up()
    {
        var file = new UnreadableLock("f", LockResource.FromCanonical("path:x"), _world.Wall.AddDays(-2), "bad");
        _world.Unreadable.Add(file);
        Assert.Equal(LeaseState.Expired, LockPolicy.Leases(_world.View).Single().State);
        Assert.Equal(LeaseState.Expired, _world.Reap().Single().State);
        Assert.Empty(_world.Unreadable);
    }

    [Fact]
    public void A_reaped_lock_keeps_its_count_of_abandonments_until_a_proper_release()
    {
        _world.Acquire("a", "path:x", ttl: 1);
        _world.NowMs += 1_000;
        _world.Reap();
        var kept = Assert.Single(_world.Records.Values);
        Assert.Empty(kept.Holders);
        Assert.Equal(1, kept.Abandoned);
        Assert.Empty(LockPolicy.Leases(_world.View));

        // Nobody is in the way, and whoever gives it back properly leaves nothing.
        var next = _world.Acquire("b", "path:x", ttl: 10);
        Assert.Equal(AcquireOutcome.Granted, next.Outcome);
        _world.Release(next.Leases[0].Lease);
        Assert.Empty(_world.Records);
    }

    [Fact]
    public void A_reset_leaves_nothing_of_an_empty_record()
    {
        _world.Acquire("a", "path:x", ttl: 1);
        _world.NowMs += 1_000;
        _world.Reap();
        Assert.Equal(["path:x"], _world.Reset("path:x"));
        Assert.Empty(_world.Records);
    }
}
