using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>Requests that are killed while they stand in line, from the first step into it to the last out of it; and the end of what was run under a lock.</summary>
[Collection(Swarm.Name)]
[Trait(Proof.Trait, Proof.Value)]
public sealed class WaitingCrashTests(ITestOutputHelper output)
{
    private const int Refused = 75;

    /// <summary>It is told of a release, and does nothing before.</summary>
    private static readonly CrashScenario InLine = new("a request in line", "acquire", "src/a.cs", "--wait", "20s")
    {
        Arrange = Arranged.Held(("holder", "src/a.cs"), ("neighbour", "src/b.cs")),
        Passing = ["waiting/" + CrashScenario.Victim],
        Variables = [("SWARMLOCKS_POLL_MIN", "5s"), ("SWARMLOCKS_POLL_MAX", "10s")],
    };

    private static readonly CrashScenario ShortOfTime = InLine with { Command = ["acquire", "src/a.cs", "--wait", "400ms"], Code = Refused, CodeWhenDone = Refused };

    [NativeFact]
    public Task A_request_killed_on_its_way_into_the_line_costs_nobody_a_turn() =>
        new CrashPointRunner(output).KillAtEveryCallAsync("standing in line", [ShortOfTime with { Command = ["acquire", "src/a.cs", "--wait", "50ms"] }]);

    [NativeFact]
    public Task A_request_killed_when_its_turn_comes_leaves_the_lock_free_or_its_own() => new AttachedRunner(output).KillOnGoingOnAsync(
        "granted after a wait", new WaitingCommand(InLine, Arranged.IsInLine, tree => Arranged.ReleaseAllAsync(tree, "holder")));

    [NativeFact]
    public Task A_request_killed_on_its_way_out_of_the_line_costs_nobody_a_turn() => new AttachedRunner(output).KillOnGoingOnAsync(
        "giving up a wait", new WaitingCommand(ShortOfTime, Arranged.IsInLine, _ => Task.CompletedTask));

    [NativeFact]
    public Task A_run_killed_on_its_way_out_leaves_a_lock_that_is_free_once_its_command_has_ended() => new AttachedRunner(output).KillOnGoingOnAsync(
        "the end of run",
        new WaitingCommand(
            new CrashScenario("a command that ends", "run", "src/a.cs", "--", "sh", "-c", $"until [ -e {CrashPlace.GoFile} ]; do sleep 0.01; done")
            {
                Arrange = Arranged.Held(("neighbour", "src/b.cs")),
                Passing = [CrashScenario.LockFile],
            },
            Arranged.IsHeld,
            tree => File.WriteAllTextAsync(tree.File(CrashPlace.GoFile), "")));
}
