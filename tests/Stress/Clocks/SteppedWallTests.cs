using System.Globalization;
using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress.Clocks;

/// <summary>Processes whose clocks on the wall are a month apart, and jump while they hold leases: the monotonic clock of the machine judges.</summary>
[Collection(Swarm.Name)]
public sealed class SteppedWallTests(ITestOutputHelper output)
{
    private const int Hour = 3600;
    private const int Day = 24 * Hour;

    private const int Processes = 4;

    private static readonly int[] Offsets = [0, Hour, -Hour, Day, -Day, 30 * Day, -30 * Day, 0];

    [Fact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task Processes_with_clocks_a_month_apart_race_and_one_wins_every_round()
    {
        using var trials = new Trials(output, "races under clocks a month apart", "rounds") { Notes = Invariant($"{Processes} processes") };
        using var tree = Tree.Create();
        var workers = await OpenAsync(tree);
        await using var _ = new Ended(workers);
        var budget = Proof.Budget(3, 0.03);
        for (int rounds = 0; rounds < 20 || trials.Elapsed < budget; rounds++, trials.Tried++)
        {
            // Every round somebody's clock is set.
            await workers[rounds % workers.Count].AskAsync(Invariant($"step {Offsets[(rounds / 3) % Offsets.Length]}"));
            string[] answers = await Swarm.AskAllAsync(workers, i => Invariant($"race racer-{i} {(i % 2 == 0 ? "src/a.cs" : "src/*")}"));
            int winner = Array.FindIndex(answers, a => a.StartsWith("granted", StringComparison.Ordinal));
            Assert.True(answers.Count(a => a.StartsWith("granted", StringComparison.Ordinal)) == 1, Invariant($"round {rounds}: {string.Join(", ", answers)}"));
            // Setting it while a lease lives neither ends it nor lets anybody in.
            await workers[winner].AskAsync(Invariant($"step {Offsets[rounds % Offsets.Length]}"));
            Assert.Equal("held", await workers[winner].AskAsync("believe"));
            Assert.Equal("refused Conflict", await workers[(winner + 1) % workers.Count].AskAsync("race late src/a.cs"));
            await workers[winner].AskAsync("free");
        }
        trials.End();
    }

    [Fact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task Leases_of_milliseconds_under_clocks_a_month_apart_never_meet()
    {
        const int renewals = 240;
        const int cleanups = 40;
        using var tree = Tree.Create();
        int seed = Seed.New(output);
        using var trials = new Trials(output, "leases of milliseconds under clocks a month apart", "leases", seed);
        var workers = await OpenAsync(tree);
        await using var _ = new Ended(workers);
        var budget = Proof.Budget(2, 0.03);
        int tried = 0;
        List<Worker.Belief> beliefs = [];
        do
        {
            await Swarm.AskAllAsync(workers, i => Invariant($"churn agent-{i} {seed + i + tried} {renewals / workers.Count} {cleanups / workers.Count}"));
            beliefs.AddRange(Directory.EnumerateFiles(tree.Root, "beliefs-*").SelectMany(File.ReadLines).Select(Worker.Belief.Parse));
            tried += renewals + cleanups;
            await Swarm.AskAllAsync(workers, i => Invariant($"step {Offsets[(tried + (3 * i)) % Offsets.Length]}"));
        }
        while (trials.Elapsed < budget);
        var clashes = Worker.Belief.Clashes(beliefs).ToList();
        (trials.Tried, trials.Notes) = (beliefs.Count, Invariant($"{tried} renewals and clean-ups"));
        Assert.True(beliefs.Count > tried / 50, "Hardly anything was held.");
        trials.End([.. clashes.Select(c => $"{c.First} and {c.Second} meet")]);
    }

    private static async Task<List<WorkerProcess>> OpenAsync(Tree tree)
    {
        var workers = Enumerable.Range(0, Processes).Select(_ => WorkerProcess.Start()).ToList();
        await Swarm.AskAllAsync(workers, i => Invariant($"open-at {tree.Root} {Offsets[(2 * i) + 1]}"));
        return workers;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class Ended(IReadOnlyList<WorkerProcess> workers) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            foreach (var worker in workers)
                await worker.DisposeAsync();
        }
    }
}
