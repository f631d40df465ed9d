using System.ComponentModel;
using System.Diagnostics;

namespace SwarmLocks.Tests.Unit.Demo;

/// <summary>The git that is installed.</summary>
internal static class Git
{
    public static bool IsInstalled { get; } = Probe();

    /// <summary>Runs git in a folder, whatever the settings of the user, and returns what it printed.</summary>
    public static string Run(string directory, params string[] args)
    {
        var start = new ProcessStartInfo("git")
        {
            WorkingDirectory = directory,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string arg in args)
            start.ArgumentList.Add(arg);
        foreach (string name in start.Environment.Keys.Where(key => key.StartsWith("GIT_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["GIT_CONFIG_GLOBAL"] = start.Environment["GIT_CONFIG_SYSTEM"] = OperatingSystem.IsWindows() ? "NUL" : "/dev/null";
        using var git = Process.Start(start)!;
        var error = git.StandardError.ReadToEndAsync();
        string output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.True(git.ExitCode == 0, $"git {string.Join(' ', args)}: {error.GetAwaiter().GetResult()}");
        return output;
    }

    private static bool Probe()
    {
        try
        {
            return Run(Path.GetTempPath(), "--version").Length > 0;
        }
        catch (Win32Exception)
        {
            // There is none.
            return false;
        }
    }
}

/// <summary>A test that needs git, and is skipped without it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class GitTheoryAttribute : TheoryAttribute
{
    public GitTheoryAttribute() => Skip = Git.IsInstalled ? null : "git is not installed";
}

/// <summary>A test with agents made of shell commands.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ShellFactAttribute : FactAttribute
{
    public ShellFactAttribute() => Skip = OperatingSystem.IsWindows() ? "there is no sh" : null;
}
