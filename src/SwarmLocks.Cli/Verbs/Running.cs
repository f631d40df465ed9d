using System.CommandLine;
using System.Globalization;
using SwarmLocks.Cli.Output;
using SwarmLocks.Cli.Platform;

namespace SwarmLocks.Cli.Verbs;

/// <summary>Runs a command under a lock.</summary>
internal static class Running
{
    private static readonly TimeSpan DefaultGrace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ReleasePatience = TimeSpan.FromSeconds(2);
    private static readonly Option<string?> Grace = CommonOptions.Text(
        "--grace", "D", "What the command gets to stop in when the lease is lost (10s, or a quarter of a short TTL)");
    private static readonly Option<string?> Report = CommonOptions.Text("--report", "FILE", "Write the outcome there as JSON; stdout is the command's");

    public static Verb Run() => new Verb("run", "Runs a command while it holds locks, and gives them back when the command ends")
    {
        Everyday = true,
        TakesCommand = true,
        Usage = "swarmlocks run RESOURCE… [--shared] [--ttl D] [--reason TEXT] [--wait D|forever] [--grace D] [--report FILE] -- COMMAND…",
        Examples =
        [
            new("swarmlocks run src/auth/ --reason \"rename login\" -- make test", "one command"),
            new("swarmlocks run 'src/**/*.cs' --wait 5m -- sh -c 'sed -i s/a/b/ src/*.cs && make'", "shell syntax needs a shell"),
        ],
        Body = RunAsync,
    }.With(
        CommonOptions.Resources, CommonOptions.Shared, CommonOptions.Ttl, CommonOptions.Reason, CommonOptions.Wait, Grace, Report, CommonOptions.Nul);

    private static async Task<int> RunAsync(Invocation call)
    {
        if (call.Command is not { Count: > 0 } command)
            throw Invocation.Usage("No command is given: write it after a double dash, as in 'swarmlocks run src/a.cs -- make test'.");
        if (call.Answer.Json)
            throw Invocation.Usage("The verb run leaves stdout to its command: write the JSON to a file with --report FILE instead of --json.");
        var request = Holding.Request(call) with { ExcludesUntilDisposed = true };
        var options = call.Options();
        options.ChildrenKeepSession = true;
        var report = new RunReport(call.Text(Report), call.Host.WorkingDirectory, message => call.Answer.Tell([Words.Clean(message)]));
        return await report.OnFailureAsync(() => RunAsync(call, command, request, options, GraceOf(call, request, options), report));
    }

    private static async Task<int> RunAsync(
        Invocation call, IReadOnlyList<string> command, LockRequest request, LockManagerOptions options, TimeSpan grace, RunReport report)
    {
        using var signals = new SignalRelay(call.Host.Time);
        var manager = call.Open(options);
        bool isBlocked = false;
        try
        {
            return await UnderLockAsync(call, command, manager, request, grace, report, signals, () => isBlocked = true);
        }
        finally
        {
            // What could not be given back in time would keep us once more: the session ends with this process.
            if (!isBlocked)
                await manager.DisposeAsync();
        }
    }

    private static async Task<int> UnderLockAsync(
        Invocation call, IReadOnlyList<string> command, ILockManager manager, LockRequest request, TimeSpan grace, RunReport report, SignalRelay signals, Action blocked)
    {
        AcquireResult result;
        try
        {
            result = await manager.TryAcquireAsync(request, signals.Interrupted);
        }
        catch (OperationCanceledException) when (signals.Interrupted.IsCancellationRequested)
        {
            throw new InterruptedException(signals.First);
        }
        if (result.Handle is not { } handle)
        {
            report.Write(Shapes.NotRun(result), CliJson.Default.RunRefusalJson);
            return Holding.Refuse(call, request, result);
        }
        try
        {
            if (result.Leases.Any(granted => granted.Reentrant || granted.TookOver.Count > 0))
                call.Answer.Tell(call.Answer.Messages.Granted(result));
            long start = call.Host.Time.GetTimestamp();
            (int exitCode, string? lost) = await UnderLeaseAsync(call, command, manager, handle, grace, signals);
            if (lost is not null)
            {
                string harm = handle.ExcludesOthers ? "others were kept out until the command had ended" : "what it wrote since then may clash with others";
                call.Answer.Tell([$"The lease was lost while the command ran: {Words.Clean(lost).TrimEnd('.')}; {harm}."]);
            }
            report.Write(Shapes.Ran(result, exitCode, call.Host.Time.GetElapsedTime(start), lost), CliJson.Default.RunGrantJson);
            return exitCode;
        }
        finally
        {
            await GiveBackAsync(call, handle, blocked);
        }
    }

