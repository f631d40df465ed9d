using Microsoft.Extensions.Logging;
using SwarmLocks.Policy;
using SwarmLocks.Requests;

namespace SwarmLocks;

/// <content>Cleaning up after others.</content>
public sealed partial class LockManager
{
    /// <summary>How many locks one guard hold cleans up: others get their turn in between.</summary>
    private const int CleanupBatch = 32;

    private static readonly TimeSpan MinAge = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task<CleanupResult> CleanupStaleLocksAsync(
        TimeSpan? maxAge = null, bool dryRun = false, string? by = null, CancellationToken cancellationToken = default)
    {
        CheckAgent(by);
        if (maxAge < MinAge)
            throw new LockUsageException($"The age is {Durations.Format(maxAge.Value)}, which would break locks that were renewed just now: give at least {Durations.Format(MinAge)}.");
        var view = _store.Read(LockScope.All);
        var stale = Only(view, entry => !view.IsLive(entry), file => !view.IsLive(file));
        var old = Only(view, entry => maxAge is { } age && view.IsLive(entry) && entry.Session is null && LockPolicy.AgeOf(view, entry) >= age);
        if (dryRun)
            return new CleanupResult([.. LockPolicy.Leases(stale), .. LockPolicy.Leases(old)], [], [], DryRun: true);

        var outcome = new Outcome();
        await EndAllAsync(
            stale, outcome, (current, batch) => Reaped(LockPolicy.Reap(current, batch, by)), cancellationToken).ConfigureAwait(false);
        await EndAllAsync(
            old, outcome, (current, batch) => LockPolicy.Break(
                current, [.. batch.Where(t => IsStillOld(current, t, maxAge!.Value))], by ?? "cleanup", $"not renewed for {Durations.Format(maxAge!.Value)}", now: false),
            cancellationToken).ConfigureAwait(false);
        await SweepAsync(by, outcome, cancellationToken).ConfigureAwait(false);
        return Total(outcome);
    }

    /// <inheritdoc/>
    public async Task<CleanupResult> CleanupAgentLocksAsync(string agent, bool dryRun = false, string? by = null, CancellationToken cancellationToken = default)
    {
        RequestResolver.CheckAgent(agent);
        CheckAgent(by);
        var view = _store.Read(LockScope.All);
        var meant = Only(view, entry => entry.Agent == agent);
        if (dryRun)
        {
            var leases = LockPolicy.Leases(meant);
            return new CleanupResult(
                [.. leases.Where(l => l.Session is null || l.State != LeaseState.Live)], [.. leases.Where(l => l.Session is not null && l.State == LeaseState.Live)], [], DryRun: true);
        }
        var outcome = new Outcome();
        await EndAllAsync(
            meant, outcome, (current, batch) => LockPolicy.Break(current, batch, by ?? "cleanup", $"all locks of {agent} were ended", now: false),
            cancellationToken).ConfigureAwait(false);
        return Total(outcome);
    }

    /// <summary>What of <paramref name="view"/> is meant.</summary>
    private static LockView Only(LockView view, Func<LockEntry, bool> isMeant, Func<UnreadableLock, bool>? isFileMeant = null) => new()
    {
        Now = view.Now,
        LastToken = view.LastToken,
        DeadSessions = view.DeadSessions,
        Records = [.. view.Records.Where(r => r.Holders.Any(isMeant)).Select(r => r with { Holders = [.. r.Holders.Where(isMeant)] })],
        Unreadable = isFileMeant is null ? [] : [.. view.Unreadable.Where(isFileMeant)],
    };

    private static IEnumerable<Target> Targets(LockView meant)
    {
        foreach (var record in meant.Records)
        {
            foreach (var entry in record.Holders)
                yield return new Target(record.Resource.ToString(), new LeaseTarget(record.Resource, entry.LeaseId));
        }
        foreach (var file in meant.Unreadable)
            yield return new Target(file.Resource?.ToString() ?? file.File, file.Resource is { } resource ? new LeaseTarget(resource, LeaseId: null) : null);
    }

    /// <summary>Its holder may have renewed it since we looked.</summary>
    private static bool IsStillOld(LockView view, LeaseTarget target, TimeSpan age) =>
        view.Find(target.Resource)?.Holders.FirstOrDefault(e => e.LeaseId == target.LeaseId) is { } entry && LockPolicy.AgeOf(view, entry) >= age;

    private static Decision<BreakResult> Reaped(Decision<IReadOnlyList<Lease>> decision) => new(new BreakResult(decision.Result, []), decision.Changes);

