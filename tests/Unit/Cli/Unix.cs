using System.Runtime.InteropServices;

namespace SwarmLocks.Tests.Unit.Cli;

/// <summary>Signals, for tests that stop and kill what they started.</summary>
internal static partial class Unix
{
    private static readonly Dictionary<string, int> Numbers = new(StringComparer.Ordinal) { ["HUP"] = 1, ["INT"] = 2, ["KILL"] = 9, ["TERM"] = 15, ["CONT"] = 18, ["STOP"] = 19 };

    /// <summary>Sends a signal to one process.</summary>
    public static void Kill(int process, string signal) => Assert.Equal(0, Send(process, Numbers[signal]));

    /// <summary>Whether a process runs; one that ended and was not waited for does not.</summary>
    public static bool IsAlive(int process)
    {
        if (Send(process, 0) != 0)
            return false;
        try
        {
            string stat = File.ReadAllText($"/proc/{process}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            // It ended between the two looks.
            return false;
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Send(int process, int signal);
}
