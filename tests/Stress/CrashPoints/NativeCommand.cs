using System.Diagnostics;
using System.Text.Json;

namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>How one run of the command ended.</summary>
internal sealed record CommandEnd(int Code, string Output, string Error)
{
    /// <summary>By SIGKILL.</summary>
    public const int Killed = 128 + 9;

    public JsonElement Json => JsonDocument.Parse(Output).RootElement;
}

/// <summary>Runs the native binary in a tree, as an agent's shell would.</summary>
internal static class NativeCommand
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Nobody else is there, so the guard has to be free at the first try.</summary>
    private const string GuardTimeout = "100ms";

    public static Task<CommandEnd> RunAsync(Tree tree, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? variables = null) =>
        EndAsync(Start(tree, NativeBinary.Path!, arguments, variables));

    public static Process Start(Tree tree, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? variables = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = tree.Root,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["SWARMLOCKS_GUARD_TIMEOUT"] = GuardTimeout;
        foreach (var (name, value) in variables ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public static async Task<CommandEnd> EndAsync(Process process)
    {
        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            try
            {
                await process.WaitForExitAsync().WaitAsync(Patience);
            }
            catch (TimeoutException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
            return new CommandEnd(process.ExitCode, await output, await error);
        }
    }
}
