using SwarmLocks.Tests.Stress.History;

namespace SwarmLocks.Tests.Stress.Soak;

/// <summary>
/// An agent that does whatever agents do, in random order: takes, uses, asks again, shares, waits, renews, gives back, breaks, cleans up. It writes down
/// what it believes and when, and what it is about to do that may end a lease. Only one whose id no other process uses may hold leases without a session.
/// </summary>
internal sealed class SoakAgent(LockManager locks, HistoryWriter history, string agent, bool isAlone, Random random)
{
    private const int MostHoldings = 3;
    private const double ShortestTtlMs = 60;
    private const double LongestTtlMs = 4000;

    private readonly List<Holding> _holdings = [];

    /// <summary>No lease of an agent lasts longer.</summary>
    public static TimeSpan LongestTtl => TimeSpan.FromMilliseconds(LongestTtlMs);

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await StepAsync();
            }
            catch (LockStoreException error) when (error.Problem == StoreProblem.Busy)
            {
                // Somebody was stopped inside the guard: nothing was changed.
            }
            await Task.Delay(random.Next(0, 8), CancellationToken.None);
        }
        foreach (var holding in _holdings.ToList())
            await GiveBackAsync(holding);
    }

    private async Task StepAsync()
    {
        await LookForLossesAsync();
        if (_holdings.Count == 0)
            await StartAsync();
        else
            await GoOnAsync(_holdings[random.Next(_holdings.Count)]);
    }

    private Task StartAsync() => random.Next(100) switch
    {
        < 3 => locks.CleanupStaleLocksAsync(by: agent),
        < 5 => BreakAsync(),
        5 => locks.ResetAsync(SoakResources.Task(random), agent),
        _ => TakeAsync(NewRequest()),
    };

    private Task GoOnAsync(Holding holding) => random.Next(100) switch
    {
        < 24 => UseAsync(holding),
        < 30 => LookAsync(holding),
        < 40 => AskAgainAsync(holding),
        < 50 when _holdings.Count < MostHoldings => TakeAsync(NewRequest()),
        < 56 => RenewAsync(holding),
        < 57 => GiveBackAllAsync(),
        < 63 => GiveBackByNameAsync(holding),
        _ => GiveBackAsync(holding),
    };

    private LockRequest NewRequest() => new(agent, SoakResources.Some(random))
    {
        Mode = random.Next(10) < 3 ? LockMode.Shared : LockMode.Exclusive,
        Ttl = NewTtl(),
        Wait = random.Next(8) == 0 ? TimeSpan.FromMilliseconds(random.Next(20, 600)) : TimeSpan.Zero,
        // One at a time, so that it is plain which request a lease without a handle belongs to.
        OutlivesProcess = isAlone && random.Next(10) == 0 && _holdings.TrueForAll(h => h.Handle is not null),
        ExcludesUntilDisposed = random.Next(10) == 0,
    };

    /// <summary>Short ones as often as long ones.</summary>
    private TimeSpan NewTtl() => TimeSpan.FromMilliseconds(ShortestTtlMs * Math.Pow(LongestTtlMs / ShortestTtlMs, random.NextDouble()));

    /// <summary>The same again, for a time of its own, perhaps alone instead of shared.</summary>
    private Task AskAgainAsync(Holding holding) => TakeAsync(holding.Request with
    {
        Mode = random.Next(2) == 0 ? LockMode.Exclusive : holding.Request.Mode,
        Ttl = NewTtl(),
        Wait = TimeSpan.Zero,
    });

    private async Task TakeAsync(LockRequest request)
    {
        long asked = HistoryEntry.Now;
        AcquireResult result;
        try
        {
            result = await locks.TryAcquireAsync(request);
        }
        catch (LockExpiredException)
        {
            // Granted, but it heard of it too late to believe it.
            return;
        }
        if (!result.Granted)
            return;
        // What was lost before is lost, even if the same lease was got again just now: that is another life of it.
        await LookForLossesAsync();
        var holding = new Holding(request, result, asked);
        if (request.OutlivesProcess && _holdings.Find(h => h.Handle is null) is { } before)
        {
            // Nothing but the store knows of these, so the new answer is all that there is: as much as before, unless somebody ended a part of it.
            if (before.Ids.SequenceEqual(holding.Ids, StringComparer.Ordinal))
            {
                holding.OwnDeadline = Math.Max(holding.OwnDeadline, before.OwnDeadline);
                _holdings.Remove(before);
            }
            else
            {
                Leave([before]);
            }
        }
        history.Write((writer, now) => new Granted(
            writer, now, asked, agent, !request.OutlivesProcess, holding.DeadlineAt(now),
            [.. result.Leases.Select(l => new HeldLease(
                l.Lease.LeaseId!, l.Lease.FencingToken, l.Lease.Mode, l.Reentrant, HistoryEntry.Ticks(l.Lease.Ttl), LockResource.FromCanonical(l.Lease.Resource!)))]));
        _holdings.Add(holding);
        Use(holding);
    }

    /// <summary>Works for a moment, and makes sure of the lease before and after each piece of it.</summary>
    private async Task UseAsync(Holding holding)
    {
        for (int pieces = random.Next(1, 5); pieces > 0 && Use(holding); pieces--)
            await Task.Delay(random.Next(0, 8));
    }

    /// <summary>Whether it still has it.</summary>
    private bool Use(Holding holding)
    {
        IReadOnlyList<string> lost = [];
        history.Write((writer, now) =>
        {
            // The stamp comes first: what is true after it was true at it.
            long deadline = holding.DeadlineAt(now);
            lost = holding.LostIds();
            return lost.Count > 0 ? null : new Used(writer, now, deadline, holding.Ids);
        });
        return lost.Count == 0;
    }

    /// <summary>Asks the store whether it has what it has.</summary>
    private async Task LookAsync(Holding holding)
    {
        if (!Use(holding))
            return;
        int which = random.Next(holding.Ids.Count);
        var answer = await locks.CheckAsync(agent, [holding.Resources[which]], LockMode.Shared);
        if (Use(holding) && !answer.Held)
            history.Write((writer, now) => new Unseen(writer, now, [holding.Ids[which]]));
    }

    private async Task RenewAsync(Holding holding)
    {
        TimeSpan? ttl = random.Next(2) == 0 ? NewTtl() : null;
        if (ttl is { } given)
            history.Write((writer, now) => new Renewing(writer, now, HistoryEntry.Ticks(given), holding.Ids));
        long sent = HistoryEntry.Now;
        try
        {
            var renewed = await locks.RenewAsync(LeaseSelector.ById(agent, [.. holding.Ids]), ttl);
            holding.OwnDeadline = Math.Max(holding.OwnDeadline, sent + HistoryEntry.Ticks(renewed.Min(l => l.Ttl)));
            Use(holding);
        }
        catch (LockExpiredException error) when (holding.Handle is null)
        {
            // A lease whose answer came too late may stand, so it is given back. The others are gone, which nothing but a deadline or a break can explain.
            var lost = holding.Ids.Where((id, i) => error.Lost.Any(l => (l.Resource == holding.Resources[i] || l.Resource == id) && !IsLate(l))).ToList();
            if (lost.Count > 0)
                history.Write((writer, now) => new Lost(writer, now, lost));
            await GiveBackAsync(holding);
        }
        catch (LockExpiredException)
        {
            // The handle knows.
        }
    }

    private static bool IsLate(Unaffected lease) => lease.Why.StartsWith("the answer came", StringComparison.Ordinal);

    private async Task GiveBackAsync(Holding holding)
    {
        Leave([holding]);
        await CloseAsync([holding]);
    }

    /// <summary>Everything it has on one of the resources, with whatever handle.</summary>
    private async Task GiveBackByNameAsync(Holding holding)
    {
        string resource = holding.Resources[random.Next(holding.Resources.Count)];
        var hit = _holdings.Where(h => h.Resources.Contains(resource)).ToList();
        Leave(hit);
        await locks.ReleaseAsync(LeaseSelector.On(agent, resource));
        await CloseAsync(hit);
    }

    private async Task GiveBackAllAsync()
    {
        var all = _holdings.ToList();
        Leave(all);
        await locks.ReleaseAllAsync(agent);
        await CloseAsync(all);
    }

    private async Task CloseAsync(IEnumerable<Holding> holdings)
    {
        foreach (var holding in holdings)
        {
            if (holding.Handle is { } handle)
                await handle.DisposeAsync();
            else
                await locks.ReleaseAsync(LeaseSelector.ById(agent, [.. holding.Ids]));
        }
    }

    private async Task BreakAsync()
    {
        var others = (await locks.ListAsync()).Where(l => l.Agent != agent && l.State == LeaseState.Live).ToList();
        if (others.Count == 0)
            return;
        string id = others[random.Next(others.Count)].LeaseId!;
        bool atOnce = random.Next(4) == 0;
        history.Write((writer, now) => new Breaking(writer, now, id, atOnce));
        await locks.BreakAsync(id, agent, "the soak wants it", atOnce);
        history.Write((writer, now) => new Broke(writer, now, id));
    }

    /// <summary>Forgets what it has lost, and gives back the rest of what was granted with it.</summary>
    private async Task LookForLossesAsync()
    {
        foreach (var holding in _holdings.ToList())
        {
            var lost = _holdings.Contains(holding) ? holding.LostIds() : [];
            if (lost.Count == 0)
                continue;
            history.Write((writer, now) => new Lost(writer, now, lost));
            // Other handles on the same lease have lost it, too.
            var hit = _holdings.Where(h => h.Ids.Any(lost.Contains)).ToList();
            Leave(hit, except: lost);
            await CloseAsync(hit.Where(h => h.Handle is not null));
        }
    }

    /// <summary>Writes down that it gives up what no other holding of it has.</summary>
    private void Leave(IReadOnlyList<Holding> holdings, IReadOnlyList<string>? except = null)
    {
        _holdings.RemoveAll(holdings.Contains);
        var ids = holdings.SelectMany(h => h.Ids).Distinct().Except(_holdings.SelectMany(h => h.Ids)).Except(except ?? []).ToList();
        if (ids.Count > 0)
            history.Write((writer, now) => new Releasing(writer, now, ids));
    }
}
