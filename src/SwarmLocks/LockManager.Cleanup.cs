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
        var stale = Targets(view, (_, entry) => !view.IsLive(entry));
        var old = Targets(view, (_, entry) => maxAge is { } age && view.IsLive(entry) && entry.Session is null && LockPolicy.AgeOf(view, entry) >= age);
        if (dryRun)
            return new CleanupResult(Leases(view, [.. stale, .. old]), [], [], DryRun: true);

        var outcome = new Outcome();
        await InBatchesAsync(
            stale, outcome, (current, batch) => Reaped(LockPolicy.Reap(current, batch, by)), cancellationToken).ConfigureAwait(false);
        await InBatchesAsync(
            old, outcome, (current, batch) => LockPolicy.Break(
                current, [.. batch.Where(t => IsStillOld(current, t, maxAge!.Value))], by ?? "cleanup", $"not renewed for {Durations.Format(maxAge!.Value)}", now: false),
            cancellationToken).ConfigureAwait(false);
        await SweepAsync(by, outcome, cancellationToken).ConfigureAwait(false);
        return Logged(outcome);
    }

    /// <inheritdoc/>
    public async Task<CleanupResult> CleanupAgentLocksAsync(string agent, bool dryRun = false, string? by = null, CancellationToken cancellationToken = default)
    {
        RequestResolver.CheckAgent(agent);
        CheckAgent(by);
        var view = _store.Read(LockScope.All);
        var targets = Targets(view, (_, entry) => entry.Agent == agent);
        if (dryRun)
        {
            var leases = Leases(view, targets);
            return new CleanupResult(
                [.. leases.Where(l => l.Session is null || l.State != LeaseState.Live)], [.. leases.Where(l => l.Session is not null && l.State == LeaseState.Live)], [], DryRun: true);
        }
        var outcome = new Outcome();
        await InBatchesAsync(
            targets, outcome, (current, batch) => LockPolicy.Break(current, batch, by ?? "cleanup", $"all locks of {agent} were ended", now: false),
            cancellationToken).ConfigureAwait(false);
        return Logged(outcome);
    }

    private static List<LeaseTarget> Targets(LockView view, Func<LockRecord, LockEntry, bool> isMeant) =>
    [
        .. from record in view.Records
           from entry in record.Holders
           where isMeant(record, entry)
           select new LeaseTarget(record.Resource, entry.LeaseId),
    ];

    private static List<Lease> Leases(LockView view, IReadOnlyList<LeaseTarget> targets) =>
        [.. LockPolicy.Leases(view).Where(l => targets.Any(t => t.LeaseId == l.LeaseId))];

    /// <summary>Its holder may have renewed it since we looked.</summary>
    private static bool IsStillOld(LockView view, LeaseTarget target, TimeSpan age) =>
        view.Find(target.Resource)?.Holders.FirstOrDefault(e => e.LeaseId == target.LeaseId) is { } entry && LockPolicy.AgeOf(view, entry) >= age;

    private static Decision<BreakResult> Reaped(Decision<IReadOnlyList<Lease>> decision) => new(new BreakResult(decision.Result, []), decision.Changes);

    private async Task InBatchesAsync(
        List<LeaseTarget> targets, Outcome outcome, Func<LockView, LeaseTarget[], Decision<BreakResult>> end, CancellationToken cancellationToken)
    {
        foreach (var batch in targets.Chunk(CleanupBatch))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (await TryEndAsync(batch, outcome, end, cancellationToken).ConfigureAwait(false) is null)
                continue;
            // One bad file fails its whole batch: try its neighbours without it.
            foreach (var target in batch)
            {
                if (await TryEndAsync([target], outcome, end, cancellationToken).ConfigureAwait(false) is { } error)
                    outcome.Failed.Add(new Unaffected(target.Resource.ToString(), error));
            }
        }
    }

    private async Task<string?> TryEndAsync(
        LeaseTarget[] batch, Outcome outcome, Func<LockView, LeaseTarget[], Decision<BreakResult>> end, CancellationToken cancellationToken)
    {
        try
        {
            var ended = await _store.TransactAsync(
                LockScope.Exactly([.. batch.Select(t => t.Resource).Distinct()]), _options.GuardTimeout, view => end(view, batch), cancellationToken).ConfigureAwait(false);
            outcome.Removed.AddRange(ended.Broken);
            outcome.Pending.AddRange(ended.Pending);
            return null;
        }
        catch (LockStoreException error)
        {
            return error.Message;
        }
    }

    /// <summary>Dead requests in line, and sessions that nothing names any more.</summary>
    private async Task SweepAsync(string? by, Outcome outcome, CancellationToken cancellationToken)
    {
        try
        {
            await _store.TransactAsync(
                LockScope.All, _options.GuardTimeout, view =>
                {
                    var decision = LockPolicy.Reap(view, [], by);
                    decision.Changes!.SweepSessions = true;
                    return decision;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (LockStoreException error)
        {
            outcome.Failed.Add(new Unaffected("sessions", error.Message));
        }
    }

    private CleanupResult Logged(Outcome outcome)
    {
        foreach (var lease in outcome.Removed)
            CleanupLog.Removed(_log, lease.Resource, lease.Agent, lease.State);
        foreach (var failure in outcome.Failed)
            CleanupLog.Failed(_log, failure.Resource, failure.Why);
        if (outcome.Removed.Count + outcome.Pending.Count + outcome.Failed.Count == 0)
            CleanupLog.Nothing(_log);
        else
            CleanupLog.Total(_log, outcome.Removed.Count, outcome.Pending.Count, outcome.Failed.Count);
        return new CleanupResult(outcome.Removed, outcome.Pending, outcome.Failed, DryRun: false);
    }

    private sealed class Outcome
    {
        public List<Lease> Removed { get; } = [];

        public List<Lease> Pending { get; } = [];

        public List<Unaffected> Failed { get; } = [];
    }
}

/// <summary>What a clean-up tells the log.</summary>
internal static partial class CleanupLog
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "No lock had to be cleaned up")]
    public static partial void Nothing(ILogger logger);

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed the lock on {Resource} of {Agent} ({State})")]
    public static partial void Removed(ILogger logger, string? resource, string agent, LeaseState state);

    [LoggerMessage(Level = LogLevel.Information, Message = "Clean-up: {Removed} removed, {Pending} pending, {Failed} failed")]
    public static partial void Total(ILogger logger, int removed, int pending, int failed);

    [LoggerMessage(Level = LogLevel.Error, Message = "The lock on {Resource} could not be cleaned up: {Why}")]
    public static partial void Failed(ILogger logger, string resource, string why);
}
