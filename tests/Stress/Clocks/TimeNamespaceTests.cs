using System.Diagnostics;
using System.Globalization;
using SwarmLocks.Tests.Stress.Worker;
using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress.Clocks;

/// <summary>Two populations on one store, in two time namespaces of one kernel: neither can read the other's monotonic clock, so the wall clock judges between them.</summary>
[Collection(Swarm.Name)]
public sealed class TimeNamespaceTests(ITestOutputHelper output)
{
    private static readonly TimeNamespace[] Spaces = [new(0), new(1_000_000)];

    [TimeNamespaceFact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task Processes_of_two_time_namespaces_race_and_one_wins_every_round()
    {
        using var trials = new Trials(output, "races of two time namespaces", "rounds") { Notes = "4 processes, 1,000,000 s apart" };
        using var tree = Tree.Create();
        var workers = await OpenAsync(tree, 4);
        var budget = Proof.Budget(2, 0.02);
        for (int rounds = 0; rounds < 20 || trials.Elapsed < budget; rounds++, trials.Tried++)
        {
            string[] answers = await Swarm.AskAllAsync(workers, i => Invariant($"race racer-{i} src/a.cs"));
            Assert.True(answers.Count(a => a.StartsWith("granted", StringComparison.Ordinal)) == 1, Invariant($"round {rounds}: {string.Join(", ", answers)}"));
            await workers[Array.FindIndex(answers, a => a.StartsWith("granted", StringComparison.Ordinal))].AskAsync("free");
        }
        await EndAsync(workers);
        trials.End();
    }

    [TimeNamespaceFact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task Leases_of_milliseconds_in_two_time_namespaces_never_meet()
    {
        const int renewals = 240;
        const int cleanups = 40;
        using var tree = Tree.Create();
        int seed = Seed.New(output);
        using var trials = new Trials(output, "leases of milliseconds in two time namespaces", "leases", seed);
        var workers = await OpenAsync(tree, 4);
        var budget = Proof.Budget(3, 0.03);
        int tried = 0;
        List<Belief> beliefs = [];
        do
        {
            await Swarm.AskAllAsync(workers, i => Invariant($"churn agent-{i} {seed + i + tried} {renewals / workers.Count} {cleanups / workers.Count}"));
            for (int i = 0; i < workers.Count; i++)
                beliefs.AddRange(File.ReadLines(tree.File(Invariant($"beliefs-agent-{i}"))).Select(Belief.Parse).Select(b => InMachineTime(b, Spaces[i % 2])));
            tried += renewals + cleanups;
        }
        while (trials.Elapsed < budget);
        await EndAsync(workers);
        var clashes = Belief.Clashes(beliefs).ToList();
        (trials.Tried, trials.Notes) = (beliefs.Count, Invariant($"{tried} renewals and clean-ups"));
        Assert.True(beliefs.Count > tried / 50, "Hardly anything was held.");
        trials.End([.. clashes.Select(c => Invariant($"{c.First} and {c.Second} meet for {(c.First.Until - c.Second.From) * 1e6 / Stopwatch.Frequency:f1} us"))]);
    }

    [TimeNamespaceFact(NeedsNative = true)]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task The_native_command_in_another_time_namespace_respects_a_lease_until_it_ends_and_not_longer()
    {
        using var trials = new Trials(output, "the native command in other time namespaces", "acquires");
        using var tree = Tree.Create();
        var budget = Proof.Budget(1, 0.02);
        foreach (long seconds in (long[])[10_000_000, 1000, 1])
        {
            if (trials.Tried > 0 && trials.Elapsed > budget && !Proof.IsLong)
                break;
            var space = new TimeNamespace(seconds);
            foreach (var (one, other) in ((IReadOnlyList<string>, IReadOnlyList<string>)[])[([], space.Before), (space.Before, [])])
            {
                long start = Stopwatch.GetTimestamp();
                Assert.Equal(CommandEnd.Done, (await RunAsync(tree, one, "acquire --agent a x.cs --ttl 1s")).Code);
                var seen = await RunAsync(tree, other, "list");
                Assert.True(seen.Out.Contains("live", StringComparison.Ordinal) || Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(1), $"{seen}");
                CommandEnd end;
                do
                {
                    end = await RunAsync(tree, other, "acquire --agent b x.cs");
                    Assert.True(end.Trouble() is null, $"{end}");
                    Assert.True(end.Code != CommandEnd.Done || Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(1), "It was given away.");
                    trials.Tried++;
                }
                while (end.Code == CommandEnd.Refused && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(4));
                Assert.Equal(CommandEnd.Done, end.Code);
                Assert.Equal(CommandEnd.Refused, (await RunAsync(tree, one, "renew --agent a x.cs")).Code);
                Assert.Equal(CommandEnd.Done, (await RunAsync(tree, other, "release --agent b --all")).Code);
            }
        }
        trials.End();
    }

    private static Task<CommandEnd> RunAsync(Tree tree, IReadOnlyList<string> before, string line) => NativeCommand.RunBelowAsync(before, tree.Root, line.Split(' '));

    private static Belief InMachineTime(Belief belief, TimeNamespace space) =>
        belief with { From = belief.From - (space.Seconds * Stopwatch.Frequency), Until = belief.Until - (space.Seconds * Stopwatch.Frequency) };

    private static async Task<List<WorkerProcess>> OpenAsync(Tree tree, int count)
    {
        var workers = Enumerable.Range(0, count).Select(i => i % 2 == 0 ? WorkerProcess.Start() : WorkerProcess.Start(Spaces[1].Before)).ToList();
        await Swarm.AskAllAsync(workers, _ => $"open {tree.Root}");
        return workers;
    }

    private static async Task EndAsync(List<WorkerProcess> workers)
    {
        foreach (var worker in workers)
            await worker.DisposeAsync();
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
