using System.Diagnostics;

namespace SwarmLocks.Tests.Stress;

/// <summary>Runs the native binary of the command, alone or below another program, as an agent's shell would.</summary>
internal static class NativeCommand
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Task<CommandEnd> RunAsync(string directory, params IReadOnlyList<string> arguments) => RunBelowAsync([], directory, arguments);

    /// <param name="before">A program, with its arguments, that starts the command: strace, unshare, bash.</param>
    /// <param name="directory">Where it runs.</param>
    /// <param name="arguments">Of the command.</param>
    /// <param name="variables">Further variables of its environment.</param>
    public static Task<CommandEnd> RunBelowAsync(
        IReadOnlyList<string> before, string directory, IReadOnlyList<string> arguments, params (string Name, string Value)[] variables) =>
        EndAsync(Start(directory, [.. before, NativeBinary.Path!, .. arguments], variables));

    /// <summary>Starts <paramref name="line"/>, a program with its arguments, with nothing on stdin.</summary>
    public static Process Start(string directory, IReadOnlyList<string> line, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(line[0], line.Skip(1))
        {
            UseShellExecute = false,
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    /// <summary>Waits for its end; kills it when it hangs.</summary>
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
                return new CommandEnd(CommandEnd.Hung, await output, await error);
            }
            return new CommandEnd(process.ExitCode, await output, await error);
        }
    }
}
