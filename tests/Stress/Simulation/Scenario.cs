using System.Globalization;

namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>What an agent does in one step of its program.</summary>
internal enum Deed
{
    /// <summary>Takes something, uses it for a while, and gives it back.</summary>
    Hold,

    /// <summary>The same, and takes it a second time meanwhile.</summary>
    HoldTwice,

    /// <summary>The same, and renews it by name meanwhile.</summary>
    HoldAndRenew,

    /// <summary>Takes a lease that outlives its process, uses it, and releases it by name.</summary>
    HoldWithoutSession,

    /// <summary>Gives back all that its agent has here.</summary>
    ReleaseAll,

    /// <summary>Breaks whatever holds something.</summary>
    Break,

    /// <summary>The same, at once.</summary>
    BreakNow,

    /// <summary>Removes what is stale.</summary>
    CleanUp,

    /// <summary>Ends all locks of an agent.</summary>
    CleanUpAgent,

    /// <summary>Asks this and that.</summary>
    Ask,
}

/// <summary>One step of a program.</summary>
internal sealed record Act(Deed Deed, IReadOnlyList<string> Resources, LockMode Mode, int TtlMs, int WaitMs, IReadOnlyList<int> Pauses)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Deed} {(Mode == LockMode.Shared ? "shared " : "")}{string.Join('+', Resources)} ttl {TtlMs} wait {WaitMs} uses after {string.Join(',', Pauses)}");
}

/// <summary>An agent in a process, and what it does there.</summary>
internal sealed record Role(string Agent, IReadOnlyList<Act> Acts);

/// <summary>Who runs on the simulated machine.</summary>
/// <param name="Processes">The agents of each process; one agent may be in several.</param>
/// <param name="Kills">How many processes may be killed.</param>
/// <param name="Successors">How many of the killed are started again.</param>
/// <param name="ReplacesStore">Whether somebody deletes the store meanwhile.</param>
/// <param name="StepsWall">Whether the wall clock is set meanwhile.</param>
/// <param name="EndsUntidily">Whether processes end without closing their manager.</param>
internal sealed record Scenario(
    IReadOnlyList<IReadOnlyList<Role>> Processes, int Kills = 0, int Successors = 0, bool ReplacesStore = false, bool StepsWall = false, bool EndsUntidily = false)
{
    private static readonly string[] Everything =
        ["a.cs", "a.cs", "a.cs", "src/b.cs", "src/", "glob:src/*.cs", "glob:**/b.*", "plan:1", "glob:*.cs"];

    private static readonly Deed[] Deeds =
    [
        Deed.Hold, Deed.Hold, Deed.Hold, Deed.Hold, Deed.HoldTwice, Deed.HoldAndRenew, Deed.HoldWithoutSession, Deed.Break, Deed.BreakNow, Deed.CleanUp,
        Deed.CleanUp, Deed.CleanUpAgent, Deed.Ask, Deed.ReleaseAll,
    ];

    /// <summary>How long time may pass at a point, in milliseconds.</summary>
    public IReadOnlyList<int> Passes { get; init; } = [1, 15, 120, 2_000];

    /// <summary>How long a process may be stopped at a point, in milliseconds.</summary>
    public IReadOnlyList<int> Stops { get; init; } = [30, 400];

    /// <summary>What is wrong with the machine.</summary>
    public Flaw Flaw { get; init; }

    /// <summary>Whether the store is there before anybody begins.</summary>
    public bool StartsWithStore { get; init; }

    public IEnumerable<string> Resources => Processes.SelectMany(p => p).SelectMany(r => r.Acts).SelectMany(a => a.Resources).Distinct();

    /// <summary>A scenario by chance.</summary>
    public static Scenario Random(int seed)
    {
        var random = new Random(seed);
        // Few resources: what never meets tells nothing.
        string[] pool = [.. Enumerable.Range(0, 1 + random.Next(3)).Select(_ => Everything[random.Next(Everything.Length)])];
        int processes = 2 + random.Next(3), agents = 2 + random.Next(2);
        return new Scenario(
            [
                .. Enumerable.Range(0, processes).Select(_ => (IReadOnlyList<Role>)
                [
                    .. Enumerable.Range(0, random.Next(4) == 0 ? 2 : 1)
                        .Select(_ => new Role($"agent-{random.Next(agents)}", [.. Enumerable.Range(0, 1 + random.Next(3)).Select(_ => RandomAct(random, pool))])),
                ]),
            ],
            Kills: random.Next(3), Successors: random.Next(2), ReplacesStore: random.Next(20) == 0, StepsWall: random.Next(10) == 0, EndsUntidily: random.Next(4) == 0);
    }

    private static Act RandomAct(Random random, string[] pool) => new(
        Deeds[random.Next(Deeds.Length)],
        [.. Enumerable.Range(0, random.Next(4) == 0 ? 2 : 1).Select(_ => pool[random.Next(pool.Length)]).Distinct()],
        random.Next(4) == 0 ? LockMode.Shared : LockMode.Exclusive,
        TtlMs: random.Next(3) switch { 0 => 60, 1 => 110, _ => 1_000 },
        WaitMs: random.Next(3) switch { 0 => 0, 1 => 200, _ => 3_000 },
        Pauses: [.. Enumerable.Range(0, random.Next(3)).Select(_ => random.Next(4) switch { 0 => 0, 1 => 30, 2 => 90, _ => 2_100 })]);

    public override string ToString() => string.Join(
        '\n',
        Processes.Select((roles, i) => $"process {i.ToString(CultureInfo.InvariantCulture)}: {string.Join(" | ", roles.Select(r => $"{r.Agent}: {string.Join("; ", r.Acts)}"))}")
            .Append(string.Create(
                CultureInfo.InvariantCulture, $"kills {Kills}, successors {Successors}, store replaced {ReplacesStore}, wall clock stepped {StepsWall}, untidy ends {EndsUntidily}")));
}
