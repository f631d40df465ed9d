using System.CommandLine;
using SwarmLocks.Cli.Output;
using SwarmLocks.Cli.Platform;

namespace SwarmLocks.Cli.Verbs;

/// <summary>Taking leases, keeping them, giving them back.</summary>
internal static class Holding
{
    private static readonly Option<string?> LeaseId = CommonOptions.Text("--lease", "ID", "The lease with this id instead of a resource");
    private static readonly Option<string?> FencingToken = CommonOptions.Text("--fencing-token", "N", "It must be the lease with this token");

    private static readonly Option<bool> SharedWillDo = CommonOptions.Flag("--shared", "A shared lease is enough, to read");
    private static readonly Option<string?> NewTtl = CommonOptions.Text("--ttl", "D", "How long it lasts from now on, 1s to 24h; never ends earlier than promised before");

    public static Verb Acquire() => new Verb("acquire", "Takes locks that outlive this command, all of them or none")
    {
        Everyday = true,
        Usage = "swarmlocks acquire RESOURCE… [--shared] [--ttl D] [--reason TEXT] [--wait D|forever]",
        Examples =
        [
            new("swarmlocks acquire src/a.cs plan:42 --reason \"rename login\"", "answers at once"),
            new("swarmlocks acquire 'src/**/*.cs' --wait 5m --ttl 10m", "waits in line"),
            new("git diff --name-only -z | swarmlocks acquire - -0", "the files you changed"),
        ],
        Body = AcquireAsync,
    }.With(CommonOptions.Resources, CommonOptions.Shared, CommonOptions.Ttl, CommonOptions.Reason, CommonOptions.Wait, CommonOptions.Nul);

    public static Verb Release() => new Verb("release", "Gives back what this agent acquired; what it does not hold is no error")
    {
        Everyday = true,
        Usage = "swarmlocks release RESOURCE… | --lease ID | --all",
        Examples = [new("swarmlocks release src/a.cs plan:42", "these two"), new("swarmlocks release --all", "everything of this agent")],
        Body = ReleaseAsync,
    }.With(CommonOptions.Resources, LeaseId, CommonOptions.All, CommonOptions.Nul);

    public static Verb Renew() => new Verb("renew", "Extends leases; one that lapsed is never silently taken again")
    {
        Usage = "swarmlocks renew RESOURCE… | --lease ID | --all  [--ttl D]",
        Examples = [new("swarmlocks renew --all", "before they lapse"), new("swarmlocks renew src/a.cs --ttl 30m", "for longer than before")],
        Body = RenewAsync,
    }.With(CommonOptions.Resources, LeaseId, CommonOptions.All, NewTtl, CommonOptions.Nul);

    public static Verb Check() => new Verb("check", "Whether this agent's leases cover what it is about to write")
    {
        Usage = "swarmlocks check RESOURCE… [--shared] [--fencing-token N]",
        Examples = [new("swarmlocks check src/a.cs && echo change >> src/a.cs", "before each write")],
        Body = CheckAsync,
    }.With(CommonOptions.Resources, SharedWillDo, FencingToken, CommonOptions.Nul);

    /// <summary>What acquire and run ask for.</summary>
    public static LockRequest Request(Invocation call) => new(call.Agent, call.Resources())
    {
        Mode = call.Has(CommonOptions.Shared) ? LockMode.Shared : LockMode.Exclusive,
        Ttl = call.Duration(CommonOptions.Ttl),
        Reason = call.Text(CommonOptions.Reason),
        Wait = call.WaitLimit(CommonOptions.Wait),
    };

    /// <summary>Says why not.</summary>
    public static int Refuse(Invocation call, LockRequest request, AcquireResult result) => call.Answer.Give(
        ExitCode.Refused,
        Shapes.Refused(result),
        static () => CliJson.Default.RefusalJson,
        message: call.Answer.Messages.Refused(result, request.Wait != TimeSpan.Zero));

    private static async Task<int> AcquireAsync(Invocation call)
    {
        var request = Request(call) with { OutlivesProcess = true };
        await using var manager = call.Open();
        var result = request.Wait == TimeSpan.Zero
            ? await manager.TryAcquireAsync(request)
            : await Interruptible.RunAsync(stop => manager.TryAcquireAsync(request, stop), "the place in line was given up, and nothing was taken");
        return result.Granted
            ? call.Answer.Give(ExitCode.Done, Shapes.Granted(result), static () => CliJson.Default.GrantJson, call.Answer.Words.Granted(result))
            : Refuse(call, request, result);
    }

    private static async Task<int> ReleaseAsync(Invocation call)
    {
        var leases = Selected(call);
        await using var manager = call.Open();
        var result = await manager.ReleaseAsync(leases);
        string? refused = call.Answer.Messages.HeldByOthers(result);
        return call.Answer.Give(
            refused is null ? ExitCode.Done : ExitCode.NotYours,
            Shapes.Of(result, refused),
            static () => CliJson.Default.ReleaseJson,
            call.Answer.Words.Released(result),
            refused is null ? null : [refused]);
    }

    private static async Task<int> RenewAsync(Invocation call)
    {
        var leases = Selected(call);
        var ttl = call.Duration(NewTtl);
        await using var manager = call.Open();
        try
        {
            var renewed = await manager.RenewAsync(leases, ttl);
            return call.Answer.Give(
                ExitCode.Done, Shapes.Renewed(renewed, [], message: null), static () => CliJson.Default.RenewJson, call.Answer.Words.Renewed(renewed));
        }
        catch (LockExpiredException lost)
        {
            return call.Answer.Give(
                ExitCode.Refused,
                Shapes.Renewed(lost.Renewed, lost.Lost, lost.Message),
                static () => CliJson.Default.RenewJson,
                lost.Renewed.Count == 0 ? null : call.Answer.Words.Renewed(lost.Renewed),
                [lost.Lost.Count == 0 ? Words.Clean(lost.Message) : Words.Lost(lost.Lost)]);
        }
    }

    private static async Task<int> CheckAsync(Invocation call)
    {
        var mode = call.Has(SharedWillDo) ? LockMode.Shared : LockMode.Exclusive;
        long? token = call.Number(FencingToken, 1, long.MaxValue);
        string agent = call.Agent;
        var resources = call.Resources();
        await using var manager = call.Open();
        var result = await manager.CheckAsync(agent, resources, mode, token);
        string[] said = [Words.Clean(result.Message)];
        return result.Held
            ? call.Answer.Give(ExitCode.Done, Shapes.Of(result), static () => CliJson.Default.CheckJson, said)
            : call.Answer.Give(ExitCode.Refused, Shapes.Of(result), static () => CliJson.Default.CheckJson, message: said);
    }

    /// <summary>By resource, by id, or all: exactly one of the three.</summary>
    private static LeaseSelector Selected(Invocation call)
    {
        string agent = call.Agent;
        var resources = call.ResourcesOrNone();
        string? id = call.Text(LeaseId);
        if (id is "")
            throw Invocation.Usage("--lease is empty: give the id of a lease, as 'swarmlocks list --json' shows it.");
        bool all = call.Has(CommonOptions.All);
        return (resources.Count > 0, id is not null, all) switch
        {
            (true, false, false) => LeaseSelector.On(agent, resources),
            (false, true, false) => LeaseSelector.ById(agent, id!),
            (false, false, true) => LeaseSelector.All(agent),
            (false, false, false) => throw Invocation.Usage("Nothing is named: give resources, --lease ID, or --all."),
            _ => throw Invocation.Usage("Resources, --lease and --all exclude one another: give one of them."),
        };
    }
}
