using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>The search by chance finds what it is there to find: on a machine that breaks a promise it meets the violation soon, and makes its run small.</summary>
public sealed class FlawTests(ITestOutputHelper output)
{
    /// <summary>The rarest of these violations comes in every twentieth run.</summary>
    private const int Seeds = 500;

    /// <summary>What a run at most has when nothing of it can be left out; one by chance has up to 24, and hundreds of turns.</summary>
    private const int FewDeeds = 8;
    private const int FewTurns = 12;

    public static TheoryData<string, string> Flaws => new()
    {
        { nameof(Flaw.GuardExcludesNobodyElse), "inside the guard" },
        { nameof(Flaw.ClockOfOneIsBehind), "two believe that they hold" },
        { nameof(Flaw.ReplacementsAreLost), "there is no record of it" },
        { nameof(Flaw.CounterIsLost), "gives out token" },
        { nameof(Flaw.RemovalsAreLost), "is left" },
    };

    [Theory]
    [MemberData(nameof(Flaws))]
    public void A_broken_promise_is_found_by_chance_and_told_by_a_small_run(string name, string violation)
    {
        var flaw = Enum.Parse<Flaw>(name);
        int first = Seed.New(output);
        var (scenario, run) = Enumerable.Range(first, Seeds).Select(seed => Run(seed, flaw)).FirstOrDefault(r => r.Run.Failure?.Contains(violation, StringComparison.Ordinal) == true);
        Assert.True(run is not null, $"{Seeds} schedules did not meet \"{violation}\"");

        var (smallest, turns) = Shrinker.Shrink(scenario, run.Schedule);
        var trace = new SimTrace();
        string? told = SimRun.Of(smallest, new Replay(turns), trace).Failure;
        output.WriteLine($"{run.Schedule.Picks.Count} turns, {turns.Picks.Count} of them needed, and {DeedsOf(smallest)} of {DeedsOf(scenario)} deeds:\n{smallest}\n{told}");
        Assert.NotNull(told);
        Assert.Contains(trace.Lines, line => line.Contains("VIOLATION", StringComparison.Ordinal));
        Assert.True(DeedsOf(smallest) <= FewDeeds && turns.Picks.Count <= FewTurns, "it is not small");
        // It is the flaw that was found.
        Assert.Null(SimRun.Of(smallest with { Flaw = Flaw.None }, new Replay(turns)).Failure);
    }

    private static (Scenario Scenario, SimRun Run) Run(int seed, Flaw flaw)
    {
        var scenario = Scenario.Random(seed) with { Flaw = flaw };
        return (scenario, SimRun.Of(scenario, new RandomChooser(seed)));
    }

    private static int DeedsOf(Scenario scenario) => scenario.Processes.SelectMany(p => p).Sum(role => role.Acts.Count);
}
