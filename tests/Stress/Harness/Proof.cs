using System.Globalization;

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

    /// <summary>From so many minutes on nothing is left out.</summary>
    private const double Long = 30;

    /// <summary>Whether there is time for everything; otherwise a part is taken, another one each time.</summary>
    public static bool IsLong { get; } = Minutes >= Long;

    /// <summary>How long to go on.</summary>
    /// <param name="shortSeconds">In a plain test run.</param>
    /// <param name="share">In a proof, of its whole time: 0 to 1.</param>
    public static TimeSpan Budget(double shortSeconds, double share) =>
        TimeSpan.FromSeconds(Math.Max(shortSeconds, Minutes * 60 * share));

    private static double Minutes => double.TryParse(Environment.GetEnvironmentVariable(MinutesVariable), CultureInfo.InvariantCulture, out double minutes) ? minutes : 0;

    /// <summary>Writes a row of <see cref="Trials"/> to where the table is made.</summary>
    public static void Report(string line)
    {
        if (Environment.GetEnvironmentVariable(ReportVariable) is { Length: > 0 } report)
            File.AppendAllText(report, line + "\n");
    }
}
