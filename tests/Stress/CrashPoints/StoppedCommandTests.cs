using System.Diagnostics;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>
/// A command stopped past the TTL of what it asks for, after each system call on the store. Inside the guard the others hear "busy", and nothing else, for
/// as long as it stands still; outside they get the lock when its time is over. When it goes on it says that it lost, and touches nothing of theirs.
/// </summary>
[Collection(Swarm.Name)]
[Trait(Proof.Trait, Proof.Value)]
public sealed class StoppedCommandTests(ITestOutputHelper output)
{
    private const int Done = 0;
    private const int Unavailable = 69;
    private const int Refused = 75;
    private const string Path = "src/a.cs";
    private const string Victim = CrashScenario.Victim;

    /// <summary>They mostly wait.</summary>
    private const int AtOnce = 8;
    private const int Attempts = 5;

    /// <summary>The shortest TTL there is, and some time for a slow machine to come to the stop.</summary>
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(1.5);

    /// <summary>What a process may take to start and end on a machine on which many others want to run.</summary>
    private static readonly TimeSpan Slowness = TimeSpan.FromSeconds(5);

    private static readonly string[] Acquire = ["acquire", Path, "--ttl", "1.5s", "--agent", Victim, "--json"];
    private static readonly string[] Renew = ["renew", Path, "--agent", Victim, "--json"];
    private static readonly string[] Run = ["run", Path, "--ttl", "1.5s", "--agent", Victim, "--", "touch", "ran"];

    private readonly CrashTally _tally = new();
    private readonly Sample _sample = new(output);

    [NativeFact]
    public Task An_acquire_stopped_past_its_ttl_inside_the_guard_keeps_all_others_out_and_learns_that_it_lost() =>
        StopInsideAsync("acquire", Acquire, isHeld: false);

    [NativeFact]
    public Task A_renewal_stopped_past_the_ttl_inside_the_guard_keeps_all_others_out_and_learns_that_it_lost() =>
        StopInsideAsync("renew", Renew, isHeld: true);

    [NativeFact]
    public Task A_run_stopped_past_its_ttl_inside_the_guard_keeps_all_others_out_and_never_starts_its_command() =>
        StopInsideAsync("run", Run, isHeld: false);

    [NativeFact]
    public Task An_acquire_stopped_past_its_ttl_outside_the_guard_is_overtaken_and_learns_that_it_lost() =>
        StopOutsideAsync("acquire", Acquire, isHeld: false);

    [NativeFact]
    public Task A_renewal_stopped_past_the_ttl_outside_the_guard_is_overtaken_and_learns_that_it_lost() =>
        StopOutsideAsync("renew", Renew, isHeld: true);

    [NativeFact]
    public Task A_run_stopped_past_its_ttl_outside_the_guard_is_overtaken_and_never_starts_its_command() =>
        StopOutsideAsync("run", Run, isHeld: false);

    private Task StopInsideAsync(string what, string[] command, bool isHeld) => StopAsync($"{what}, inside the guard", command, isHeld, span => span.Inside.Where((_, i) => _sample.Takes(i)), async (tree, stopped) =>
    {
        await ExpectBusyAsync(tree);
        // Looking needs no guard.
        await using (var locks = tree.Open())
            await locks.ListAsync();
        await UntilPastTtlAsync(stopped);
        await ExpectBusyAsync(tree);
        ExpectLoss(await stopped.ContinueAsync());
        await ExpectGrantedAsync(tree);
    });

    private Task StopOutsideAsync(string what, string[] command, bool isHeld) => StopAsync($"{what}, outside the guard", command, isHeld, span => span.Outside, async (tree, stopped) =>
    {
        // It waits until the time of the one that stands still is over, and no longer.
        var end = await ExpectGrantedAsync(tree, "--wait", "10s");
        Assert.All(end.Json.GetProperty("leases")[0].GetProperty("took_over").EnumerateArray(), l => Assert.Equal("expired", l.GetProperty("state").GetString()));
        await UntilPastTtlAsync(stopped);
        ExpectLoss(await stopped.ContinueAsync());
        Assert.Equal(Done, (await LoneCommand.RunAsync(tree, ["check", Path, "--agent", "other"])).Code);
    });

