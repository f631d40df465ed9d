using System.CommandLine;
using SwarmLocks.Cli.Output;

namespace SwarmLocks.Cli.Verbs;

/// <summary>Ending locks that are stale, or somebody else's.</summary>
internal static class Ending
{
    private static readonly Option<string?> MaxAge = CommonOptions.Text("--max-age", "D", "Also end locks without a session that were not renewed for D");
    private static readonly Option<string?> Why = CommonOptions.Text("--reason", "TEXT", "Told to the holder, and kept in the journal; required");
    private static readonly Option<bool> Now = CommonOptions.Flag("--now", "Do not wait for the holder to stop: it may still be writing");
    private static readonly Argument<string?> Whose = new("AGENT") { Arity = ArgumentArity.ZeroOrOne, Description = "Whose locks" };

    public static Verb CleanupStaleLocks() => new Verb("cleanup-stale-locks", "Removes locks that expired or whose process ended")
    {
        Everyday = true,
        Usage = "swarmlocks cleanup-stale-locks [--max-age D] [--dry-run]",
        Examples = [new("swarmlocks cleanup-stale-locks --dry-run", "what would go"), new("swarmlocks cleanup-stale-locks --max-age 1h", "also what nobody renewed for an hour")],
        Body = CleanupStaleLocksAsync,
    }.With(MaxAge, CommonOptions.DryRun);

    public static Verb CleanupAgentLocks() => new Verb("cleanup-agent-locks", "Ends every lock of an agent")
    {
        Usage = "swarmlocks cleanup-agent-locks AGENT [--dry-run]",
        Examples = [new("swarmlocks cleanup-agent-locks agent-7", "agent-7 will not come back")],
        Body = CleanupAgentLocksAsync,
    }.With(Whose, CommonOptions.DryRun);

    public static Verb Break() => new Verb("break", "Ends somebody's live lease; its holder is told who and why")
    {
        Usage = "swarmlocks break RESOURCE|LEASE_ID --reason TEXT [--now]",
        Examples = [new("swarmlocks break src/a.cs --reason \"agent-2 hangs\" --agent lead", "free once agent-2 has stopped, or its time is over")],
        Body = BreakAsync,
    }.With(CommonOptions.One("RESOURCE|LEASE_ID", "; or the id of one lease, as 'list --json' shows it"), Why, Now);

    public static Verb Reset() => new Verb("reset", "Clears the count of holders that died or lapsed")
    {
        Usage = "swarmlocks reset RESOURCE",
        Examples = [new("swarmlocks reset task:migrate --agent lead", "after you looked at 'swarmlocks history task:migrate'")],
        Body = ResetAsync,
    }.With(CommonOptions.Resource);

    private static async Task<int> CleanupStaleLocksAsync(Invocation call)
    {
        var maxAge = call.Duration(MaxAge);
        await using var manager = call.Open();
        return Report(call, await manager.CleanupStaleLocksAsync(maxAge, call.Has(CommonOptions.DryRun), call.AgentOrNull));
    }

    private static async Task<int> CleanupAgentLocksAsync(Invocation call)
    {
        string agent = call.Text(Whose) ?? throw Invocation.Usage("No agent is named: 'swarmlocks cleanup-agent-locks AGENT' ends the locks of AGENT.");
        await using var manager = call.Open();
        return Report(call, await manager.CleanupAgentLocksAsync(agent, call.Has(CommonOptions.DryRun), call.AgentOrNull));
    }

    private static int Report(Invocation call, CleanupResult result)
    {
        string? failed = Words.NotCleanedUp(result);
        return call.Answer.Give(
            failed is null ? ExitCode.Done : ExitCode.Failed,
            Shapes.Of(result, failed),
            static () => CliJson.Default.CleanupJson,
            call.Answer.Words.CleanedUp(result),
            failed is null ? null : [failed]);
    }

    private static async Task<int> BreakAsync(Invocation call)
    {
        string agent = call.Agent;
        string what = call.Resource();
        string why = call.Text(Why) is { Length: > 0 } text ? text : throw Invocation.Usage("No reason is given: tell the holder why with --reason TEXT.");
        await using var manager = call.Open();
        var result = await manager.BreakAsync(what, agent, why, call.Has(Now));
        return call.Answer.Give(ExitCode.Done, Shapes.Of(result), static () => CliJson.Default.BreakJson, call.Answer.Words.Broken(what, result));
    }

    private static async Task<int> ResetAsync(Invocation call)
    {
        string agent = call.Agent;
        string resource = call.Resource();
        await using var manager = call.Open();
        var reset = await manager.ResetAsync(resource, agent);
        return call.Answer.Give(ExitCode.Done, new ResetJson(reset), static () => CliJson.Default.ResetJson, Words.Reset(resource, reset));
    }
}
