using System.Globalization;

namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>A run that can be named on a command line: by its seed, or as a small scenario and the points at which its schedule differs from the calm one.</summary>
internal sealed record NamedRun(string Name, Scenario Scenario, Func<IChooser> Chooser)
{
    private const string Variable = "SWARMLOCKS_SIMULATION_SEED";

    /// <summary>The one that a person asked for; null when nobody did.</summary>
    public static NamedRun? Wanted => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } name ? Parse(name) : null;

    /// <summary>What runs it again.</summary>
    public string Command => $"{Variable}='{Name}' dotnet test tests/Stress -c Release --filter A_seed_can_be_run_again --logger 'console;verbosity=detailed'";

    public static NamedRun Of(int seed) => new(seed.ToString(CultureInfo.InvariantCulture), Scenario.Random(seed), () => new RandomChooser(seed));

    public static NamedRun Of(string scenario, Schedule schedule) => new($"{scenario}: {schedule}", SmallScenarios.All[scenario], () => new Replay(schedule));

    /// <summary>Reads <see cref="Name"/>.</summary>
    public static NamedRun Parse(string name)
    {
        if (int.TryParse(name, CultureInfo.InvariantCulture, out int seed))
            return Of(seed);
        int colon = name.IndexOf(": ", StringComparison.Ordinal);
        return Of(name[..colon], Schedule.Parse(name[(colon + 2)..]));
    }
}
