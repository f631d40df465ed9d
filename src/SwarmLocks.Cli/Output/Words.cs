using System.Globalization;
using System.Text;

namespace SwarmLocks.Cli.Output;

/// <summary>Everything the command says to people. Returns lines; who writes them is not its business.</summary>
/// <param name="time">The clock and time zone for "until 14:05:10 (in 4m12s)".</param>
/// <param name="color">Whether to colour.</param>
/// <param name="person">Whether a person reads it; only a person is told of <c>break</c>.</param>
internal sealed class Words(TimeProvider time, bool color, bool person)
{
    /// <summary>A grant, one line for each lease.</summary>
    public IEnumerable<string> Granted(AcquireResult result)
    {
        foreach (var (lease, reentrant, tookOver) in result.Leases)
        {
            string what = Name(lease);
            yield return reentrant
                ? $"{Green("already yours")} ({Source(lease)}): {what} {Terms(lease)}"
                : $"{Green("acquired")} {what} {Terms(lease)}";
            foreach (var old in tookOver)
                yield return $"  took over from {Clean(old.Agent)}, whose lease {Ending(old)}{Because(old.Reason)}";
        }
        foreach (var other in result.Leases.SelectMany(granted => granted.AlsoHeld))
            yield return $"  already yours too ({Source(other)}): {Name(other)}, a lease of its own {Until(other)}";
    }

    /// <summary>A refusal: who, why, until when, and what may be done next.</summary>
    public IEnumerable<string> Refused(AcquireResult result, bool waited)
    {
        if (result.Outcome == AcquireOutcome.Deadlock)
        {
            yield return $"{Red("deadlock")}: {Clean(string.Join(" waits for ", result.Cycle))}";
            foreach (var conflict in result.Conflicts)
                yield return Conflict(conflict);
            yield return "next: release what you hold, then ask for all of it at once";
            yield break;
        }
        if (result.Outcome == AcquireOutcome.Abandoned)
        {
            yield return Clean(result.Message);
            yield break;
        }
        foreach (var conflict in result.Conflicts)
            yield return Conflict(conflict);
        if (result.Conflicts.Count == 0)
            yield return Clean(result.Message);
        yield return Next(waited ? "wait longer" : "wait in line with --wait 5m", result.Conflicts.Select(conflict => conflict.Held));
        if (person && result.Conflicts.FirstOrDefault(conflict => conflict.Held?.Resource is not null) is { Held: { } held })
            yield return $"if its holder is gone for good: swarmlocks break {Shell(held.Resource!)} --reason WHY";
    }

    /// <summary>What a release did.</summary>
    public IEnumerable<string> Released(ReleaseResult result)
    {
        foreach (var lease in result.Released)
            yield return $"released {Name(lease)}";
        foreach (var item in result.NotHeld)
            yield return $"{Yellow("not held")} {Clean(item.Resource)}: {Clean(item.Why)}";
        if (result is { Released.Count: 0, NotHeld.Count: 0, HeldByOthers.Count: 0 })
            yield return "nothing was held";
    }

    /// <summary>Why a release was refused; null when it was not.</summary>
    public string? HeldByOthers(ReleaseResult result) => result.HeldByOthers.Count == 0
        ? null
        : $"Not yours to release: {string.Join("; ", result.HeldByOthers.Select(Held))}; {Next("leave it", result.HeldByOthers)}.";

    /// <summary>Leases that were renewed.</summary>
    public IEnumerable<string> Renewed(IReadOnlyList<Lease> leases)
    {
        foreach (var lease in leases)
        {
            // A renewal counts from now: what ends later than that was promised before.
            bool stands = lease.ExpiresAt - lease.RenewedAt > lease.Ttl + TimeSpan.FromSeconds(1);
            yield return $"renewed {Name(lease)} {Until(lease)}{(stands ? $", as promised before: a renewal never shortens, so the {Durations.Format(lease.Ttl)} count from the next" : "")}";
        }
        if (leases.Count == 0)
            yield return "nothing to renew";
    }

