using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>The shipped store, policy and manager under schedules that no scheduler would come upon in years.</summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    [Fact]
    [Trait(Proof.Trait, Proof.Value)]
    public void No_schedule_lets_two_believe_or_loses_or_leaks_a_lock()
    {
        int first = Seed.New(output);
        var budget = Proof.Budget(shortSeconds: 20, share: 0.3);
        long start = Stopwatch.GetTimestamp();
        int runs = 0;
        long steps = 0, grants = 0, takeovers = 0, waits = 0;
        string? failure = null;
        while (failure is null && Stopwatch.GetElapsedTime(start) < budget)
        {
            int seed = unchecked(first + runs++);
            var run = SimRun.Of(Scenario.Random(seed), new RandomChooser(seed));
            (steps, grants, takeovers, waits) = (steps + run.Steps, grants + run.Grants, takeovers + run.Takeovers, waits + run.Waits);
            if (run.Failure is not null)
                failure = $"seed {seed}: {run.Failure}";
        }
        Proof.Report(
            output, "Simulation: random schedules", runs, "schedules", failure is null ? 0 : 1,
            string.Create(CultureInfo.InvariantCulture, $"{steps} steps, {grants} grants, {takeovers} takeovers, {waits} looks in line, from seed {first}"));
        Assert.True(failure is null, failure);
    }

    [Fact]
    public void A_seed_can_be_run_again_with_its_trace()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("SWARMLOCKS_SIMULATION_SEED"), CultureInfo.InvariantCulture, out int given) ? given : 1;
        var trace = new SimTrace();
        var run = SimRun.Of(Scenario.Random(seed), new RandomChooser(seed), trace);
        output.WriteLine(Scenario.Random(seed).ToString());
        foreach (string line in trace.Lines)
            output.WriteLine(line);
        Assert.True(run.Failure is null, run.Failure);
    }
}
