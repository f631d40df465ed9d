using FsCheck;
using FsCheck.Fluent;
using SwarmLocks.Policy;

namespace SwarmLocks.Tests.Unit.Policy;

/// <summary>Random sequences of operations on the real policy, watched by a model so naive that it cannot share its mistakes.</summary>
public class PolicyModelTests
{
    private static readonly string[] Resources = ["path:a", "path:b", "path:d/x", "path:d/", "glob:*", "glob:d/*", "glob:{a,d/x}", "plan:1", "task:1"];

    // What each resource stands for, spelt out.
    private static readonly string[][] Meaning =
        [["a"], ["b"], ["d/x"], ["d", "d/x", "d/y"], ["a", "b", "d"], ["d/x", "d/y"], ["a", "d/x"], ["plan:1"], ["task:1"]];

    private sealed record Step(int Kind, int Agent, int Session, int Resource, int Second, bool Shared, int Ms);

    private static readonly Gen<Step> Steps =
        from kind in Gen.Frequency((5, Gen.Constant(0)), (3, Gen.Constant(1)), (3, Gen.Choose(2, 12)))
        from agent in Gen.Choose(0, 3)
        from session in Gen.Choose(0, 2)
        from resource in Gen.Choose(0, Resources.Length - 1)
        from second in Gen.Choose(-6, Resources.Length - 1)
        from shared in Gen.Elements(true, false)
        from ms in Gen.Elements(0, 1, 900, 1_000, 4_000, 12_000)
        select new Step(kind, agent, session, resource, second, shared, ms);

