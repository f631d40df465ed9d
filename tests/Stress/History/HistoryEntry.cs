using System.Diagnostics;

namespace SwarmLocks.Tests.Stress.History;

/// <summary>
/// One thing that a process knew, and since when, in ticks of the machine-wide monotonic clock. Together with what the journal tells and when processes
/// were killed, that is all a <see cref="HistoryCheck"/> needs to decide whether the locks kept their promises.
/// </summary>
/// <remarks>The entries of one writer are in the order of their stamps. Intentions are written before they are sent, answers after they came.</remarks>
/// <param name="Writer">The process it is about.</param>
/// <param name="At">When.</param>
internal abstract record HistoryEntry(string Writer, long At)
{
    public static long Now => Stopwatch.GetTimestamp();

    public static long Ticks(TimeSpan span) => (long)(span.TotalSeconds * Stopwatch.Frequency);

    /// <summary>Whatever is younger does not depend on it.</summary>
    public virtual long Since => At;

    /// <summary>The leases it is about.</summary>
    public virtual IEnumerable<string> LeaseIds => [];

    /// <summary>What it says of the leases that <paramref name="isMeant"/> names; null when that is nothing.</summary>
    public virtual HistoryEntry? Only(Func<string, bool> isMeant) => LeaseIds.Any(isMeant) ? this : null;
}

/// <summary>
/// A request was granted in full. Leases without a session outlive the process. The deadline is until when the holder may believe, unless it hears
/// something else.
/// </summary>
internal sealed record Granted(string Writer, long At, long Asked, string Agent, bool HasSession, long Deadline, IReadOnlyList<HeldLease> Leases)
    : HistoryEntry(Writer, At)
{
    public override IEnumerable<string> LeaseIds => Leases.Select(l => l.LeaseId);

    public override HistoryEntry? Only(Func<string, bool> isMeant) =>
        Leases.Any(l => isMeant(l.LeaseId)) ? this with { Leases = [.. Leases.Where(l => isMeant(l.LeaseId))] } : null;
}

/// <summary>One lease of a grant: in the mode in which it is held, which may be more than was asked for; each extension lasts so many ticks at most.</summary>
internal sealed record HeldLease(string LeaseId, long Token, LockMode Mode, bool Reentrant, long Ttl, LockResource Resource);

/// <summary>Something that a process knew or meant about some of its leases.</summary>
internal abstract record OfLeases(string Writer, long At, IReadOnlyList<string> Ids) : HistoryEntry(Writer, At)
{
    public override IEnumerable<string> LeaseIds => Ids;

    public override HistoryEntry? Only(Func<string, bool> isMeant) => Ids.Any(isMeant) ? this with { Ids = [.. Ids.Where(isMeant)] } : null;
}

/// <summary>The holder made sure that it has them, and had them all the time since they were granted; until the deadline it might go on.</summary>
internal sealed record Used(string Writer, long At, long Deadline, IReadOnlyList<string> Ids) : OfLeases(Writer, At, Ids);

/// <summary>The holder is about to renew them by name for <paramref name="Ttl"/> ticks.</summary>
internal sealed record Renewing(string Writer, long At, long Ttl, IReadOnlyList<string> Ids) : OfLeases(Writer, At, Ids);

/// <summary>The holder is about to give them back.</summary>
internal sealed record Releasing(string Writer, long At, IReadOnlyList<string> Ids) : OfLeases(Writer, At, Ids);

/// <summary>The holder knows that it has them no longer.</summary>
internal sealed record Lost(string Writer, long At, IReadOnlyList<string> Ids) : OfLeases(Writer, At, Ids);

/// <summary>The holder had them before and after it looked, and the store did not say so.</summary>
internal sealed record Unseen(string Writer, long At, IReadOnlyList<string> Ids) : OfLeases(Writer, At, Ids);

/// <summary>The process is about to break somebody's lease; with <paramref name="AtOnce"/> without waiting for its holder.</summary>
internal sealed record Breaking(string Writer, long At, string LeaseId, bool AtOnce) : HistoryEntry(Writer, At)
{
    public override IEnumerable<string> LeaseIds => [LeaseId];
}

/// <summary>The answer to a <see cref="Breaking"/> came, so that the journal has it.</summary>
internal sealed record Broke(string Writer, long At, string LeaseId) : HistoryEntry(Writer, At)
{
    public override IEnumerable<string> LeaseIds => [LeaseId];
}

/// <summary>The process runs: nothing older will come from it.</summary>
internal sealed record Beat(string Writer, long At) : HistoryEntry(Writer, At);

/// <summary>Something happened that must not.</summary>
internal sealed record Failed(string Writer, long At, string What) : HistoryEntry(Writer, At);

/// <summary>The process is about to be killed or told to end: others may have its leases from here on.</summary>
internal sealed record Doomed(string Writer, long At) : HistoryEntry(Writer, At);

/// <summary>The process has ended, and this is the last of it.</summary>
internal sealed record Gone(string Writer, long At) : HistoryEntry(Writer, At);

/// <summary>A line of the store's journal, with its wall clock time as the monotonic clock had it then, which may be wrong by the slack.</summary>
internal sealed record Told(long At, long Slack, LockEvent Event) : HistoryEntry(JournalWriter, At)
{
    public const string JournalWriter = "journal";

    public long Earliest => At - Slack;

    public override long Since => Earliest;

    public long Latest => At + Slack;

    public override IEnumerable<string> LeaseIds => Event.LeaseId is { } id ? [id] : [];
}
