namespace SwarmLocks.Benchmarks;

/// <summary>How much time to take.</summary>
/// <param name="Rounds">How often floor and subject take turns.</param>
/// <param name="Turn">How long one of them runs at a time.</param>
/// <param name="WarmUp">Before the first turn of both: the compiler improves what runs often over some 50,000 operations, and long-lived processes run what it has then.</param>
/// <param name="CrowdRounds">How often many processes take turns.</param>
/// <param name="Crowd">How long their turn is, and what comes uncounted before it.</param>
/// <param name="IsQuick">Whether this is only to see that all works.</param>
internal sealed record Effort(int Rounds, TimeSpan Turn, TimeSpan WarmUp, int CrowdRounds, TimeSpan Crowd, bool IsQuick)
{
    public static Effort Full { get; } = new(15, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(12), 3, TimeSpan.FromSeconds(4), IsQuick: false);

    public static Effort Quick { get; } = new(5, TimeSpan.FromMilliseconds(60), TimeSpan.FromSeconds(4), 1, TimeSpan.FromSeconds(1.5), IsQuick: true);
}
