using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress;

/// <summary>
/// A row of the proof's table: what a test tries, how many times, and how often it went wrong. Whoever does not get to one of the two <c>End</c>s has
/// failed on the way, which counts as a violation.
/// </summary>
internal sealed class Trials(ITestOutputHelper output, string what, string unit, int? seed = null) : IDisposable
{
    private const int ToldViolations = 20;

    private readonly long _start = Stopwatch.GetTimestamp();
    private int? _violations;

    public long Tried { get; set; }

    public string Notes { get; set; } = "";

    public TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>Ends trials of which each one was asserted, and held.</summary>
    public void End() => _violations = 0;

    /// <summary>Ends trials whose violations were gathered, and fails when there are any.</summary>
    public void End(IReadOnlyCollection<string> violations)
    {
        _violations = violations.Count;
        Assert.True(violations.Count == 0, $"{violations.Count} violations, among them:\n{string.Join("\n\n", violations.Take(ToldViolations))}");
    }

    public void Dispose()
    {
        string seeds = seed?.ToString(CultureInfo.InvariantCulture) ?? "";
        string line = string.Create(CultureInfo.InvariantCulture, $"{what}\t{Tried}\t{unit}\t{_violations ?? 1}\t{Elapsed.TotalSeconds:f0}\t{seeds}\t{Notes}");
        output.WriteLine(line.Replace("\t", " | ", StringComparison.Ordinal));
        Proof.Report(line);
    }
}
