using System.Diagnostics;
using System.Globalization;

namespace SwarmLocks.Cli.Verbs;

/// <summary>The check that matters: this process holds a lock, and another process must be refused it, and get it afterwards.</summary>
internal static class ExclusionCheck
{
    public const string Name = "exclusion between two processes";

    /// <summary>A process that takes longer hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Runs it.</summary>
    /// <param name="call">The call of <c>doctor</c>.</param>
    /// <param name="self">How to start this program: a file and its first arguments.</param>
    public static async Task<DoctorCheck> RunAsync(Invocation call, IReadOnlyList<string> self)
    {
        string id = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture);
        string resource = "name:doctor-" + id;
        try
        {
            await using var manager = call.Open();
            var other = new OtherAgent([.. self, "--agent", $"doctor-{id}-b", "--dir", manager.Store], call.Host.WorkingDirectory);
            int whileHeld;
            var held = await manager.AcquireAsync(new LockRequest($"doctor-{id}-a", resource));
            await using (held)
                whileHeld = await other.RunAsync("acquire", resource, "--ttl", "60s");
            int afterwards = await other.RunAsync("acquire", resource, "--ttl", "60s");
            await other.RunAsync("release", "--all");
            return (whileHeld, afterwards) switch
            {
                (ExitCode.Refused, ExitCode.Done) => Result(ok: true, "a second process was refused what this one held, and got it after the release"),
                (ExitCode.Done, _) => Result(ok: false, "a second process was granted what this one held: locks do not exclude here"),
                (ExitCode.Refused, _) => Result(ok: false, $"a second process did not get what this one had released (exit code {afterwards})"),
                _ => Result(ok: false, $"a second process could not ask (exit code {whileHeld})"),
            };
        }
        catch (Exception error) when (error is LockException or System.ComponentModel.Win32Exception or TimeoutException or IOException)
        {
            return Result(ok: false, error.Message);
        }
    }

    private static DoctorCheck Result(bool ok, string detail) => new(Name, ok, detail);

    private sealed class OtherAgent(IReadOnlyList<string> command, string directory)
    {
        public async Task<int> RunAsync(params string[] arguments)
        {
            var start = new ProcessStartInfo(command[0])
            {
                UseShellExecute = false,
                WorkingDirectory = directory,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            foreach (string argument in command.Skip(1).Concat(arguments))
                start.ArgumentList.Add(argument);
            using var process = Process.Start(start)!;
            using var hangs = new CancellationTokenSource(Patience);
            try
            {
                // Both pipes are emptied, or a chatty process would stop in a full one.
                await Task.WhenAll(
                    process.StandardOutput.ReadToEndAsync(hangs.Token),
                    process.StandardError.ReadToEndAsync(hangs.Token),
                    process.WaitForExitAsync(hangs.Token));
            }
            catch (OperationCanceledException hang)
            {
                process.Kill(entireProcessTree: true);
                throw new TimeoutException("a second process did not answer within 30 s", hang);
            }
            return process.ExitCode;
        }
    }
}
