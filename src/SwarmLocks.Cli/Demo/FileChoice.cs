namespace SwarmLocks.Cli.Demo;

/// <summary>
/// Which file to edit next: the n-th most popular 1/n times as often as the first (Zipf). Real swarms meet in a few files, such as a project
/// file or a change log, and rarely elsewhere.
/// </summary>
internal sealed class FileChoice
{
    private readonly double[] _upTo;

    public FileChoice(int files)
    {
        _upTo = new double[files];
        double sum = 0;
        for (int i = 0; i < files; i++)
            _upTo[i] = sum += 1.0 / (i + 1);
    }

    /// <summary>The index of a file.</summary>
    public int Next(Random random)
    {
        int at = Array.BinarySearch(_upTo, random.NextDouble() * _upTo[^1]);
        return Math.Min(at < 0 ? ~at : at, _upTo.Length - 1);
    }
}