    /// <summary>The command has ended, and its caller waits: a store that is blocked must not keep it.</summary>
    private static async Task GiveBackAsync(Invocation call, LockHandle handle, Action blocked)
    {
        var given = handle.DisposeAsync().AsTask();
        using var enough = new CancellationTokenSource();
        if (await Task.WhenAny(given, Task.Delay(ReleasePatience, call.Host.Time, enough.Token)) == given)
        {
            await enough.CancelAsync();
            return;
        }
        blocked();
        call.Answer.Tell([$"The store was busy for {Durations.Format(ReleasePatience)}, so the lock could not be given back: it ends with this process and what the command left running, at the latest with its TTL."]);
    }

    /// <summary>Runs the command. Whatever it returns, a lease that was lost meanwhile is what the caller must hear of.</summary>
    private static async Task<(int ExitCode, string? Lost)> UnderLeaseAsync(
        Invocation call, IReadOnlyList<string> command, ILockManager manager, LockHandle handle, TimeSpan grace, SignalRelay signals)
    {
        KeyValuePair<string, string>[] variables =
        [
            new("SWARMLOCKS_AGENT", handle.Agent),
            new("SWARMLOCKS_DIR", manager.Store),
            new("SWARMLOCKS_FENCING_TOKEN", handle.FencingToken.ToString(CultureInfo.InvariantCulture)),
        ];
        var reach = ProcessGroup.Prepare();
        bool isTold = CommandFamily.Prepare();
        try
        {
            using var process = signals.Start(
                () => CommandProcess.Start(command, variables),
                (started, signal) => ProcessGroup.Forward(reach, started, signal));
            var exited = process.WaitForExitAsync(CancellationToken.None);
            using var family = new CommandFamily(process, exited, isTold);
            var watch = new LeaseWatch(() => handle.UntilDeadline, () => handle.ExcludesOthers, grace, call.Host.Time, handle.LeaseLost);
            bool stopped = await watch.WatchAsync(
                exited,
                // By a signal from here, from the keys of the terminal, or from elsewhere. One of long ago was not what ended it.
                wasStopped: () => signals.CameWithin(grace) || process.ExitCode is > ExitCode.Signal and < ExitCode.Signal + 64,
                lives: () => family.Lives,
                stop: () =>
                {
                    // Where only the first process is reached, the others have to be told, too.
                    if (reach == SignalReach.Command && isTold)
                        family.Send(ProcessGroup.Term);
                    else
                        ProcessGroup.Send(reach, process, ProcessGroup.Term);
                },
                isRestTold: () => reach == SignalReach.Group && signals.CameWithin(grace),
                kill: family.Kill);
            signals.Stop();
            string? lost = WhyLost(handle) ?? (stopped ? "it could not be renewed in time" : null);
            return (lost is null ? process.ExitCode : ExitCode.Refused, lost);
        }
        catch (CommandNotStartedException error)
        {
            call.Answer.Tell([Words.Clean(error.Message)]);
            return (error.ExitCode, null);
        }
    }

    private static string? WhyLost(LockHandle handle)
    {
        try
        {
            // Reads the clock itself: a process that was stopped meanwhile has not been told yet.
            handle.ThrowIfLost();
            return null;
        }
        catch (LockExpiredException lost)
        {
            return handle.LossReason ?? lost.Message;
        }
    }

    /// <summary>Stopping needs time before the deadline: less than half the TTL, or a lease could not live through one missed renewal.</summary>
    private static TimeSpan GraceOf(Invocation call, LockRequest request, LockManagerOptions options)
    {
        var kinds = options.Kinds.Keys.ToHashSet(StringComparer.Ordinal);
        var ttl = request.Ttl ?? request.Resources.Min(text => options.Kinds[LockTarget.Parse(text, kinds).Kind].Ttl);
        if (call.Duration(Grace) is not { } grace)
            return DefaultGrace < ttl / 4 ? DefaultGrace : ttl / 4;
        return grace < ttl / 2
            ? grace
            : throw Invocation.Usage($"--grace {Durations.Format(grace)} is too long: write less than half the TTL of {Durations.Format(ttl)}, or give a longer --ttl.");
    }
}
