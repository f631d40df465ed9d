namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>
/// Tries every schedule of a scenario that differs from the calm one at no more than a given number of points, the nearest first: most bugs of concurrency
/// need one or two switches at the right place.
/// </summary>
internal sealed class Search(Scenario scenario)
{
    /// <summary>How many schedules were run.</summary>
    public int Runs { get; private set; }

    /// <summary>Whether all of them were run before time was up.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>The first schedule that fails; null when none does.</summary>
    public Schedule? FindFailure(int deviations, Func<bool> isTimeUp)
    {
        var level = new List<KeyValuePair<int, int>[]> { Array.Empty<KeyValuePair<int, int>>() };
        for (int depth = 0; depth <= deviations; depth++)
        {
            var next = new List<KeyValuePair<int, int>[]>();
            foreach (var picks in level)
            {
                if (isTimeUp())
                {
                    IsComplete = false;
                    return null;
                }
                var schedule = new Schedule(picks);
                var run = SimRun.Of(scenario, new Replay(schedule), tryAll: depth < deviations || depth == 0);
                Runs++;
                if (run.Failure is not null)
                    return schedule;
                if (depth < deviations)
                    next.AddRange(Extensions(picks, run));
            }
            level = next;
        }
        return null;
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
