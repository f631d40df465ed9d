using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>A proof tries every point; a plain test run one in a few, others each time.</summary>
internal sealed class Sample(ITestOutputHelper output)
{
    private const int ShortStep = 6;

    private readonly int _offset = Seed.New(output) % ShortStep;

    /// <summary>Whether nothing is left out.</summary>
    public static bool IsAll { get; } = Proof.Budget(0, 1) > TimeSpan.Zero;

    public bool Takes(int point) => IsAll || (point + _offset) % ShortStep == 0;
}