    [Fact]
    public void No_sequence_of_operations_breaks_a_promise() =>
        Prop.ForAll(Steps.ListOf(60).ToArbitrary(), steps =>
        {
            Shortest(steps);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    /// <summary>Drops steps while the sequence still fails, so that what is reported is short.</summary>
    private static void Shortest(IReadOnlyList<Step> steps)
    {
        if (Fails(steps) is null)
            return;
        for (int i = steps.Count - 1; i >= 0; i--)
        {
            Step[] without = [.. steps.Take(i), .. steps.Skip(i + 1)];
            if (Fails(without) is not null)
                steps = without;
        }
        Assert.Fail($"{Fails(steps)!.Message}\n{string.Join("\n", steps)}");
    }

    private static Exception? Fails(IEnumerable<Step> steps)
    {
        var run = new Run();
        return Record.Exception(() =>
        {
            foreach (var step in steps)
                run.Take(step);
        });
    }

    private sealed class Run
    {
        private readonly PolicyWorld _world = new() { TaskLimit = 3 };
        private readonly Dictionary<string, Promise> _promises = [];
        private readonly List<Place> _line = [];
        private long _lastToken;
        private int _sessions = 3;
        private readonly string[] _session = ["s0", "s1", "s2"];

        private sealed record Place(long Ticket, string Agent, string? Session, int[] Wanted, bool Shared, long LookedAt);

        private sealed record Promise(string Agent, string? Session, int Resource, bool Shared, long UntilMs);

        public void Take(Step step)
        {
            _world.NowMs += step.Ms;
            string agent = $"agent{step.Agent}";
            string? session = step.Session == 2 ? null : $"{agent}/{_session[step.Session]}";
            int[] wanted = step.Second < 0 || step.Second == step.Resource ? [step.Resource] : [step.Resource, step.Second];
            switch (step.Kind)
            {
                case 0:
                    Ask(agent, session, wanted, step.Shared, waits: false, place: null);
                    break;
                case 1:
                    Ask(agent, session, wanted, step.Shared, waits: true, place: null);
                    break;
                case 2 or 3 when _line.Count > 0:
                    var place = _line[(step.Resource + step.Agent) % _line.Count];
                    _line.Remove(place);
                    // Who is dead does not ask again.
                    if (place.Session is null || !_world.Dead.Contains(place.Session))
                        Ask(place.Agent, place.Session, place.Wanted, place.Shared, waits: step.Shared, place);
                    break;
                case 4 or 5 when Pick(step) is { } held:
                    _world.Apply(LockPolicy.Release(_world.View, [Ref(held.Key, held.Value)]));
                    _promises.Remove(held.Key);
                    break;
                case 6 when Pick(step) is { } held:
                    foreach (var renewed in _world.Apply(LockPolicy.Renew(_world.View, [Ref(held.Key, held.Value)], ttl: null)).Renewed)
                        Promised(renewed, held.Value.Resource, held.Value.Shared);
                    break;
                case 7:
                    foreach (var gone in _world.Reap())
                        Gone(gone, stale: true);
                    break;
                case 8:
                    foreach (var gone in _world.Break(Resources[step.Resource], now: step.Shared).Broken)
                        Gone(gone, stale: false);
                    break;
                case 9:
                    string dead = $"{agent}/{_session[step.Session % 2]}";
                    _world.Dead.Add(dead);
                    _session[step.Session % 2] = $"s{_sessions++}";
                    break;
                case 10 or 11 when _line.Count > 0:
                    var left = _line[(step.Resource + step.Agent) % _line.Count];
                    _line.Remove(left);
                    _world.Apply(LockPolicy.Leave(_world.View, _world.Ask(left.Agent, [Resources[left.Wanted[0]]], session: left.Session, ticket: left.Ticket)));
                    Assert.DoesNotContain(left.Ticket, _world.Waiters.Keys);
                    break;
                case 12:
                    _world.Reset(Resources[step.Resource]);
                    Assert.DoesNotContain(_world.Records.Values, r => r.Resource.ToString() == Resources[step.Resource] && r.Abandoned > 0);
                    break;
            }
            Check();
        }

        private void Ask(string agent, string? session, int[] wanted, bool shared, bool waits, Place? place)
        {
            var before = _world.View;
            var ask = _world.Ask(agent, [.. wanted.Select(i => Resources[i])], shared ? LockMode.Shared : LockMode.Exclusive, session, waits, place?.Ticket, ttl: 5);
            // Whoever stood in line and does not wait any more looks for the last time.
            var verdict = _world.Acquire(ask with { TimedOut = !waits && place is not null });
            // Whoever lost its place comes after everybody.
            long? ticket = place is not null && InLine(place) ? place.Ticket : null;
            var earlier = _line.Where(l => l.Agent != agent && InLine(l) && (ticket is null || l.Ticket < ticket)
                && !(shared && l.Shared) && wanted.Any(w => l.Wanted.Any(p => Meet(w, p)))).ToList();
            bool blocked = _promises.Values.Any(p => Stands(p) && p.Agent != agent && wanted.Any(w => Meet(w, p.Resource)) && !(shared && p.Shared));
            if (verdict.Outcome == AcquireOutcome.Granted)
            {
                Assert.False(blocked, "granted over a live lease");
                foreach (var passed in earlier)
                    Assert.True(WaitsFor(before, passed.Agent, agent), $"{agent} passed {passed.Agent}, who does not wait for it");
                Assert.True(verdict.FencingToken >= 0);
                foreach (var (lease, index) in verdict.Leases.Select((l, i) => (l, i)))
                {
                    if (!lease.Reentrant)
                        Assert.True(lease.Lease.FencingToken > _lastToken, "an old token was given out again");
                    foreach (var gone in lease.TookOver)
                        Gone(gone, stale: true);
                    Promised(lease.Lease, wanted[index], lease.Lease.Mode == LockMode.Shared);
                }
                _lastToken = Math.Max(_lastToken, verdict.FencingToken);
            }
            else if (verdict.Ticket is { } number)
            {
                Assert.True(waits, "put in line without having asked for it");
                Assert.True(blocked || earlier.Count > 0 || Broken(agent, session, wanted), "put in line although nobody stood in the way");
                _lastToken = Math.Max(_lastToken, number);
                _line.Add(new Place(number, agent, session, wanted, shared, _world.NowMs));
            }
            else if (verdict.Outcome is AcquireOutcome.Conflict or AcquireOutcome.Timeout)
            {
                Assert.Equal(place is null ? AcquireOutcome.Conflict : AcquireOutcome.Timeout, verdict.Outcome);
                Assert.True(blocked || earlier.Count > 0 || Broken(agent, session, wanted), "refused although nobody stood in the way");
            }
        }

        /// <summary>Whether somebody is stuck until <paramref name="other"/> moves, by brute force over everything the view shows.</summary>
        private static bool WaitsFor(LockView view, string agent, string other)
        {
            var reached = new HashSet<string> { agent };
            for (int round = 0; round < 6; round++)
            {
                foreach (var waiter in view.Waiters.Where(w => view.IsLive(w) && reached.Contains(w.Agent)).ToList())
                {
                    var holders = from record in view.Records
                                  where waiter.Resources.Any(r => Meet(IndexOf(r), IndexOf(record.Resource))) && !(waiter.Mode == LockMode.Shared && record.Mode == LockMode.Shared)
                                  from entry in record.Holders
                                  where view.IsLive(entry) && entry.Agent != waiter.Agent
                                  select entry.Agent;
                    var ahead = from earlier in view.Waiters
                                where view.IsLive(earlier) && earlier.Ticket < waiter.Ticket && earlier.Agent != waiter.Agent
                                    && earlier.Resources.Any(e => waiter.Resources.Any(r => Meet(IndexOf(r), IndexOf(e))))
                                select earlier.Agent;
                    reached.UnionWith(holders.Concat(ahead));
                }
            }
            return reached.Contains(other);
        }

        private void Promised(Lease lease, int resource, bool shared)
        {
            _promises[lease.LeaseId!] = new Promise(lease.Agent, lease.Session, resource, shared, _world.NowMs + 5_000);
            // A lock has one mode: raising it raises it for the agent's other sessions too.
            foreach (var (id, sibling) in _promises.Where(p => p.Value.Agent == lease.Agent && p.Value.Resource == resource && !shared).ToList())
                _promises[id] = sibling with { Shared = false };
        }

        private void Gone(Lease lease, bool stale)
        {
            if (!_promises.Remove(lease.LeaseId!, out var promise))
                return;
            Assert.True(!stale || !Stands(promise), "a live lease was taken for a stale one");
        }

        private void Check()
        {
            var standing = _promises.Where(p => Stands(p.Value)).ToList();
            foreach (var (id, one) in standing)
            {
                Assert.True(_world.Records.Values.SelectMany(r => r.Holders).Any(e => e.LeaseId == id), $"the lease of {one.Agent} on {Resources[one.Resource]} vanished");
                foreach (var (_, two) in standing.Where(s => s.Value.Agent != one.Agent && Meet(s.Value.Resource, one.Resource)))
                    Assert.True(one.Shared && two.Shared, $"{one.Agent} and {two.Agent} both hold {Resources[one.Resource]}");
            }
        }

        private bool Broken(string agent, string? session, int[] wanted) => _world.Records.Values.Where(r => wanted.Contains(IndexOf(r.Resource)))
            .SelectMany(r => r.Holders).Any(e => e.Agent == agent && e.Session == session && e.Broken is not null);

        private bool Stands(Promise p) => _world.NowMs < p.UntilMs && !(p.Session is { } s && _world.Dead.Contains(s));

        private bool InLine(Place place) => _world.NowMs < place.LookedAt + 10_000 && !(place.Session is { } s && _world.Dead.Contains(s));

        private KeyValuePair<string, Promise>? Pick(Step step) =>
            _promises.Count == 0 ? null : _promises.ElementAt((step.Resource + step.Agent) % _promises.Count);

        private static LeaseRef Ref(string id, Promise promise) => new(LockResource.FromCanonical(Resources[promise.Resource]), id);

        private static int IndexOf(LockResource resource) => Array.IndexOf(Resources, resource.ToString());

        private static bool Meet(int one, int two) => Meaning[one].Intersect(Meaning[two]).Any();
    }
}
