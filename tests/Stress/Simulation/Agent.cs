namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>Does what its role says, with the library as anybody would use it, and tells the oracle what it believes.</summary>
internal sealed class Agent(SimProcess process, LockManager locks, Role role, SimMachine machine, Oracle oracle)
{
    public async Task PlayAsync()
    {
        foreach (var act in role.Acts)
        {
            try
            {
                await DoAsync(act).ConfigureAwait(false);
            }
            catch (Exception error) when (error is LockExpiredException or LockDeadlockException || IsExpected(error as LockStoreException))
            {
                // Lost, or the store was busy because its guard was held by somebody who stood still: both are answers.
                machine.Tell(process, $"{role.Agent}: {error.Message}");
            }
        }
    }

    /// <summary>After somebody deleted the store under them the processes may find anything but a lock that excludes nobody.</summary>
    private bool IsExpected(LockStoreException? error) => error is not null && (error.Problem == StoreProblem.Busy || oracle.StoreWasReplaced);

    private Task DoAsync(Act act) => act.Deed switch
    {
        Deed.Hold or Deed.HoldTwice or Deed.HoldAndRenew => HoldAsync(act),
        Deed.HoldWithoutSession => HoldWithoutSessionAsync(act),
        Deed.ReleaseAll => locks.ReleaseAllAsync(role.Agent),
        Deed.Break or Deed.BreakNow => locks.BreakAsync(act.Resources[0], role.Agent, "it is urgent", act.Deed == Deed.BreakNow),
        Deed.CleanUp => locks.CleanupStaleLocksAsync(),
        Deed.CleanUpAgent => locks.CleanupAgentLocksAsync("agent-0"),
        _ => AskAsync(act),
    };

    private LockRequest Request(Act act) => new(role.Agent, act.Resources)
    {
        Mode = act.Mode,
        Ttl = TimeSpan.FromMilliseconds(act.TtlMs),
        Wait = TimeSpan.FromMilliseconds(act.WaitMs),
        OutlivesProcess = act.Deed == Deed.HoldWithoutSession,
    };

    private async Task HoldAsync(Act act)
    {
        var request = Request(act);
        if (await TakeAsync(request).ConfigureAwait(false) is not { } belief)
            return;
        foreach (int pause in act.Pauses)
        {
            await process.SleepAsync(pause).ConfigureAwait(false);
            if (!IsStillOurs(belief))
                break;
            if (act.Deed == Deed.HoldAndRenew)
                await RenewAsync(act).ConfigureAwait(false);
            if (act.Deed == Deed.HoldTwice && await TakeAsync(request with { Wait = TimeSpan.Zero }).ConfigureAwait(false) is { } second)
            {
                IsStillOurs(second);
                await GiveUpAsync(second).ConfigureAwait(false);
            }
        }
        IsStillOurs(belief);
        await GiveUpAsync(belief).ConfigureAwait(false);
    }

    private async Task HoldWithoutSessionAsync(Act act)
    {
        if (await TakeAsync(Request(act)).ConfigureAwait(false) is not { } belief)
            return;
        foreach (int pause in act.Pauses)
        {
            await process.SleepAsync(pause).ConfigureAwait(false);
            oracle.Check(belief);
        }
        oracle.End(belief);
        await locks.ReleaseAsync(LeaseSelector.ById(role.Agent, belief.LeaseIds)).ConfigureAwait(false);
    }

    private async Task<Belief?> TakeAsync(LockRequest request)
    {
        long sent = machine.Now;
        var result = await locks.TryAcquireAsync(request).ConfigureAwait(false);
        if (result.Granted)
            return oracle.Begin(process, request, result, sent);
        machine.Tell(process, result.Message);
        return null;
    }

    private async Task GiveUpAsync(Belief belief)
    {
        oracle.End(belief);
        await belief.Handle!.DisposeAsync().ConfigureAwait(false);
    }

    private async Task RenewAsync(Act act)
    {
        try
        {
            await locks.RenewAsync(LeaseSelector.On(role.Agent, act.Resources)).ConfigureAwait(false);
        }
        catch (LockExpiredException)
        {
            // The handle knows it as well.
        }
    }

    private bool IsStillOurs(Belief belief)
    {
        try
        {
            belief.Handle!.ThrowIfLost();
            oracle.Check(belief);
            oracle.CheckAnswer(belief, locks);
            return true;
        }
        catch (LockExpiredException error)
        {
            machine.Tell(process, error.Message);
            return false;
        }
    }

    private async Task AskAsync(Act act)
    {
        await locks.WhoHasAsync(act.Resources[0]).ConfigureAwait(false);
        await locks.CheckAsync(role.Agent, act.Resources).ConfigureAwait(false);
        await locks.ListAsync().ConfigureAwait(false);
    }
}
