using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SwarmLocks.Benchmarks;

/// <summary>One line of the table.</summary>
/// <param name="What">Is measured.</param>
/// <param name="Value">What came out, in <paramref name="Unit"/>; null when it could not be measured.</param>
/// <param name="Unit">Such as <c>× pair</c>.</param>
/// <param name="Goal">What is to be reached; null for a row that only informs.</param>
/// <param name="AtLeast">Whether more is better.</param>
/// <param name="Times">Of single operations.</param>
/// <param name="Note">What else there is to know.</param>
internal sealed record Row(string What, double? Value, string Unit, double? Goal = null, bool AtLeast = false, Times? Times = null, string Note = "")
{
    /// <summary>Whether the goal was reached; null when there is none, or nothing was measured.</summary>
    public bool? IsMet => Goal is { } goal && Value is { } value ? (AtLeast ? value >= goal : value <= goal) : null;
}

/// <summary>Points of a line in a chart.</summary>
internal sealed record Series(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>All that came out of one run on one machine.</summary>
internal sealed class Table(TextWriter output)
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        // For a file that nobody puts into a page: × and µ as they are.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly List<Row> _rows = [];

    public void Add(Row row)
    {
        _rows.Add(row);
        output.WriteLine(Text(row, width: 64));
    }

    public void WriteJson(string file, IReadOnlyDictionary<string, string> machine, IEnumerable<Series> charts)
    {
        var lines = charts.Select(line => new { line.Name, Points = line.Points.Select(p => (double[])[p.X, p.Y]) });
        File.WriteAllText(file, JsonSerializer.Serialize(new { Machine = machine, Rows = _rows, Charts = lines }, Readable) + "\n");
    }

    /// <summary>For a page that people read.</summary>
    public void WriteMarkdown(string file, IReadOnlyDictionary<string, string> machine)
    {
        IEnumerable<string> lines =
        [
            string.Join(" · ", machine.Select(fact => $"{fact.Key}: {fact.Value}")), "",
            "| what | measured | to reach | | p50 | p99 | max (µs) | |", "|---|---|---|---|---|---|---|---|",
            .. _rows.Select(r => $"| {r.What} | {Measured(r)} | {Goal(r)} | {Verdict(r)} | {Cells(r.Times)} | {r.Note} |"),
        ];
        File.WriteAllLines(file, lines);
    }

    private static string Text(Row row, int width) => string.Create(
        CultureInfo.InvariantCulture, $"{row.What.PadRight(width)} {Measured(row),22} {Goal(row),14} {Verdict(row),-6} {Tail(row.Times),-34} {row.Note}");

    private static string Measured(Row row) => row.Value is { } value ? $"{Number(value)} {row.Unit}" : "not measured";

    private static string Goal(Row row) => row.Goal is { } goal ? $"{(row.AtLeast ? "≥" : "≤")} {Number(goal)}" : "";

    private static string Verdict(Row row) => row.IsMet switch { true => "met", false => "MISSED", null => "" };

    private static string Tail(Times? times) => times is null ? "" : $"p50 {Number(times.P50)}, p99 {Number(times.P99)}, max {Number(times.Max)} µs";

    private static string Cells(Times? times) => times is null ? " | | " : $"{Number(times.P50)} | {Number(times.P99)} | {Number(times.Max)}";

    private static string Number(double value) => value.ToString(value < 10 ? "0.##" : value < 100 ? "0.#" : "#,0", CultureInfo.InvariantCulture);
}
