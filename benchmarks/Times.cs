namespace SwarmLocks.Benchmarks;

/// <summary>How long single operations took, in microseconds.</summary>
internal sealed record Times(double P50, double P99, double Max)
{
    public static Times Of(IEnumerable<double> microseconds)
    {
        double[] sorted = [.. microseconds.Order()];
        return sorted.Length == 0 ? throw new InvalidOperationException("Nothing was timed.") : new Times(At(sorted, 0.5), At(sorted, 0.99), sorted[^1]);
    }

    private static double At(double[] sorted, double part) => sorted[(int)Math.Min(sorted.Length - 1, sorted.Length * part)];
}
