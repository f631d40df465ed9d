using SwarmLocks.Cli;
using SwarmLocks.Cli.Output;
using SwarmLocks.Cli.Verbs;

namespace SwarmLocks.Tests.Unit.Cli;

/// <summary>A check that cannot fail would be worth nothing: here the second process is none of ours.</summary>
public sealed class ExclusionCheckTests : IDisposable
{
    private readonly TempTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Theory]
    [InlineData("exit 0", "a second process was granted what this one held: locks do not exclude here")]
    [InlineData("exit 75", "a second process did not get what this one had released (exit code 75)")]
    [InlineData("exit 9", "a second process could not ask (exit code 9)")]
    public async Task The_check_fails_when_the_second_process_does_not_behave(string script, string detail)
    {
        var check = await CheckAsync("sh", "-c", script);
        Assert.Equal((ExclusionCheck.Name, false, detail), (check.Name, check.Ok, check.Detail));
    }

    [Fact]
    public async Task The_check_fails_when_there_is_no_second_process() => Assert.False((await CheckAsync("/nonexistent/swarmlocks")).Ok);

    private async Task<DoctorCheck> CheckAsync(params string[] self)
    {
        await using var nowhere = new StringWriter();
        var host = new CliHost { Out = nowhere, Error = nowhere, Variable = _ => null, WorkingDirectory = _tree.Root };
        var verb = CommandTree.Build().Subcommands.OfType<Verb>().Single(v => v.Name == "doctor");
        return await ExclusionCheck.RunAsync(new Invocation(verb, verb.Parse([]), command: null, host, new Answer(host, json: false)), self);
    }
}
