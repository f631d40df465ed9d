using System.Diagnostics;
using System.Globalization;

namespace SwarmLocks.Tests.Stress.Worker;

/// <summary>
/// An agent that takes leases of some milliseconds and renews them shortly before they lapse or when they have, while others (and itself) clean up: every renewal races
/// a clean-up and a takeover. It writes down when it was entitled to believe that it held what, and which leases it knows to have ended.
/// </summary>
internal sealed class LeaseChurn
{
    private const int Resources = 12;
    private static readonly TimeSpan AimBefore = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan AimAfter = TimeSpan.FromMilliseconds(3);

    // Ten times what it takes. Whoever gets nowhere has to end, so that the test can say so.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly LockManager _locks;
    private readonly string _agent;
    private readonly Random _random;
    private readonly List<Belief> _beliefs = [];
    private readonly HashSet<string> _gone = new(StringComparer.Ordinal);
    private readonly HashSet<string> _lapsed = new(StringComparer.Ordinal);
    private Belief? _held;
    private TimeSpan _ttl;
    private long _expiredBy;
    private int _renewed;
    private int _cleanedUp;

    private LeaseChurn(LockManager locks, string agent, int seed) => (_locks, _agent, _random) = (locks, agent, new Random(seed));

    /// <summary>
    /// Goes on until so many renewals were granted and so many clean-ups have removed something, then writes what it believed to a file of the agent's name.
    /// </summary>
    /// <returns>How many it were: <c>churned renewals clean-ups</c>.</returns>
    public static async Task<string> RunAsync(LockManager locks, Tree tree, string agent, int seed, int renewals, int cleanups)
    {
        var churn = new LeaseChurn(locks, agent, seed);
        long start = Belief.Now;
        while ((churn._renewed < renewals || churn._cleanedUp < cleanups) && Stopwatch.GetElapsedTime(start) < Patience)
            await churn.StepAsync();
        if (churn._held is not null)
            await churn.ReleaseAsync();
        await File.WriteAllLinesAsync(tree.File($"beliefs-{agent}"), churn._beliefs.Select(b => b.ToString()));
        return string.Create(CultureInfo.InvariantCulture, $"churned {churn._renewed} {churn._cleanedUp}");
    }

    private Task StepAsync() => (_held, _random.Next(10)) switch
    {
        (_, 0) => LookAsync(),
        (_, 1 or 2) => CleanUpAsync(),
        (null, 3) => HoldByHandleAsync(),
        (null, _) => TakeAsync(),
        (_, 3) => ReleaseAsync(),
        _ => RenewAsync(),
    };

    private async Task TakeAsync()
    {
        _ttl = TimeSpan.FromMilliseconds(_random.Next(20, 40));
        long sent = Belief.Now;
        try
        {
            var result = await _locks.TryAcquireAsync(Request() with { OutlivesProcess = true });
            if (!result.Granted)
                return;
            var lease = result.Leases[0];
            _gone.UnionWith(lease.TookOver.Select(l => l.LeaseId!));
            _held = new Belief(lease.Lease.Resource!, lease.Lease.LeaseId!, Belief.Now, sent + Ticks(_ttl));
            // It may be a lease of our own that we heard of too late: then it has the longer TTL of the two.
            _ttl = lease.Lease.Ttl;
            _expiredBy = ExpiredBy();
        }
        catch (LockExpiredException)
        {
            // Granted, but we heard of it too late to believe it.
        }
    }

    private async Task RenewAsync()
    {
        await AimAsync();
        long sent = Belief.Now;
        try
        {
            await _locks.RenewAsync(LeaseSelector.ById(_agent, _held!.LeaseId));
            Assert.True(sent < _expiredBy, "An expired lease was revived.");
            _renewed++;
            _held = _held with { Until = sent + Ticks(_ttl) };
            _expiredBy = ExpiredBy();
        }
        catch (LockExpiredException)
        {
            // An answer that comes too late says "lost" of a lease that was renewed; it lapses on its own.
            End(Belief.Now - sent < Ticks(_ttl) ? _lapsed : []);
        }
    }

    private async Task ReleaseAsync()
    {
        _held = _held! with { Until = Math.Min(_held!.Until, Belief.Now) };
        await _locks.ReleaseAsync(LeaseSelector.ById(_agent, _held.LeaseId));
        End(_gone);
    }

    /// <summary>The same with a handle, which renews by itself: it may be believed as long as it says so.</summary>
    private async Task HoldByHandleAsync()
    {
        _ttl = TimeSpan.FromMilliseconds(_random.Next(5, 20));
        try
        {
            var result = await _locks.TryAcquireAsync(Request());
            if (result.Handle is not { } handle)
                return;
            await using (handle)
            {
                long from = Belief.Now;
                handle.ThrowIfLost();
                _held = new Belief(result.Leases[0].Lease.Resource!, result.Leases[0].Lease.LeaseId!, from, from);
                for (int looks = _random.Next(1, 50); looks > 0; looks--)
                {
                    await Task.Yield();
                    long now = Belief.Now;
                    handle.ThrowIfLost();
                    _held = _held with { Until = now };
                }
            }
        }
        catch (LockExpiredException)
        {
            // It told us; what we believed until then stands.
        }
        if (_held is not null)
            End(_gone);
    }

    private async Task CleanUpAsync()
    {
        var result = await _locks.CleanupStaleLocksAsync(by: _agent);
        Assert.Empty(result.Failed);
        _cleanedUp += result.Removed.Count > 0 ? 1 : 0;
        _gone.UnionWith(result.Removed.Select(l => l.LeaseId!));
    }

    /// <summary>What was released, reaped or taken over must not be there any more; what a renewal was refused for may be, but never live.</summary>
    private async Task LookAsync()
    {
        var back = (await _locks.ListAsync()).Where(
            l => _gone.Contains(l.LeaseId!) || (l.State == LeaseState.Live && _lapsed.Contains(l.LeaseId!))).ToList();
        Assert.True(back.Count == 0, "Resurrected: " + string.Join(", ", back));
    }

    /// <summary>Granted by now, so expired by then, give or take the rounding up to whole milliseconds.</summary>
    private long ExpiredBy() => Belief.Now + Ticks(_ttl + TimeSpan.FromMilliseconds(2));

    private void End(HashSet<string> ended)
    {
        _beliefs.Add(_held!);
        ended.Add(_held!.LeaseId);
        _held = null;
    }

    private LockRequest Request() =>
        new(_agent, $"src/hot-{_random.Next(Resources).ToString(CultureInfo.InvariantCulture)}") { Ttl = _ttl };

    /// <summary>Until about the instant at which the lease lapses: some time before it or just after.</summary>
    private async Task AimAsync()
    {
        long target = _held!.Until + Ticks((_random.NextDouble() * (AimBefore + AimAfter)) - AimBefore);
        while (Belief.Now < target)
            await Task.Yield();
    }

    private static long Ticks(TimeSpan span) => (long)(span.TotalSeconds * Stopwatch.Frequency);
}