    /// <summary>Leases that are gone.</summary>
    public static string Lost(IReadOnlyList<Unaffected> lost) =>
        $"{Clean(string.Join("; ", lost.Select(item => $"{item.Resource}: {item.Why}")))}; do not write before 'swarmlocks acquire --wait 5m' has granted it";

    /// <summary>Who has a resource.</summary>
    public IEnumerable<string> WhoHas(WhoHasResult result)
    {
        foreach (var lease in result.Holders)
            yield return Held(lease, isFree: result.Abandoned is null) + (lease.Resource == result.Resource ? "" : $", which overlaps {Clean(result.Resource)}");
        if (result.Abandoned is { } abandoned)
            yield return Clean(abandoned);
        else if (result.Holders.Count == 0)
            yield return $"nobody has {Clean(result.Resource)}";
        foreach (var request in result.Waiting)
            yield return $"{Clean(request.Agent)} waits since {Clock(request.Since)}";
    }

    /// <summary>A table of locks.</summary>
    public IEnumerable<string> Table(IReadOnlyList<Lease> locks)
    {
        if (locks.Count == 0)
        {
            yield return "no locks";
            yield break;
        }
        var rows = locks.Select(lease => new[]
        {
            Name(lease), Holder(lease, locks), Shapes.Kind(lease.Mode), IsAskedToStop(lease) ? "asked to stop" : Shapes.Kind(lease.State), In(lease.ExpiresAt), Clean(lease.Reason ?? ""),
        }).Prepend(["RESOURCE", "HOLDER", "MODE", "STATE", "EXPIRES", "REASON"]).ToList();
        int[] widths = new int[rows[0].Length];
        for (int column = 0; column < widths.Length; column++)
            widths[column] = rows.Max(row => row[column].Length);
        for (int i = 0; i < rows.Count; i++)
        {
            var padded = rows[i].Select((cell, column) => cell.PadRight(widths[column])).ToArray();
            if (i > 0 && (locks[i - 1].State != LeaseState.Live || IsAskedToStop(locks[i - 1])))
                padded[3] = Yellow(padded[3]);
            yield return string.Join("  ", padded).TrimEnd();
        }
    }

    /// <summary>How waiting ended well.</summary>
    public static IEnumerable<string> Free(WaitResult result) => [$"free after {Rounded(result.Waited)}"];

    /// <summary>How waiting ended otherwise.</summary>
    public IEnumerable<string> NotFree(WaitResult result) => result.Conflicts.Count == 0
        ? [Clean(result.Message)]
        : result.Conflicts.Select(Conflict).Append($"not free after {Rounded(result.Waited)}; {Next("wait longer", result.Conflicts.Select(conflict => conflict.Held))}");

    /// <summary>What a clean-up did or would do.</summary>
    public IEnumerable<string> CleanedUp(CleanupResult result)
    {
        string verb = result.DryRun ? "would remove" : "removed";
        foreach (var lease in result.Removed)
            yield return $"{verb} {Name(lease)} of {Clean(lease.Agent)}, whose lease {Ending(lease)}";
        foreach (var lease in result.Pending)
            yield return $"{(result.DryRun ? "would ask" : "asked")} {Clean(lease.Agent)} to stop: {Name(lease)} {Until(lease)} at most";
        int pending = result.Pending.Count;
        yield return string.Create(CultureInfo.InvariantCulture, $"{verb} {result.Removed.Count}{(pending > 0 ? $", {pending} pending" : "")}");
    }

    /// <summary>What a clean-up could not do; null when it could do all.</summary>
    public static string? NotCleanedUp(CleanupResult result) => result.Failed.Count == 0
        ? null
        : $"Could not remove {Clean(string.Join("; ", result.Failed.Select(item => $"{item.Resource}: {item.Why.TrimEnd('.')}")))}.";

