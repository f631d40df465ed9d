using System.Globalization;
using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress;

/// <summary>
/// How long a proof may go on, and where it says what it tried. A plain test run takes the short form; <c>eng/prove.sh</c> gives more time and makes a table
/// of the reports.
/// </summary>
internal static class Proof
{
    /// <summary>The trait of tests that tell how often they tried something: <c>[Trait(Proof.Trait, Proof.Value)]</c>.</summary>
    public const string Trait = "Category";
    public const string Value = "Proof";

    /// <summary>Minutes for the whole proof, of which each test takes a share.</summary>
    private const string MinutesVariable = "SWARMLOCKS_PROOF_MINUTES";
    private const string ReportVariable = "SWARMLOCKS_PROOF_REPORT";

    /// <summary>How long to go on.</summary>
    /// <param name="shortSeconds">In a plain test run.</param>
    /// <param name="share">In a proof, of its whole time: 0 to 1.</param>
    public static TimeSpan Budget(double shortSeconds, double share) =>
        double.TryParse(Environment.GetEnvironmentVariable(MinutesVariable), CultureInfo.InvariantCulture, out double minutes)
            ? TimeSpan.FromSeconds(Math.Max(shortSeconds, minutes * 60 * share))
            : TimeSpan.FromSeconds(shortSeconds);

    /// <summary>Says what was tried, how many times, and how often it went wrong; before the test asserts that it never did.</summary>
    public static void Report(ITestOutputHelper output, string what, long tried, string unit, long violations, string notes = "")
    {
        string line = string.Create(CultureInfo.InvariantCulture, $"{what}\t{tried}\t{unit}\t{violations}\t{notes}");
        output.WriteLine(line.Replace("\t", " | ", StringComparison.Ordinal));
        if (Environment.GetEnvironmentVariable(ReportVariable) is { Length: > 0 } report)
            File.AppendAllText(report, line + "\n");
    }
}
