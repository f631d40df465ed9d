using SwarmLocks.Policy;

namespace SwarmLocks.Tests.Unit.Policy;

/// <summary>What those in line are told about it.</summary>
public class LineTests
{
    private readonly PolicyWorld _world = new();

    [Fact]
    public void Of_two_cycles_the_shorter_is_told()
    {
        _world.Acquire("a", "path:own");
        _world.Acquire("b", "path:far");
        _world.Acquire("c", "path:between");
        _world.Acquire("d", "path:near");
        _world.Wait("b", "path:between");
        _world.Wait("c", "path:own");
        _world.Wait("d", "path:own");
        var verdict = _world.Acquire(_world.Ask("a", ["path:far", "path:near"], waits: true));
        Assert.Equal(AcquireOutcome.Deadlock, verdict.Outcome);
        Assert.Equal(["a", "d", "a"], verdict.Cycle);
    }

    [Fact]
    public void Whoever_waits_stands_behind_the_last_before_it()
    {
        _world.Acquire("a", "path:x");
        _world.Wait("b", "path:x");
        long c = _world.Wait("c", "path:x");
        var verdict = _world.Acquire(_world.Ask("d", ["path:x"], waits: true));
        Assert.Equal(2, verdict.Ahead);
        Assert.Equal(("c", c), (verdict.Behind!.Agent, verdict.Behind.Ticket));
    }

    [Fact]
    public void Dead_and_expired_requests_are_not_shown_as_waiting()
    {
        _world.Acquire("a", "path:x");
        _world.Wait("b", "path:x");
        _world.NowMs += 11_000;
        _world.Acquire(_world.Ask("c", ["path:x"], session: "s", waits: true));
        _world.Wait("d", "path:x");
        _world.Dead.Add("s");
        // As it stands in the store while nobody has come by under the guard.
        _world.Waiters[1] = _world.Waiters.Values.First() with { Ticket = 1, Agent = "b", Session = null, ExpiresMs = _world.NowMs };
        Assert.Equal(["d"], LockPolicy.Waiting(_world.View).Select(w => w.Agent));
        Assert.Equal(["d"], LockPolicy.Waiting(_world.View, LockResource.FromCanonical("path:x")).Select(w => w.Agent));
    }
}