    /// <summary>What a break did.</summary>
    public IEnumerable<string> Broken(string asked, BreakResult result)
    {
        foreach (var lease in result.Broken)
            yield return $"broke {Name(lease)} of {Clean(lease.Agent)}";
        foreach (var lease in result.Pending)
            yield return $"asked {Clean(lease.Agent)} to stop; until it has, {Name(lease)} is not free: {Until(lease)} at most";
        if (result is { Broken.Count: 0, Pending.Count: 0 })
            yield return $"nobody holds exactly {Clean(asked)}; nothing was broken";
        foreach (var lease in result.Overlapping)
            yield return $"  {Held(lease)}, which overlaps it: break that by its own name";
    }

    /// <summary>Whose count of abandonments was cleared.</summary>
    public static IEnumerable<string> Reset(string asked, IReadOnlyList<string> reset) => reset.Count == 0
        ? [$"{Clean(asked)} had not been abandoned"]
        : reset.Select(resource => $"reset {Clean(resource)}");

    /// <summary>The journal, one line for each event.</summary>
    public IEnumerable<string> History(IReadOnlyList<LockEvent> events)
    {
        foreach (var e in events)
        {
            string by = e.By is null || e.By == e.Agent ? "" : $" by {Clean(e.By)}";
            string why = e.Why is null ? "" : $": {Clean(e.Why)}";
            yield return $"{Clock(e.At)}  {Shapes.Kind(e.Event).Replace('_', ' '),-11}  {Clean(e.Resource)}  {Clean(e.Agent)}{by}{why}";
        }
        if (events.Count == 0)
            yield return "nothing in the journal matches";
    }

    /// <summary>What was checked.</summary>
    public IEnumerable<string> Doctor(DoctorReport report)
    {
        yield return $"store  {Clean(report.Store ?? "none")}";
        yield return $"root   {Clean(report.Root ?? "none")}";
        foreach (var check in report.Checks)
            yield return $"{(check.Ok ? Green("ok    ") : Red("FAILED"))} {check.Name}: {Clean(check.Detail)}";
        yield return string.Create(
            CultureInfo.InvariantCulture, $"locks  {report.Live} live, {report.Stale} stale, {report.Unreadable} unreadable, {report.Waiting} waiting");
        yield return report.Healthy ? Green("healthy") : Red("not healthy");
    }

    /// <summary>Text of others, made harmless: agents write reasons, and a terminal obeys control characters.</summary>
    public static string Clean(string text)
    {
        if (!text.Any(Harmful))
            return text;
        var clean = new StringBuilder(text.Length + 8);
        foreach (char c in text)
        {
            if (Harmful(c))
                clean.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                clean.Append(c);
        }
        return clean.ToString();
    }

    private static bool Harmful(char c) =>
        char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private string Conflict(LockConflict conflict)
    {
        if (conflict.Held is { } held)
        {
            return Held(held) + (held.Resource is null || Same(conflict.Requested, held) ? "" : $"; {Clean(conflict.Requested)} overlaps it at {Clean(conflict.Witness)}");
        }
        return conflict.Queued is { } queued
            ? $"{Clean(conflict.Requested)} was asked for by {Red(Clean(queued.Agent))} first, who waits in line since {Clock(queued.Since)}"
            : $"{Clean(conflict.Requested)} is taken";
    }

    /// <summary>What a refused agent may do.</summary>
    private static string Next(string wait, IEnumerable<Lease?> held)
    {
        var holders = held.Where(lease => lease is not null && lease.State != LeaseState.Unreadable).Select(lease => lease!.Agent).Distinct().Order(StringComparer.Ordinal).ToList();
        return $"next: {wait}, work on something else{(holders.Count == 0 ? "" : $", or ask {Clean(string.Join(", ", holders))} to release it")}";
    }

    private string Held(Lease lease) => Held(lease, isFree: true);

