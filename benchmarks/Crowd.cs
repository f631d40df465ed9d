using System.Globalization;

namespace SwarmLocks.Benchmarks;

/// <summary>Many processes at once, each on a path of its own, flat out: against bare calls under one kernel lock.</summary>
internal static class Crowd
{
    /// <returns>Pairs a second by the number of processes: ours, and the guarded pair of bare calls.</returns>
    public static async Task<(Series Ours, Series Floor)> ThroughputAsync(Table table, Effort effort)
    {
        List<(double, double)> ours = [], floors = [];
        foreach (int processes in (int[])[1, 2, 4, 8, 16, 32])
        {
            var rounds = await RoundsAsync(effort, processes).ConfigureAwait(false);
            double floorRate = Median(rounds.Select(r => r.Floor.Rate)), rate = Median(rounds.Select(r => r.Ours.Rate));
            floors.Add((processes, floorRate));
            ours.Add((processes, rate));
            if (processes is not (8 or 32))
                continue;
            string what = string.Create(CultureInfo.InvariantCulture, $"{processes} processes on different paths, flat out");
            int failed = rounds.Sum(r => r.Ours.Failed);
            string gaveUp = failed == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"; {failed} gave up: the store was busy too long");
            table.Add(new Row(
                what, 100 * Median(rounds.Select(r => r.Ours.Rate / r.Floor.Rate)), "% of the guarded pair", 70, AtLeast: true,
                Times.Of(rounds.SelectMany(r => r.Ours.Times)),
                string.Create(CultureInfo.InvariantCulture, $"{rate:f0} pairs a second, the bare calls {floorRate:f0}{gaveUp}")));
            table.Add(new Row(
                what + ": the slowest", 100 * rounds.Min(r => r.Ours.Slowest), "% of the mean", 50, AtLeast: true,
                Note: string.Create(CultureInfo.InvariantCulture, $"in the worst round; of the bare calls: {100 * rounds.Min(r => r.Floor.Slowest):f0} %")));
            table.Add(new Row(
                string.Create(CultureInfo.InvariantCulture, $"limit: the calls that the protocol needs for it, bare, in {processes} processes"),
                100 * Median(rounds.Select(r => r.Limit!.Rate / r.Floor.Rate)), "% of the guarded pair", Times: Times.Of(rounds.SelectMany(r => r.Limit!.Times))));
        }
        return (new Series("acquire + release", ours), new Series("bare calls under one flock", floors));
    }

    private static async Task<List<(Turn Floor, Turn Ours, Turn? Limit)>> RoundsAsync(Effort effort, int processes)
    {
        var rounds = new List<(Turn, Turn, Turn?)>();
        for (int round = 0; round < effort.CrowdRounds; round++)
        {
            rounds.Add((
                await TurnAsync("guarded").ConfigureAwait(false), await TurnAsync("pairs").ConfigureAwait(false),
                processes is 8 or 32 ? await TurnAsync("limit").ConfigureAwait(false) : null));

            async Task<Turn> TurnAsync(string what)
            {
                // A tree of its own: what one turn left in memory or on disk, a hundred thousand deleted files, is neither help nor hindrance to the next.
                var scene = await Scene.MakeAsync().ConfigureAwait(false);
                await using var _ = scene.ConfigureAwait(false);
                await File.WriteAllBytesAsync(scene.File(Worker.Record), await scene.RecordAsync().ConfigureAwait(false)).ConfigureAwait(false);
                return new Turn(effort.Crowd, await Workers.RunAsync(what, scene.Root, processes, effort.Crowd.TotalSeconds, effort.Crowd / 2).ConfigureAwait(false));
            }
        }
        return rounds;
    }

    private static double Median(IEnumerable<double> values) => Times.Of(values).P50;

    /// <summary>What all processes did in the same time.</summary>
    private sealed class Turn
    {
        public Turn(TimeSpan duration, string[] told)
        {
            string[][] lines = [.. told.Select(line => line.Split(';'))];
            Failed = lines.Sum(line => int.Parse(line[0], CultureInfo.InvariantCulture));
            double[][] each = [.. lines.Select(line => Worker.Unlisted(line[1]))];
            Times = [.. each.SelectMany(times => times)];
            Rate = Times.Length / duration.TotalSeconds;
            Slowest = each.Min(times => times.Length) / each.Average(times => times.Length);
        }

        /// <summary>How many operations gave up, since the store was busy for as long as they waited.</summary>
        public int Failed { get; }

        /// <summary>Of each operation, in microseconds.</summary>
        public double[] Times { get; }

        /// <summary>Operations a second.</summary>
        public double Rate { get; }

        /// <summary>What the slowest process did, as a part of the mean.</summary>
        public double Slowest { get; }
    }
}
