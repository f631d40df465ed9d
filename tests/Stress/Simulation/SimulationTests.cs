using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>The shipped store, policy and manager under schedules that no scheduler would come upon in years.</summary>
public sealed class SimulationTests(ITestOutputHelper output)
{
    /// <summary>How many random schedules are run at least, however slow the machine.</summary>
    private const int MinRandom = 10_000;

    /// <summary>How many schedules of small scenarios are run at least, however slow the machine.</summary>
    private const int MinSearched = 20_000;

    [Fact]
    [Trait(Proof.Trait, Proof.Value)]
    public void No_schedule_lets_two_believe_or_loses_or_leaks_a_lock()
    {
        int first = Seed.New(output);
        using var trials = new Trials(output, "Simulation: random schedules", "schedules", first);
        var budget = Proof.Budget(shortSeconds: 15, share: 0.4);
        int runs = 0;
        long steps = 0, grants = 0, takeovers = 0, waits = 0, turns = 0;
        int failed = 0;
        Parallel.For(0, Environment.ProcessorCount, _ =>
        {
            while (Volatile.Read(ref failed) == 0 && (trials.Elapsed < budget || Volatile.Read(ref runs) < MinRandom))
            {
                int seed = unchecked(first + Interlocked.Increment(ref runs));
                SimRun run;
                try
                {
                    run = SimRun.Of(Scenario.Random(seed), new RandomChooser(seed));
                }
                catch (InvalidOperationException stuck)
                {
                    throw new InvalidOperationException($"{seed}: {stuck.Message}", stuck);
                }
                Interlocked.Add(ref steps, run.Steps);
                Interlocked.Add(ref grants, run.Grants);
                Interlocked.Add(ref takeovers, run.Takeovers);
                Interlocked.Add(ref waits, run.Waits);
                Interlocked.Add(ref turns, run.Turns);
                if (run.Failure is not null)
                    Interlocked.CompareExchange(ref failed, seed, 0);
            }
        });
        trials.Tried = runs;
        trials.Notes = string.Create(CultureInfo.InvariantCulture, $"{steps} steps, {grants} grants, {takeovers} stale leases ended, {waits} looks in line, {turns} of those granted");
        if (failed != 0)
            Explain(NamedRun.Of(failed));
        // A search that meets nobody proves nothing.
        Assert.True(grants > runs && takeovers > 0 && waits > 0 && turns > 0, "too little happened");
        trials.End();
    }

    [Fact]
    [Trait(Proof.Trait, Proof.Value)]
    public void Nothing_that_can_happen_at_one_or_two_points_of_a_small_scenario_breaks_it()
    {
        int seed = Seed.New(output);
        using var trials = new Trials(output, "Simulation: schedules near the calm one", "schedules", seed);
        var budget = Proof.Budget(shortSeconds: 15, share: 0.45);
        // Each scenario its part of the time and of the schedules, which those at its side share with it.
        var part = budget * Math.Min(Environment.ProcessorCount, SmallScenarios.All.Count) / SmallScenarios.All.Count;
        var searches = SmallScenarios.All.Select(s => (Name: s.Key, Search: new Search(s.Value, seed))).ToList();
        Parallel.ForEach(Partitioner.Create(searches, EnumerablePartitionerOptions.NoBuffering), new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, one =>
        {
            long begun = Stopwatch.GetTimestamp();
            one.Search.FindFailure(deviations: 2, () => Stopwatch.GetElapsedTime(begun) > part && one.Search.Runs.Sum() > MinSearched / SmallScenarios.All.Count);
        });
        foreach (var (name, search) in searches)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: {search.Runs.ElementAtOrDefault(1)} with one deviation (all), {search.Runs.ElementAtOrDefault(2)} with two ({(search.IsComplete ? "all" : "not all")}), killed in {search.Kills}"));
        }
        trials.Tried = searches.Sum(one => one.Search.Runs.Sum());
        trials.Notes = string.Create(
            CultureInfo.InvariantCulture,
            $"{searches.Count} small scenarios: all with one deviation, all with two in {searches.Count(one => one.Search.IsComplete)} of them; a process killed in {searches.Sum(one => one.Search.Kills)}");
        if (searches.Find(one => one.Search.Failing is not null) is { Search.Failing: { } failing } found)
            Explain(NamedRun.Of(found.Name, failing));
        Assert.All(searches, one => Assert.True(one.Search.Kills > 0 || SmallScenarios.All[one.Name].Kills == 0, $"nobody was killed in {one.Name}"));
        trials.End();
    }

    [Fact]
    public void A_seed_takes_the_same_turns_each_time()
    {
        foreach (int seed in Enumerable.Range(Seed.New(output), 40))
        {
            SimTrace one = new(), two = new();
            var first = SimRun.Of(Scenario.Random(seed), new RandomChooser(seed), one);
            SimRun.Of(Scenario.Random(seed), new Replay(first.Schedule), two);
            Assert.Equal(one.Lines, two.Lines);
        }
    }

    [Fact]
    public void A_seed_can_be_run_again_with_its_trace()
    {
        var named = NamedRun.Wanted ?? NamedRun.Parse("a waiter and a release: 60:1 90:3");
        SimTrace one = new(), two = new();
        var run = SimRun.Of(named.Scenario, named.Chooser(), one);
        SimRun.Of(named.Scenario, NamedRun.Parse(named.Name).Chooser(), two);
        Assert.Equal(one.Lines, two.Lines);
        if (run.Failure is not null)
            Explain(named);
        Tell(named.Scenario, one);
    }

    /// <summary>Fails with the shortest run that shows it.</summary>
    private void Explain(NamedRun named)
    {
        var schedule = SimRun.Of(named.Scenario, named.Chooser()).Schedule;
        var (smallest, turns) = Shrinker.Shrink(named.Scenario, schedule);
        var trace = new SimTrace();
        var run = SimRun.Of(smallest, new Replay(turns), trace);
        output.WriteLine($"{named.Command}\n{schedule.Picks.Count} turns, {turns.Picks.Count} of them needed:");
        Tell(smallest, trace);
        Assert.Fail($"{named.Name}: {run.Failure}");
    }

    private void Tell(Scenario scenario, SimTrace trace)
    {
        output.WriteLine(scenario.ToString());
        foreach (string line in trace.Lines)
            output.WriteLine(line);
    }
}
