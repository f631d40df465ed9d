using System.Diagnostics;
using System.Globalization;

namespace SwarmLocks.Tests.Stress.Worker;

/// <summary>
/// A span in which somebody was entitled to believe that it held a resource alone, in ticks of the machine-wide monotonic clock.
/// Spans of two leases on one resource must never meet, whoever judged what to be stale in between.
/// </summary>
internal sealed record Belief(string Resource, string LeaseId, long From, long Until)
{
    public static long Now => Stopwatch.GetTimestamp();

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Resource} {LeaseId} {From} {Until}");

    public static Belief Parse(string line)
    {
        string[] words = line.Split(' ');
        return new Belief(words[0], words[1], long.Parse(words[2], CultureInfo.InvariantCulture), long.Parse(words[3], CultureInfo.InvariantCulture));
    }

    /// <summary>Pairs of spans that meet.</summary>
    public static IEnumerable<(Belief First, Belief Second)> Clashes(IEnumerable<Belief> beliefs)
    {
        foreach (var resource in beliefs.Where(b => b.Until > b.From).GroupBy(b => b.Resource, StringComparer.Ordinal))
        {
            Belief? longest = null;
            foreach (var belief in resource.OrderBy(b => b.From))
            {
                if (longest is not null && belief.From < longest.Until && belief.LeaseId != longest.LeaseId)
                    yield return (longest, belief);
                if (longest is null || belief.Until > longest.Until)
                    longest = belief;
            }
        }
    }
}
