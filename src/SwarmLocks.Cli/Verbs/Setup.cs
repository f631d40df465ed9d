using SwarmLocks.Cli.Output;
using SwarmLocks.Cli.Platform;

namespace SwarmLocks.Cli.Verbs;

/// <summary>Making a store, and finding out whether it can be relied on.</summary>
internal static class Setup
{
    public static Verb Doctor() => new("doctor", "Whether locks can be relied on here, and what is locked")
    {
        Everyday = true,
        Usage = "swarmlocks doctor",
        Examples = [new("swarmlocks doctor", "exit code 0 when healthy, 1 when not")],
        Body = DoctorAsync,
    };

    public static Verb Init() => new("init", "Makes .swarmlocks/ at the root of the tree; only needed without git, or when git's folder is not writable")
    {
        Usage = "swarmlocks init",
        Examples = [new("swarmlocks init", "in a folder without git: that folder becomes the root")],
        Body = InitAsync,
    };

    private static async Task<int> DoctorAsync(Invocation call)
    {
        var report = await LockManager.DiagnoseAsync(call.Options());
        var exclusion = report is { Healthy: true, Store: not null }
            ? await ExclusionCheck.RunAsync(call, OwnCommand.Line)
            : new DoctorCheck(ExclusionCheck.Name, Ok: false, "not tried, because something above failed");
        report = report with { Checks = [.. report.Checks, exclusion] };
        return call.Answer.Give(
            report.Healthy ? ExitCode.Done : ExitCode.Failed, Shapes.Of(report), static () => CliJson.Default.DoctorJson, call.Answer.Words.Doctor(report));
    }

    private static async Task<int> InitAsync(Invocation call)
    {
        if (call.Text(CommonOptions.Dir) is not null)
            throw Invocation.Usage("The verb init makes .swarmlocks/ at the root of the tree you are in: go there instead of using --dir.");
        var result = await LockManager.InitAsync(call.Host.WorkingDirectory);
        string store = Words.Clean(result.Store);
        return call.Answer.Give(
            ExitCode.Done,
            new InitJson(result.Store, result.Created),
            static () => CliJson.Default.InitJson,
            [result.Created ? $"made {store}" : $"{store} was there already"],
            string.IsNullOrEmpty(call.Host.Variable("SWARMLOCKS_DIR")) ? null : ["SWARMLOCKS_DIR is set and goes before it; unset it to use the new store"]);
    }
}
