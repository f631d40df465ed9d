using System.Globalization;

namespace SwarmLocks.Tests.Stress.History;

/// <summary>
/// Entries as lines: a letter, the stamp, the rest, with tabs in between, which neither agents nor resources can contain. Only what ends in a newline is
/// a line: a writer that was killed in the middle of one has said nothing.
/// </summary>
internal static class HistoryLine
{
    private const int FieldsOfGrant = 6;
    private const int FieldsOfLease = 6;

    public static string Write(HistoryEntry entry) => entry switch
    {
        Granted e => Join(['g', e.At, e.Asked, e.Agent, e.HasSession ? 's' : 'o', e.Deadline, .. e.Leases.SelectMany(Fields)]),
        Used e => Join(['u', e.At, e.Deadline, .. e.Ids]),
        Renewing e => Join(['n', e.At, e.Ttl, .. e.Ids]),
        Releasing e => Join(['r', e.At, .. e.Ids]),
        Lost e => Join(['l', e.At, .. e.Ids]),
        Unseen e => Join(['m', e.At, .. e.Ids]),
        Breaking e => Join(['b', e.At, e.LeaseId, e.AtOnce ? "now" : "asked"]),
        Broke e => Join(['B', e.At, e.LeaseId]),
        Beat e => Join(['t', e.At]),
        Failed e => Join(['!', e.At, e.What.ReplaceLineEndings(" | ").Replace('\t', ' ')]),
        _ => throw new ArgumentException($"No process writes {entry}.", nameof(entry)),
    };

    /// <param name="writer">Whose file it is in.</param>
    /// <param name="line">Without its newline.</param>
    public static HistoryEntry Parse(string writer, string line)
    {
        string[] fields = line.Split('\t');
        long at = Number(fields[1]);
        return fields[0] switch
        {
            "g" => new Granted(
                writer, at, Number(fields[2]), fields[3], fields[4] == "s", Number(fields[5]), [.. fields[FieldsOfGrant..].Chunk(FieldsOfLease).Select(Lease)]),
            "u" => new Used(writer, at, Number(fields[2]), fields[3..]),
            "n" => new Renewing(writer, at, Number(fields[2]), fields[3..]),
            "r" => new Releasing(writer, at, fields[2..]),
            "l" => new Lost(writer, at, fields[2..]),
            "m" => new Unseen(writer, at, fields[2..]),
            "b" => new Breaking(writer, at, fields[2], fields[3] == "now"),
            "B" => new Broke(writer, at, fields[2]),
            "t" => new Beat(writer, at),
            "!" => new Failed(writer, at, fields[2]),
            _ => throw new FormatException($"'{line}' of {writer} is no line of a history."),
        };
    }

    /// <summary>The whole lines of <paramref name="text"/>, which may end within one.</summary>
    public static IReadOnlyList<HistoryEntry> ParseWhole(string writer, string text) =>
        [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => Parse(writer, line))];

    private static object[] Fields(HeldLease lease) =>
        [lease.LeaseId, lease.Token, lease.Mode == LockMode.Exclusive ? 'x' : 's', lease.Reentrant ? 'r' : 'n', lease.Ttl, lease.Resource];

    private static HeldLease Lease(string[] fields) => new(
        fields[0], Number(fields[1]), fields[2] == "x" ? LockMode.Exclusive : LockMode.Shared, fields[3] == "r", Number(fields[4]), LockResource.FromCanonical(fields[5]));

    private static string Join(object[] fields) => string.Join('\t', fields.Select(f => Convert.ToString(f, CultureInfo.InvariantCulture)));

    private static long Number(string field) => long.Parse(field, CultureInfo.InvariantCulture);
}