    private async Task EndAllAsync(LockView meant, Outcome outcome, Ending end, CancellationToken cancellationToken)
    {
        foreach (var batch in Targets(meant).Chunk(CleanupBatch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            await EndAsync(batch, outcome, end, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task EndAsync(Target[] batch, Outcome outcome, Ending end, CancellationToken cancellationToken)
    {
        if (outcome.ShutOut is { } known)
        {
            Fail(outcome, batch, known);
            return;
        }
        try
        {
            Note(outcome, await TransactAsync(batch, end, cancellationToken).ConfigureAwait(false));
        }
        catch (LockException error)
        {
            if (await IsShutOutAsync(error, end, cancellationToken).ConfigureAwait(false))
            {
                if (outcome.IsEmpty)
                    throw;
                outcome.ShutOut = error;
            }
            else if (batch.Length > 1)
            {
                // One bad file fails its whole batch: try its neighbours without it.
                foreach (var target in batch)
                    await EndAsync([target], outcome, end, cancellationToken).ConfigureAwait(false);
                return;
            }
            Fail(outcome, batch, error);
        }
    }

    /// <summary>Whether the store itself is to blame and not one lock: then the next ones would only wait in vain, each as long as this one.</summary>
    private async Task<bool> IsShutOutAsync(LockException error, Ending end, CancellationToken cancellationToken)
    {
        if (error is not LockStoreException { Problem: var problem })
            return false;
        if (problem is StoreProblem.Busy or StoreProblem.Untrusted or StoreProblem.Moved)
            return true;
        try
        {
            // Whoever gets in when there is nothing to do was stopped by a lock.
            await TransactAsync([], end, cancellationToken).ConfigureAwait(false);
            return false;
        }
        catch (LockStoreException)
        {
            // The first error is the one to tell.
            return true;
        }
    }

    private ValueTask<BreakResult> TransactAsync(Target[] batch, Ending end, CancellationToken cancellationToken)
    {
        LeaseTarget[] leases = [.. batch.Select(t => t.Lease).OfType<LeaseTarget>()];
        // What has no resource is found by looking at everything.
        var scope = leases.Length < batch.Length ? LockScope.All : LockScope.Exactly([.. leases.Select(t => t.Resource).Distinct()]);
        return _store.TransactAsync(scope, _options.GuardTimeout, view => end(view, leases), cancellationToken);
    }

    /// <summary>Dead requests in line, and sessions that nothing names any more.</summary>
    private async Task SweepAsync(string? by, Outcome outcome, CancellationToken cancellationToken)
    {
        if (outcome.ShutOut is not null)
            return;
        try
        {
            Note(outcome, await _store.TransactAsync(
                LockScope.All, _options.GuardTimeout, view =>
                {
                    var decision = Reaped(LockPolicy.Reap(view, [], by));
                    decision.Changes!.SweepSessions = true;
                    return decision;
                },
                cancellationToken).ConfigureAwait(false));
        }
        catch (LockException error) when (!outcome.IsEmpty)
        {
            // The locks are what was asked about; this is left to the next clean-up.
            CleanupLog.NotSwept(_log, error.Message);
        }
    }

    private void Note(Outcome outcome, BreakResult ended)
    {
        foreach (var lease in ended.Broken)
        {
            outcome.Removed.Add(lease);
            CleanupLog.Removed(_log, lease.Resource ?? lease.RequestedAs, lease.Agent, lease.State);
        }
        foreach (var lease in ended.Pending)
        {
            outcome.Pending.Add(lease);
            CleanupLog.Pending(_log, lease.Agent, lease.Resource);
        }
    }

    private void Fail(Outcome outcome, Target[] batch, LockException error)
    {
        foreach (var target in batch)
        {
            outcome.Failed.Add(new Unaffected(target.Name, error.Message));
            CleanupLog.Failed(_log, target.Name, error.Message);
        }
    }

    private CleanupResult Total(Outcome outcome)
    {
        if (outcome.IsEmpty)
            CleanupLog.Nothing(_log);
        else
            CleanupLog.Total(_log, outcome.Removed.Count, outcome.Pending.Count, outcome.Failed.Count);
        return new CleanupResult(outcome.Removed, outcome.Pending, outcome.Failed, DryRun: false);
    }

    private delegate Decision<BreakResult> Ending(LockView view, LeaseTarget[] batch);

    /// <param name="Name">For people: the resource, or the file whose name does not tell it.</param>
    /// <param name="Lease">What to end; null for such a file.</param>
    private sealed record Target(string Name, LeaseTarget? Lease);

    private sealed class Outcome
    {
        public List<Lease> Removed { get; } = [];

        public List<Lease> Pending { get; } = [];

        public List<Unaffected> Failed { get; } = [];

        public bool IsEmpty => Removed.Count + Pending.Count + Failed.Count == 0;

        /// <summary>Why the store lets nobody in any more; null while it does.</summary>
        public LockException? ShutOut { get; set; }
    }
}

/// <summary>What a clean-up tells the log.</summary>
internal static partial class CleanupLog
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "No lock had to be cleaned up")]
    public static partial void Nothing(ILogger logger);

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed the lock on {Resource} of {Agent} ({State})")]
    public static partial void Removed(ILogger logger, string? resource, string agent, LeaseState state);

    [LoggerMessage(Level = LogLevel.Information, Message = "Asked {Agent} to give up the lock on {Resource}")]
    public static partial void Pending(ILogger logger, string agent, string? resource);

    [LoggerMessage(Level = LogLevel.Information, Message = "Clean-up: {Removed} removed, {Pending} pending, {Failed} failed")]
    public static partial void Total(ILogger logger, int removed, int pending, int failed);

    [LoggerMessage(Level = LogLevel.Error, Message = "The lock on {Resource} could not be cleaned up: {Why}")]
    public static partial void Failed(ILogger logger, string resource, string why);

    [LoggerMessage(Level = LogLevel.Error, Message = "What ended processes left in the store could not be removed: {Why}")]
    public static partial void NotSwept(ILogger logger, string why);
}