    private string Held(Lease lease, bool isFree)
    {
        string stop = lease.Broken is { } broken ? $"; {Clean(broken.By)} asked it to stop: {Clean(broken.Why)}" : "";
        return lease.State switch
        {
            LeaseState.Unreadable => $"{Name(lease)} has a lock file that cannot be read, {Clean(lease.RequestedAs ?? "")}{Because(lease.Reason)}, and counts as held {Until(lease)} or until it is broken",
            LeaseState.Live => $"{Name(lease)} is held by {Red(Clean(lease.Agent))}{Because(lease.Reason)} {Until(lease)}{(lease.Session is null ? "" : ", renewed while its process lives")}{stop}",
            _ => $"{Name(lease)} was held by {Clean(lease.Agent)}{Because(lease.Reason)}, whose lease {Ending(lease)}{(isFree ? "; the next who asks gets it" : "")}",
        };
    }

    private string Ending(Lease lease) => lease.State switch
    {
        LeaseState.Dead => "ended with its process",
        // The wall clock was set back since: by the clock that judges, it has expired.
        LeaseState.Expired when lease.ExpiresAt > time.GetUtcNow() => "expired",
        LeaseState.Expired => $"expired {In(lease.ExpiresAt)}",
        LeaseState.Unreadable => "cannot be read",
        _ when lease.Broken is { } broken => $"was broken by {Clean(broken.By)}: {Clean(broken.Why)}",
        _ => $"was live {Until(lease)}",
    };

    private string Source(Lease lease)
    {
        string source = lease.Session is null ? $"without a session, asked for by pid {Number(lease.Pid)}" : $"session of pid {Number(lease.Pid)}";
        return lease.AcquiredAt is { } since ? $"{source}, since {Clock(since)}" : source;
    }

    private string Terms(Lease lease) =>
        string.Create(CultureInfo.InvariantCulture, $"({Shapes.Kind(lease.Mode)}) {Until(lease)}, fencing token {lease.FencingToken}");

    private string Until(Lease lease) => lease.ExpiresAt is { } at ? $"until {Clock(at)} ({In(at)})" : "without an end";

    private string In(DateTimeOffset? at)
    {
        if (at is not { } known)
            return "";
        var left = known - time.GetUtcNow();
        return left >= TimeSpan.Zero ? $"in {Rounded(left)}" : $"{Rounded(left.Negate())} ago";
    }

    private string Clock(DateTimeOffset at) => Instants.Format(at, time);

    private static string Rounded(TimeSpan span) =>
        Durations.Format(span < TimeSpan.FromSeconds(1) ? span : TimeSpan.FromSeconds(Math.Round(span.TotalSeconds)));

    /// <summary>With its process where the agent alone does not tell its leases apart.</summary>
    private static string Holder(Lease lease, IReadOnlyList<Lease> all) =>
        all.Count(other => other.Resource == lease.Resource && other.Agent == lease.Agent) > 1 ? $"{Clean(lease.Agent)} (pid {Number(lease.Pid)})" : Clean(lease.Agent);

    private static bool IsAskedToStop(Lease lease) => lease is { State: LeaseState.Live, Broken: not null };

    private static string Name(Lease lease) => Clean(lease.Resource ?? "an unreadable lock");

    private static bool Same(string requested, Lease held) =>
        held.Resource == requested || held.RequestedAs == requested || held.Resource == "path:" + requested;

    private static string Because(string? reason) => string.IsNullOrEmpty(reason) ? "" : $" (\"{Clean(reason)}\")";

    private static string Number(int? pid) => pid?.ToString(CultureInfo.InvariantCulture) ?? "unknown";

    private static string Shell(string resource) =>
        resource.All(c => char.IsAsciiLetterOrDigit(c) || "/:._-@%+=,".Contains(c, StringComparison.Ordinal)) ? resource : $"'{Clean(resource).Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private string Red(string text) => Paint("31", text);

    private string Green(string text) => Paint("32", text);

    private string Yellow(string text) => Paint("33", text);

    private string Paint(string code, string text) => color ? $"\e[{code}m{text}\e[0m" : text;
}
