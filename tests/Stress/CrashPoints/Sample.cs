using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>A long proof tries every point; a short one or a plain test run one in a few, others each time.</summary>
internal sealed class Sample(ITestOutputHelper output)
{
    private const int ShortStep = 6;

    /// <summary>What decides which ones.</summary>
    public int Seed { get; } = Stress.Seed.New(output);

    /// <summary>Whether nothing is left out.</summary>
    public static bool IsAll { get; } = Proof.IsLong;

    public bool Takes(int point) => IsAll || (point + Seed) % ShortStep == 0;
}
