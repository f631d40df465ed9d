namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>Situations small enough to try everything in, one for each way in which locks of files were seen to break.</summary>
internal static class SmallScenarios
{
    /// <summary>Past a short TTL, and past a long one.</summary>
    private static readonly int[] Spans = [120, 2_000];

    public static IReadOnlyDictionary<string, Scenario> All { get; } = new Dictionary<string, Scenario>(StringComparer.Ordinal)
    {
        ["two make the store and race for a fresh path"] = new([Process("a", Hold("x")), Process("b", Hold("x"))], Kills: 1) { Passes = Spans, Stops = Spans },
        ["two race for a stale path while its holder wakes"] = Ready(
            Process("a", Hold("x", ttl: 60, pauses: [90])), Process("b", Hold("x", wait: 200)), Process("c", Hold("x", wait: 200))),
        ["a clean-up races a renewal and a release"] = Ready(
            Process("a", Hold("x", ttl: 60, pauses: [30]) with { Deed = Deed.HoldAndRenew }), Process("b", Hold("x") with { Deed = Deed.CleanUp })),
        ["a waiter and a release"] = Ready(Process("a", Hold("x", pauses: [30])), Process("b", Hold("x", wait: 3_000))),
        ["a glob and a path asked for at once"] = Ready(Process("a", Hold("glob:src/*.cs")), Process("b", Hold("src/b.cs"))),
        ["two things in opposite order"] = Ready(Process("a", Hold("x", "y")), Process("b", Hold("y", "x"))),
        ["a lease without a session is broken while its agent releases it"] = Ready(
            Process("a", Hold("x") with { Deed = Deed.HoldWithoutSession }), Process("b", Hold("x") with { Deed = Deed.Break }, Hold("x"))),
        ["two sessions of one agent"] = Ready(Process("a", Hold("x")), Process("a", Hold("x")), Process("b", Hold("x"))),
        ["readers share and a writer waits"] = Ready(
            Process("a", Hold("x") with { Mode = LockMode.Shared }), Process("b", Hold("x") with { Mode = LockMode.Shared }), Process("c", Hold("x", wait: 200))),
        ["the store is deleted under a holder"] = new([Process("a", Hold("x", pauses: [90])), Process("b", Hold("x", wait: 200))], ReplacesStore: true) { Passes = Spans, Stops = Spans },
    };

    private static Scenario Ready(params IReadOnlyList<Role>[] processes) => new(processes, Kills: 1) { StartsWithStore = true, Passes = Spans, Stops = Spans };

    private static IReadOnlyList<Role> Process(string agent, params Act[] acts) => [new Role(agent, acts)];

    private static Act Hold(params string[] resources) => new(Deed.Hold, resources, LockMode.Exclusive, TtlMs: 1_000, WaitMs: 0, Pauses: []);

    private static Act Hold(string resource, int ttl = 1_000, int wait = 0, IReadOnlyList<int>? pauses = null) =>
        new(Deed.Hold, [resource], LockMode.Exclusive, ttl, wait, pauses ?? []);
}
