using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary><c>swarmlocks run</c>, stopped past its TTL while its command works: when it goes on it ends the command and says that the lease was lost.</summary>
[Collection(Swarm.Name)]
public sealed partial class StoppedRunTests
{
    private const int Done = 0;
    private const int Unavailable = 69;
    private const int Refused = 75;
    private const int SigStop = 19;
    private const string Path = "src/a.cs";

    /// <summary>Its command tells which process it is, and would work for ever.</summary>
    private static readonly string[] Run =
        ["run", Path, "--ttl", "1.5s", "--report", "report.json", "--agent", CrashScenario.Victim, "--", "sh", "-c", "echo $$ > command; while :; do sleep 0.05; done"];

    [NativeFact]
    public async Task A_run_stopped_past_its_ttl_is_overtaken_then_ends_its_command_and_reports_the_loss()
    {
        using var tree = Tree.Create();
        var (run, ending) = await StartAsync(tree);
        Assert.Equal(0, Kill(run, SigStop));
        var other = await LoneCommand.RunAsync(tree, ["acquire", Path, "--agent", "other", "--wait", "20s", "--json"]);
        Assert.True(other.Code == Done, $"another was told {other.Code}: {other.Out} {other.Error}");
        Assert.Equal("expired", other.Json.GetProperty("leases")[0].GetProperty("took_over")[0].GetProperty("state").GetString());
        await ExpectLossAsync(tree, await StoppedCommand.ContinueAsync(run, ending));
        Assert.Equal(Done, (await LoneCommand.RunAsync(tree, ["check", Path, "--agent", "other"])).Code);
    }

    [NativeFact]
    public async Task A_run_stopped_past_its_ttl_in_the_middle_of_a_renewal_keeps_all_others_out_then_ends_its_command_and_reports_the_loss()
    {
        // After the new record was written beside the old one, and after it took its place: the guard is held at both.
        foreach (var at in (Injection[])[Injection.Signal("SIGSTOP", "pwrite64", 1), Injection.Signal("SIGSTOP", "renameat2", 1)])
        {
            using var tree = Tree.Create();
            var (run, ending) = await StartAsync(tree);
            string log = tree.File("strace.log");
            using var strace = LoneCommand.Attach(tree, log, run, at);
            await Until.TrueAsync(async () => File.Exists(log) && (await File.ReadAllTextAsync(log)).Contains("--- stopped by SIGSTOP ---", StringComparison.Ordinal), "a renewal that stands still");
            long start = Stopwatch.GetTimestamp();
            await Until.TrueAsync(
                async () =>
                {
                    var other = await LoneCommand.RunAsync(tree, ["acquire", Path, "--agent", "other", "--json"]);
                    Assert.True(other.Code == Unavailable, $"another was told {other.Code}: {other.Out} {other.Error}");
                    return Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(2);
                },
                "the end of the TTL");
            await ExpectLossAsync(tree, await StoppedCommand.ContinueAsync(run, ending));
            await strace.WaitForExitAsync().WaitAsync(NativeCommand.Patience);
            Assert.Equal(Done, (await LoneCommand.RunAsync(tree, ["acquire", Path, "--agent", "other"])).Code);
        }
    }

    private static async Task<(int Pid, Task<CommandEnd> Ending)> StartAsync(Tree tree)
    {
        var process = LoneCommand.Start(tree, [NativeBinary.Path!, .. Run]);
        int pid = process.Id;
        var ending = NativeCommand.EndAsync(process);
        await Until.TrueAsync(() => Task.FromResult(File.Exists(tree.File("command")) && new FileInfo(tree.File("command")).Length > 0), "the start of the command");
        return (pid, ending);
    }

    private static async Task ExpectLossAsync(Tree tree, CommandEnd end)
    {
        Assert.True(end.Code == Refused, $"run ended with {end.Code}: {end.Error}");
        Assert.Contains("lost", end.Error, StringComparison.Ordinal);
        Assert.Contains("\"lost\":\"", await File.ReadAllTextAsync(tree.File("report.json")), StringComparison.Ordinal);
        string command = (await File.ReadAllTextAsync(tree.File("command"))).Trim();
        Assert.False(Directory.Exists($"/proc/{command}"), "its command is still there");
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
