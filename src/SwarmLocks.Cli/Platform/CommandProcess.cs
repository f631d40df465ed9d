using System.ComponentModel;
using System.Diagnostics;

namespace SwarmLocks.Cli.Platform;

/// <summary>A command could not be started.</summary>
internal sealed class CommandNotStartedException(int exitCode, string message) : Exception(message)
{
    /// <summary>126 or 127.</summary>
    public int ExitCode { get; } = exitCode;
}

/// <summary>Starts the command of <c>run</c> on this process's own stdin, stdout and stderr.</summary>
internal static class CommandProcess
{
    private const int NoSuchFile = 2;

    /// <summary>Starts it.</summary>
    /// <exception cref="CommandNotStartedException">It was not found, or cannot be executed.</exception>
    public static Process Start(IReadOnlyList<string> command, IEnumerable<KeyValuePair<string, string>> variables)
    {
        var start = new ProcessStartInfo(OperatingSystem.IsWindows() ? command[0] : Find(command[0])) { UseShellExecute = false };
        foreach (string argument in command.Skip(1))
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        try
        {
            return Process.Start(start) ?? throw CannotExecute(command[0], "no process was started");
        }
        catch (Win32Exception error)
        {
            throw error.NativeErrorCode == NoSuchFile && !File.Exists(start.FileName)
                ? NotFound(command[0])
                : CannotExecute(command[0], Directory.Exists(start.FileName) ? "it is a folder" : new Win32Exception(error.NativeErrorCode).Message);
        }
    }

    /// <summary>
    /// Finds a program as a shell does. .NET would look beside this program and in the current directory before the PATH: a file
    /// named <c>test</c> in the tree must not be what <c>run … -- test</c> runs.
    /// </summary>
    private static string Find(string name)
    {
        if (name.Length == 0)
            throw NotFound(name);
        if (name.Contains('/', StringComparison.Ordinal))
            return Path.GetFullPath(name);
        string? unusable = null;
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin").Split(':'))
        {
            // POSIX: an empty entry is the current directory.
            string path = Path.GetFullPath(Path.Combine(folder.Length == 0 ? "." : folder, name));
            if (!File.Exists(path))
                continue;
            if (ProcessGroup.IsExecutable(path))
                return path;
            unusable ??= path;
        }
        throw unusable is null ? NotFound(name) : CannotExecute(unusable, "Permission denied");
    }

    private static CommandNotStartedException NotFound(string name) => new(
        ExitCode.NotFound, $"The command '{name}' was not found: what follows '--' is a program and its arguments; for shell syntax write -- sh -c '…'.");

    private static CommandNotStartedException CannotExecute(string name, string why) => new(
        ExitCode.CannotExecute, $"The command '{name}' could not be executed: {why}.");
}
