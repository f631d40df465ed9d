namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>Makes a failing run as short as it gets: fewer deeds, fewer processes, fewer turns.</summary>
internal static class Shrinker
{
    private const int Tries = 600;

    public static (Scenario Scenario, Schedule Schedule) Shrink(Scenario scenario, Schedule schedule)
    {
        int tries = 0;
        bool shrunk;
        do
        {
            shrunk = false;
            foreach (var smaller in Smaller(scenario))
            {
                if (tries < Tries && Fails(smaller, schedule, ref tries))
                {
                    (scenario, shrunk) = (smaller, true);
                    break;
                }
            }
            for (int chunk = Math.Max(1, schedule.Picks.Count / 2); chunk >= 1; chunk /= 2)
            {
                for (int at = 0; at < schedule.Picks.Count && tries < Tries;)
                {
                    var fewer = new Schedule(schedule.Picks.Where((_, i) => i < at || i >= at + chunk));
                    if (Fails(scenario, fewer, ref tries))
                        (schedule, shrunk) = (fewer, true);
                    else
                        at += chunk;
                }
            }
        }
        while (shrunk && tries < Tries);
        return (scenario, schedule);
    }

    private static bool Fails(Scenario scenario, Schedule schedule, ref int tries)
    {
        tries++;
        return SimRun.Of(scenario, new Replay(schedule)).Failure is not null;
    }

    private static IEnumerable<Scenario> Smaller(Scenario scenario)
    {
        for (int process = 0; process < scenario.Processes.Count; process++)
        {
            yield return scenario with { Processes = Without(scenario.Processes, process) };
            var roles = scenario.Processes[process];
            for (int role = 0; role < roles.Count; role++)
            {
                if (roles.Count > 1)
                    yield return With(scenario, process, Without(roles, role));
                for (int act = 0; act < roles[role].Acts.Count; act++)
                    yield return With(scenario, process, Replaced(roles, role, roles[role] with { Acts = Without(roles[role].Acts, act) }));
            }
        }
    }

    private static Scenario With(Scenario scenario, int process, IReadOnlyList<Role> roles) => scenario with { Processes = Replaced(scenario.Processes, process, roles) };

    private static IReadOnlyList<T> Without<T>(IReadOnlyList<T> list, int at) => [.. list.Where((_, i) => i != at)];

    private static IReadOnlyList<T> Replaced<T>(IReadOnlyList<T> list, int at, T by) => [.. list.Select((item, i) => i == at ? by : item)];
}
