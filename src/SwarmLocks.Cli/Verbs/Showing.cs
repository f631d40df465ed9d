using SwarmLocks.Cli.Demo;
using SwarmLocks.Cli.Platform;

namespace SwarmLocks.Cli.Verbs;

/// <summary>Showing what all this is for.</summary>
internal static class Showing
{
    public static Verb Demo()
    {
        var agents = CommonOptions.Text("--agents", "N", "How many agent processes, 2 to 64 (8)");
        var seconds = CommonOptions.Text("--seconds", "S", "How long each half lasts, 1 to 600 (5)");
        return new Verb("demo", "Agents edit a copy of this tree, without locks and then with them: see what is lost")
        {
            Everyday = true,
            Usage = "swarmlocks demo [--agents N] [--seconds S]",
            Examples = [new("swarmlocks demo --agents 16 --seconds 10", "exit code 0 only if nothing was lost with locks")],
            Body = call => DemoAsync(
                call,
                (int?)call.Number(agents, DemoOptions.MinAgents, DemoOptions.MaxAgents),
                (int?)call.Number(seconds, DemoOptions.MinSeconds, DemoOptions.MaxSeconds)),
        }.With(agents, seconds);
    }

    private static async Task<int> DemoAsync(Invocation call, int? agents, int? seconds)
    {
        var options = new DemoOptions { Directory = call.Host.WorkingDirectory };
        options = options with { Agents = agents ?? options.Agents, Seconds = seconds ?? options.Seconds };
        var progress = call.Answer.Json
            ? DemoProgress.None
            : new DemoProgress(call.Host.Error, live: call.Host.ErrorIsTerminal && call.Host.Variable("TERM") != "dumb");
        var result = await Interruptible.RunAsync(stop => DemoRun.RunAsync(options, progress, stop), "the demo shows nothing, and its files are gone again");
        return call.Answer.Give(
            result.ExitCode,
            DemoReport.Shape(result),
            static () => DemoJson.Default.DemoShape,
            DemoReport.Lines(result, color: call.Host.OutIsTerminal && call.Host.Color));
    }
}
