using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>
/// Runs a command once to see which system calls touch the store, then once for each of them, killed at its entry, and looks at what is left.
/// </summary>
/// <remarks>
/// The calls of the main thread, that is: they come at the same places of its counts in every run. A command that waited goes on in other threads;
/// see <see cref="AttachedRunner"/>.
/// </remarks>
internal sealed class CrashPointRunner(ITestOutputHelper output)
{
    /// <summary>A run may differ now and then: a folder that lists its files in another order, a guard that was contended for a moment.</summary>
    private const int Attempts = 5;

    /// <summary>How many trees share the points of one scenario, and how many of all these are worked on at once.</summary>
    private const int Lanes = 2;

    private readonly CrashTally _tally = new();
    private readonly Sample _looks = new(output);

    public async Task KillAtEveryCallAsync(string what, IEnumerable<CrashScenario> scenarios)
    {
        using var trials = new Trials(output, $"Crash points: {what}", CrashTally.Killed, _looks.Seed);
        await Parallel.ForEachAsync(
            scenarios.SelectMany(s => Enumerable.Range(0, Lanes).Select(lane => (s, lane))), new ParallelOptions { MaxDegreeOfParallelism = Lanes },
            async (job, _) => await KillAtEveryCallAsync(job.s, job.lane));
        _tally.End(trials);
    }

    private async Task KillAtEveryCallAsync(CrashScenario scenario, int lane)
    {
        await using var place = await CrashPlace.MakeAsync(scenario);
        var (end, trace) = await LoneCommand.TraceAsync(place.Tree, scenario.Arguments, Strace.AllOfFiles, inject: null, scenario.Variables);
        place.NoteDone(end);
        Assert.True(scenario.Passing.Count > 0 || trace.OfStore.All(c => c.Thread == trace.MainThread));
        var points = trace.OfStore.Where(c => c.Thread == trace.MainThread).Append(trace.Calls.Last(c => c.Thread == trace.MainThread && c.Name == Strace.Exit)).ToList();
        var path = place.Path();
        var chosen = Enumerable.Range(0, points.Count).Where(i => IsChosen(points, i)).ToList();
        foreach (int i in chosen.Where((_, n) => n % Lanes == lane))
        {
            try
            {
                string told = await KillAsync(place, scenario, points, i);
                var remains = place.Read();
                path.Add(remains, isLast: i == points.Count - 1);
                await place.LookAsync(remains, told);
            }
            catch (CallNotHitException error)
            {
                _tally.NotHit($"{scenario.Name}, {points[i]}: {error.Message}");
                continue;
            }
            catch (Exception error) when (CrashTally.IsViolation(error))
            {
                _tally.Violated($"{scenario.Name}, killed at {points[i]}", error);
            }
            _tally.Hit(points[i]);
        }
    }

    /// <summary>Every call that may change something, and the one after it; of the others a sample.</summary>
    private bool IsChosen(List<SystemCall> points, int i) =>
        !points[i].OnlyLooks || (i > 0 && !points[i - 1].OnlyLooks) || _looks.Takes(i);

    /// <summary>Kills a run at the entry of one call, and makes sure that it was this one; returns what it had printed.</summary>
    private async Task<string> KillAsync(CrashPlace place, CrashScenario scenario, List<SystemCall> points, int at)
    {
        var traced = points.Select(p => p.Name).Distinct().ToList();
        var expected = points.Take(at + 1).Select(p => p.What).ToList();
        string saw = "";
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            place.Restore();
            var (end, trace) = await LoneCommand.TraceAsync(place.Tree, scenario.Arguments, traced, Injection.Signal("SIGKILL", points[at].Name, points[at].Ordinal), scenario.Variables);
            var calls = trace.Calls.Where(c => c.Thread == trace.MainThread).ToList();
            var last = calls[^1];
            var seen = trace.OfStore.Where(c => c.Thread == trace.MainThread && c != last).Append(last).Select(c => c.What);
            if (end.Code == CommandEnd.Killed && !last.Returned && seen.SequenceEqual(expected))
                return end.Out;
            _tally.Missed();
            saw = $"{last}, exit code {end.Code}";
        }
        throw new CallNotHitException($"this call could not be hit; the last attempt ended at {saw}");
    }
}
