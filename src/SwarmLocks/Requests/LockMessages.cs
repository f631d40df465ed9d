using System.Globalization;
using SwarmLocks.Policy;

namespace SwarmLocks.Requests;

/// <summary>What is said to people: one sentence each, with who, why and until when.</summary>
internal static class LockMessages
{
    public static string Granted(IReadOnlyList<GrantedLease> leases)
    {
        if (leases.Count == 0)
            return "";
        string what = string.Join(", ", leases.Select(l => l.Lease.Resource));
        var until = leases.Min(l => l.Lease.ExpiresAt);
        return $"{leases[0].Lease.Agent} holds {what} until {Clock(until)}.";
    }

    public static string Refused(LockAsk ask, AcquireVerdict verdict, DateTimeOffset now, string history = "")
    {
        string asked = string.Join(", ", ask.Resources.Select(r => r.RequestedAs));
        string first = verdict.Conflicts is [var conflict, ..] ? InTheWay(conflict, now) : "it is held by others";
        string more = verdict.Conflicts.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $" (and {verdict.Conflicts.Count - 1} more)") : "";
        return verdict.Outcome switch
        {
            AcquireOutcome.Deadlock => $"Waiting for {asked} would never end, because {string.Join(" waits for ", verdict.Cycle)}: release something you hold, then ask again.",
            AcquireOutcome.Abandoned => $"{asked} was abandoned too often by agents that died or let it lapse{history}: find out why, then clear the count with 'swarmlocks reset'.",
            AcquireOutcome.Timeout => $"The wait for {asked} ended without it: {first}{more}.",
            _ => $"{asked} is not free: {first}{more}.",
        };
    }

    /// <summary>Who gave up a resource without releasing it, when, and how: the history of an abandonment, to stand inside a sentence.</summary>
    public static string Abandonments(IEnumerable<LockEvent> journal, IReadOnlyCollection<string> resources)
    {
        var ends = journal.Where(e => resources.Contains(e.Resource) && e.Event is LockEventKind.TakenOver or LockEventKind.Reaped).TakeLast(5).ToList();
        return ends.Count == 0 ? "" : $" ({string.Join(", ", ends.Select(e => $"{e.Agent} {e.Why} by {Clock(e.At)}"))})";
    }

    public static string InTheWay(LockConflict conflict, DateTimeOffset now)
    {
        if (conflict.Queued is { } queued)
            return $"{queued.Agent} asked for {conflict.Requested} earlier and is in line since {Clock(queued.Since)}";
        var lease = conflict.Held!;
        if (lease.State == LeaseState.Unreadable)
            return $"its lock file {lease.RequestedAs} cannot be read ({lease.Reason}) and counts as held until {Clock(lease.ExpiresAt, now)}, unless somebody breaks it";
        string mode = lease.Mode == LockMode.Shared ? " (shared)" : "";
        string what = lease.Resource is null || lease.RequestedAs == conflict.Requested || lease.Resource.EndsWith($":{conflict.Requested}", StringComparison.Ordinal)
            ? conflict.Requested
            : $"{lease.Resource}, which overlaps it at {conflict.Witness}";
        string reason = string.IsNullOrEmpty(lease.Reason) ? "" : $", for \"{lease.Reason}\"";
        string broken = lease.Broken is { } mark ? $", and was asked by {mark.By} to stop (\"{mark.Why}\")" : "";
        return $"{lease.Agent} holds {what}{mode}{reason}, {Until(lease.ExpiresAt, now)}{broken}";
    }

    /// <summary>Why a lease is not held any more.</summary>
    /// <param name="lost">The lease, and what is left of it.</param>
    /// <param name="end">The journal's last word about it, if any.</param>
    public static string Lost(LostLease lost, LockEvent? end)
    {
        if (lost.Lease is { Broken: { } mark })
            return $"it was broken by {mark.By} at {Clock(mark.At)}: \"{mark.Why}\"";
        if (lost.Lease is { } lease)
            return lease.State == LeaseState.Dead ? "the process that held it has ended" : $"it expired at {Clock(lease.ExpiresAt)}";
        return end is null ? "there is no such lease" : Ended(end);
    }

    /// <summary>How a lease ended, by the journal.</summary>
    public static string Ended(LockEvent end) => end.Event switch
    {
        LockEventKind.Released => $"it was released at {Clock(end.At)}",
        LockEventKind.Broken or LockEventKind.BreakAsked => $"it was broken by {end.By} at {Clock(end.At)}: \"{end.Why}\"",
        LockEventKind.TakenOver => $"it was {end.Why}, and taken over by {end.By} at {Clock(end.At)}",
        LockEventKind.Reaped => $"it was {end.Why}, and cleaned up at {Clock(end.At)}",
        LockEventKind.Lost => $"it was lost at {Clock(end.At)}: {end.Why}",
        _ => $"its lock file is gone; it was last seen at {Clock(end.At)}",
    };

    public static string Until(DateTimeOffset? expires, DateTimeOffset now) =>
        expires is not { } at ? "until it is released"
        : at <= now ? $"expired at {Clock(at, now)}"
        : $"until {Clock(at, now)} (in {Durations.Format(TimeSpan.FromSeconds(Math.Ceiling((at - now).TotalSeconds)))}) unless renewed";

    /// <summary>The time of day; with the date where it is not told apart from today's otherwise.</summary>
    public static string Clock(DateTimeOffset? at, DateTimeOffset? now = null) => at is null ? "?" : at.Value.UtcDateTime.ToString(
        now is { } today && at.Value.UtcDateTime.Date != today.UtcDateTime.Date ? "yyyy-MM-dd HH:mm:ss 'UTC'" : "HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
