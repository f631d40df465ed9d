using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace SwarmLocks.Tests.Stress.History;

/// <summary>Violations for people: each with everything that is known of the leases it is about, in order.</summary>
internal static class StoryTeller
{
    public static string Tell(IReadOnlyList<Violation> violations, IReadOnlyList<HistoryEntry> entries, int atMost = 10)
    {
        var text = new StringBuilder();
        foreach (var violation in violations.Take(atMost))
        {
            text.AppendLine(violation.ToString());
            var involved = entries.Where(e => e.LeaseIds.Any(violation.LeaseIds.Contains)).ToList();
            var writers = involved.Select(e => e.Writer).ToHashSet(StringComparer.Ordinal);
            foreach (var entry in involved.Concat(entries.Where(e => e is Doomed or Gone && writers.Contains(e.Writer))).OrderBy(e => e.At))
                text.AppendLine(Line(entry));
        }
        if (violations.Count > atMost)
            text.AppendLine(CultureInfo.InvariantCulture, $"and {violations.Count - atMost} more");
        return text.ToString();
    }

    private static string Line(HistoryEntry entry)
    {
        string at = (entry.At / (Stopwatch.Frequency / 1000.0)).ToString("F3", CultureInfo.InvariantCulture);
        return $"  {at}  {entry.Writer}  " + entry switch
        {
            Told { Event: var e } => string.Create(CultureInfo.InvariantCulture, $"[{e.Seq}] {e.Event} {e.Resource} {e.Agent} lease {e.LeaseId} token {e.FencingToken} by {e.By}: {e.Why}"),
            Doomed => "is about to end",
            Gone => "has ended",
            _ => HistoryLine.Write(entry).Replace('\t', ' '),
        };
    }
}
