using System.CommandLine;
using SwarmLocks.Cli.Output;
using SwarmLocks.Cli.Platform;

namespace SwarmLocks.Cli.Verbs;

/// <summary>Questions. They take nothing and change nothing, and need no agent.</summary>
internal static class Asking
{
    private static readonly Option<bool> Stale = CommonOptions.Flag("--stale", "Only those that expired or whose process ended");
    private static readonly Option<string?> WaitFor = CommonOptions.Text("--timeout", "D", "Give up after so long; without it, never");
    private static readonly Option<string?> Since = CommonOptions.Text("--since", "D", "Only what happened in the last D");
    private static readonly Option<string?> Limit = CommonOptions.Text("--limit", "N", "Only the newest N");

    public static Verb WhoHas() => new Verb("who-has", "Everyone whose lock overlaps a resource, and who waits for it")
    {
        Everyday = true,
        Usage = "swarmlocks who-has RESOURCE",
        Examples = [new("swarmlocks who-has src/auth/login.cs", "names the holder of 'src/**' too")],
        Body = WhoHasAsync,
    }.With(CommonOptions.Resource);

    public static Verb List() => new Verb("list", "All locks")
    {
        Everyday = true,
        Usage = "swarmlocks list [--holder ID] [--stale]",
        Examples = [new("swarmlocks list", "everything"), new("swarmlocks list --holder agent-1 --json", "one agent's, for a program")],
        Body = ListAsync,
    }.With(CommonOptions.Holder, Stale);

    public static Verb Wait() => new Verb("wait", "Returns when resources are free; takes nothing and does not queue")
    {
        Usage = "swarmlocks wait RESOURCE… [--timeout D]",
        Examples = [new("swarmlocks wait src/a.cs --timeout 5m", "somebody may still be faster than you: prefer 'acquire --wait'")],
        Body = WaitAsync,
    }.With(CommonOptions.Resources, WaitFor, CommonOptions.Nul);

    public static Verb History() => new Verb("history", "What happened, newest last")
    {
        Usage = "swarmlocks history [RESOURCE] [--holder ID] [--since D] [--limit N]",
        Examples = [new("swarmlocks history src/a.cs --since 1h", "who had it in the last hour")],
        Body = HistoryAsync,
    }.With(CommonOptions.Resource, CommonOptions.Holder, Since, Limit);

    private static async Task<int> WhoHasAsync(Invocation call)
    {
        string resource = call.Resource();
        await using var manager = call.Open();
        var result = await manager.WhoHasAsync(resource);
        return call.Answer.Give(ExitCode.Done, Shapes.Of(result), static () => CliJson.Default.WhoHasJson, call.Answer.Words.WhoHas(result));
    }

    private static async Task<int> ListAsync(Invocation call)
    {
        await using var manager = call.Open();
        var locks = await manager.ListAsync(call.Text(CommonOptions.Holder), call.Has(Stale));
        return call.Answer.Give(ExitCode.Done, Shapes.Of(locks), static () => CliJson.Default.ListJson, call.Answer.Words.Table(locks));
    }

    private static async Task<int> WaitAsync(Invocation call)
    {
        var resources = call.Resources();
        var limit = call.Duration(WaitFor) ?? Timeout.InfiniteTimeSpan;
        await using var manager = call.Open();
        var result = await Interruptible.RunAsync(stop => manager.WaitUntilFreeAsync(resources, limit, call.AgentOrNull, stop), "it is not known to be free");
        return result.Free
            ? call.Answer.Give(ExitCode.Done, Shapes.Of(result), static () => CliJson.Default.WaitJson, Words.Free(result))
            : call.Answer.Give(ExitCode.Refused, Shapes.Of(result), static () => CliJson.Default.WaitJson, message: call.Answer.Messages.NotFree(result));
    }

    private static async Task<int> HistoryAsync(Invocation call)
    {
        string? resource = call.ResourcesOrNone().Count == 0 ? null : call.Resource();
        var query = new HistoryQuery(resource, call.Text(CommonOptions.Holder), call.Duration(Since), (int?)call.Number(Limit, 1, int.MaxValue));
        await using var manager = call.Open();
        var events = await manager.HistoryAsync(query);
        return call.Answer.Give(ExitCode.Done, Shapes.Of(events), static () => CliJson.Default.HistoryJson, call.Answer.Words.History(events));
    }
}