    private async Task StopAsync(string what, string[] command, bool isHeld, Func<GuardSpan, IEnumerable<SystemCall>> where, Func<Tree, StoppedCommand, Task> then)
    {
        using var trials = new Trials(output, $"Stopped past the TTL: {what}", "system calls stopped at", _sample.Seed);
        GuardSpan span;
        using (var tree = Tree.Create())
        {
            await PrepareAsync(tree, isHeld);
            var trace = (await LoneCommand.TraceAsync(tree, command, Strace.AllOfFiles)).Trace;
            span = new GuardSpan([.. trace.OfStore.Where(c => c.Thread == trace.MainThread)]);
        }
        var traced = span.Calls.Select(c => c.Name).Distinct().ToList();
        await Parallel.ForEachAsync(where(span), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (point, _) =>
        {
            try
            {
                await StopAsync(command, isHeld, traced, point, then);
            }
            catch (Exception error) when (CrashTally.IsViolation(error))
            {
                _tally.Violated($"stopped after {point}", error);
            }
            _tally.Hit(point);
        });
        _tally.End(trials);
    }

    private async Task StopAsync(string[] command, bool isHeld, IEnumerable<string> traced, SystemCall point, Func<Tree, StoppedCommand, Task> then)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            using var tree = Tree.Create();
            await PrepareAsync(tree, isHeld);
            await using var stopped = await StoppedCommand.StartAsync(tree, command, traced, Injection.Signal("SIGSTOP", point.Name, point.Ordinal));
            if (stopped.At?.What != point.What)
            {
                _tally.Missed();
                continue;
            }
            await then(tree, stopped);
            Assert.False(File.Exists(tree.File("ran")), "the command of run has run");
            return;
        }
        throw new XunitException("it never stood still there");
    }

    private static async Task PrepareAsync(Tree tree, bool isHeld)
    {
        await Arranged.HoldAsync(tree, "neighbour", "src/b.cs");
        if (isHeld)
            await Arranged.HoldAsync(tree, Victim, Path, ttl: Ttl);
    }

    private static Task UntilPastTtlAsync(StoppedCommand stopped) => Until.TrueAsync(() => Task.FromResult(stopped.Stillness > Ttl), "the end of the TTL");

    private static async Task ExpectBusyAsync(Tree tree)
    {
        long start = Stopwatch.GetTimestamp();
        var end = await LoneCommand.RunAsync(tree, ["acquire", Path, "--agent", "other", "--json"]);
        Assert.True(Stopwatch.GetElapsedTime(start) < LoneCommand.Bound + Slowness, $"it took {Stopwatch.GetElapsedTime(start)} to say busy");
        Assert.True(end.Code == Unavailable, $"another was told {end.Code}: {end.Out}");
        Assert.Equal("store", end.Json.GetProperty("error").GetString());
        Assert.Contains("busy", end.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
        await using var hasty = tree.Open(guardTimeout: LoneCommand.Bound);
        var error = await Assert.ThrowsAsync<LockStoreException>(() => hasty.TryAcquireAsync(new LockRequest("third", Path)));
        Assert.Equal(StoreProblem.Busy, error.Problem);
    }

    private static void ExpectLoss(CommandEnd end)
    {
        Assert.True(end.Code == Refused, $"it ended with {end.Code}: {end.Out} {end.Error}");
        Assert.DoesNotContain("\"granted\":true", end.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("\"renewed\":[{", end.Out, StringComparison.Ordinal);
    }

    private static async Task<CommandEnd> ExpectGrantedAsync(Tree tree, params string[] options)
    {
        var end = await LoneCommand.RunAsync(tree, ["acquire", Path, "--agent", "other", "--json", .. options]);
        Assert.True(end.Code == Done, $"another was told {end.Code}: {end.Out} {end.Error}");
        return end;
    }
}
