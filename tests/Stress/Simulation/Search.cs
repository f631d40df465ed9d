namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>
/// Tries every schedule of a scenario that differs from the calm one at no more than a given number of points, the nearest first: most bugs of concurrency
/// need one or two switches at the right place.
/// </summary>
internal sealed class Search(Scenario scenario, int seed)
{
    private readonly Random _random = new(seed);

    /// <summary>How many schedules were run, by the number of points at which they differ.</summary>
    public IReadOnlyList<int> Runs => _runs;

    /// <summary>In how many of them a process was killed.</summary>
    public int Kills { get; private set; }

    /// <summary>Whether all of them were run before time was up.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>The first schedule that failed; null when none did.</summary>
    public Schedule? Failing { get; private set; }

    private readonly List<int> _runs = [];

    /// <summary>Searches until a schedule fails, all are run, or time is up.</summary>
    /// <param name="deviations">At how many points a schedule may differ.</param>
    /// <param name="isTimeUp">Asked only for schedules that differ at more than one point: those at one are always all run.</param>
    public void FindFailure(int deviations, Func<bool> isTimeUp)
    {
        var level = new List<KeyValuePair<int, int>[]> { Array.Empty<KeyValuePair<int, int>>() };
        for (int depth = 0; depth <= deviations; depth++)
        {
            _runs.Add(0);
            var next = new List<KeyValuePair<int, int>[]>();
            foreach (var picks in level)
            {
                if (depth > 1 && isTimeUp())
                {
                    IsComplete = false;
                    return;
                }
                var schedule = new Schedule(picks);
                var run = SimRun.Of(scenario, new Replay(schedule), tryAll: depth < deviations);
                _runs[depth]++;
                Kills += Math.Min(1, run.Kills);
                if (run.Failure is not null)
                {
                    (Failing, IsComplete) = (schedule, false);
                    return;
                }
                if (depth < deviations)
                    next.AddRange(Extensions(picks, run));
            }
            // Where time does not suffice for all, those that are run shall be of every kind.
            level = [.. next.OrderBy(_ => _random.Next())];
        }
    }

    private static IEnumerable<KeyValuePair<int, int>[]> Extensions(KeyValuePair<int, int>[] picks, SimRun run)
    {
        int from = picks.Length == 0 ? run.Span.From : picks[^1].Key + 1;
        for (int step = from; step < run.Span.Until; step++)
        {
            for (int pick = 1; pick < run.Menus[step - 1]; pick++)
                yield return [.. picks, new(step, pick)];
        }
    }
}
