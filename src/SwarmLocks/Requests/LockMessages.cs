using System.Globalization;
using SwarmLocks.Policy;

namespace SwarmLocks.Requests;

/// <summary>What is said to people: one sentence each, with who, why and until when.</summary>
internal static class LockMessages
{
    public static string Granted(IReadOnlyList<GrantedLease> leases, TimeProvider time)
    {
        if (leases.Count == 0)
            return "";
        string what = string.Join(", ", leases.Select(l => l.Lease.Resource));
        var until = leases.Min(l => l.Lease.ExpiresAt);
        return $"{leases[0].Lease.Agent} holds {what} until {Clock(until, time)}.";
    }

    public static string Refused(LockAsk ask, AcquireVerdict verdict, TimeProvider time, IEnumerable<LockEvent> journal)
    {
        string asked = string.Join(", ", ask.Resources.Select(r => r.RequestedAs));
        string first = verdict.Conflicts is [var conflict, ..] ? InTheWay(conflict, time) : "it is held by others";
        string more = verdict.Conflicts.Count > 1 ? string.Create(CultureInfo.InvariantCulture, $" (and {verdict.Conflicts.Count - 1} more)") : "";
        return verdict.Outcome switch
        {
            AcquireOutcome.Deadlock => $"Waiting for {asked} would never end, because {string.Join(" waits for ", verdict.Cycle)} ({first}{more}): release something you hold, then ask again.",
            AcquireOutcome.Abandoned => Abandoned(verdict.Abandoned, journal, time),
            AcquireOutcome.Timeout => $"The wait for {asked} ended without it: {first}{more}.",
            _ => $"{asked} {(ask.Resources.Count == 1 ? "is" : "are")} not free: {first}{more}.",
        };
    }

    /// <summary>Why nobody gets a resource that nobody holds, with who abandoned it since it was last given back properly, and the way out.</summary>
    public static string Abandoned(IReadOnlyList<Abandonment> abandoned, IEnumerable<LockEvent> journal, TimeProvider time)
    {
        var events = journal.ToList();
        var told = abandoned.Select(a => $"{a.Resource} was abandoned too often by agents that died or let it lapse{History(a, events, time)}");
        return $"{string.Join("; ", told)}: find out why, then clear the count with {string.Join(" and ", abandoned.Select(a => $"'swarmlocks reset {a.Resource}'"))}.";
    }

    /// <summary>How many ends of a history are told, the last ones.</summary>
    private const int MostEnds = 5;

    private static string History(Abandonment abandoned, List<LockEvent> journal, TimeProvider time)
    {
        string resource = abandoned.Resource.ToString();
        int cleared = journal.FindLastIndex(e => e.Resource == resource && e.Event is LockEventKind.Released or LockEventKind.Reset);
        var ends = new List<string>();
        foreach (var e in journal[(cleared + 1)..])
        {
            if (e.Resource == resource && e.Event is LockEventKind.TakenOver or LockEventKind.Reaped)
                ends.Add($"{e.Agent} {e.Why}, found at {Clock(e.At, time)}");
        }
        // Still in the record, for the next to find: the journal does not know of them yet.
        foreach (var lease in abandoned.Stale)
            ends.Add(lease.State == LeaseState.Dead ? $"{lease.Agent} dead" : $"{lease.Agent} expired at {Clock(lease.ExpiresAt, time)}");
        return ends.Count == 0 ? "" : $" ({string.Join("; ", ends.Count > MostEnds ? ends[^MostEnds..] : ends)})";
    }

    public static string InTheWay(LockConflict conflict, TimeProvider time)
    {
        if (conflict.Queued is { } queued)
            return $"{queued.Agent} asked for {conflict.Requested} earlier and is in line since {Clock(queued.Since, time)}";
        var lease = conflict.Held!;
        if (lease.State == LeaseState.Unreadable)
            return $"its lock file {lease.RequestedAs} cannot be read ({lease.Reason}) and counts as held until {Clock(lease.ExpiresAt, time)}, unless somebody breaks it";
        string mode = lease.Mode == LockMode.Shared ? " (shared)" : "";
        string what = lease.Resource is null || lease.RequestedAs == conflict.Requested || lease.Resource.EndsWith($":{conflict.Requested}", StringComparison.Ordinal)
            ? conflict.Requested
            : $"{lease.Resource}, which overlaps it at {conflict.Witness}";
        string reason = string.IsNullOrEmpty(lease.Reason) ? "" : $", for \"{lease.Reason}\"";
        string broken = lease.Broken is { } mark ? $", and was asked by {mark.By} to stop (\"{mark.Why}\")" : "";
        return $"{lease.Agent} holds {what}{mode}{reason}, {Until(lease.ExpiresAt, time)}{broken}";
    }

    /// <summary>Why a lease is not held any more.</summary>
    /// <param name="lost">The lease, and what is left of it.</param>
    /// <param name="end">The journal's last word about it, if any.</param>
    /// <param name="time">For the time of day.</param>
    public static string Lost(LostLease lost, LockEvent? end, TimeProvider time)
    {
        if (lost.Lease is { Broken: { } mark })
            return $"it was broken by {mark.By} at {Clock(mark.At, time)}: \"{mark.Why}\"";
        if (lost.Lease is { } lease)
            return lease.State == LeaseState.Dead ? "the process that held it has ended" : $"it expired at {Clock(lease.ExpiresAt, time)}";
        return end is null ? "there is no such lease" : Ended(end, time);
    }

    /// <summary>How a lease ended, by the journal.</summary>
    public static string Ended(LockEvent end, TimeProvider time) => end.Event switch
    {
        LockEventKind.Released => $"it was released at {Clock(end.At, time)}",
        LockEventKind.Broken or LockEventKind.BreakAsked => $"it was broken by {end.By} at {Clock(end.At, time)}: {Quoted(end.Why)}",
        LockEventKind.TakenOver => $"it was {end.Why}, and taken over by {end.By} at {Clock(end.At, time)}",
        LockEventKind.Reaped => $"it was {end.Why}, and cleaned up at {Clock(end.At, time)}",
        LockEventKind.Lost => $"it was lost at {Clock(end.At, time)}: {end.Why}",
        _ => $"its lock file is gone; it was last seen at {Clock(end.At, time)}",
    };

    /// <summary>Only what whoever broke it said.</summary>
    private static string Quoted(string? why) =>
        why?.EndsWith(LockPolicy.AtOnce, StringComparison.Ordinal) == true ? $"\"{why[..^LockPolicy.AtOnce.Length]}\"{LockPolicy.AtOnce}" : $"\"{why}\"";

    public static string Until(DateTimeOffset? expires, TimeProvider time)
    {
        if (expires is not { } at)
            return "until it is released";
        var left = at - time.GetUtcNow();
        return left <= TimeSpan.Zero
            ? $"expired at {Clock(at, time)}"
            : $"until {Clock(at, time)} (in {Durations.Format(TimeSpan.FromSeconds(Math.Ceiling(left.TotalSeconds)))}) unless renewed";
    }

    public static string Clock(DateTimeOffset? at, TimeProvider time) => at is { } known ? Instants.Format(known, time) : "?";
}
