using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SwarmLocks.Cli.Platform;

/// <summary>Whom a signal is handed on to.</summary>
internal enum SignalReach
{
    /// <summary>The whole process group, which is ours: the command and what it started.</summary>
    Group,

    /// <summary>The command's first process only, because the group has members that are not ours.</summary>
    Command,
}

/// <summary>
/// Sends signals to a command and its descendants. .NET cannot start a child in a process group of its own, so this does what
/// <c>timeout(1)</c> does: this process becomes the leader of a group, the child is born into it, and <c>kill(0, …)</c> reaches both.
/// </summary>
/// <remarks>
/// <para>In the foreground of a terminal the group is left as it is, because a process that leaves the foreground group can no longer
/// read the terminal. Started by an interactive shell it leads its group already. Started by a script it does not, and then
/// only the command's first process is signalled.</para>
/// <para>Elsewhere than on Unix there are no groups and no TERM: every signal ends the command's process tree at once.</para>
/// </remarks>
internal static partial class ProcessGroup
{
    /// <summary>The number of TERM.</summary>
    public const int Term = 15;

    private const int Int = 2;
    private const int Quit = 3;
    private const int ReadOnlyNoControl = 0;

    /// <summary>By signal number, how many that we sent to our own group have yet to come back to us.</summary>
    private static readonly int[] Echoes = new int[32];

    /// <summary>Makes the group ours if it may be. Call before the command starts.</summary>
    public static SignalReach Prepare()
    {
        if (OperatingSystem.IsWindows())
            return SignalReach.Command;
        if (Getpgrp() == Getpid())
            return SignalReach.Group;
        if (IsForeground())
            return SignalReach.Command;
        return Setpgid(0, 0) == 0 ? SignalReach.Group : SignalReach.Command;
    }

    /// <summary>Hands on a signal that this process got.</summary>
    /// <remarks>
    /// INT and QUIT come from a terminal's keys to the whole foreground group, the command included, or from <c>kill</c> to this process
    /// alone; the system does not tell .NET which. In the foreground they are taken for the terminal's and not sent twice (a second INT makes
    /// many programs drop their clean-up), so there <c>kill -INT</c> to this process alone does nothing; anywhere else no terminal can have sent them,
    /// so they are handed on. Whatever is sent to a whole group that this process and the command are both in reaches the command twice.
    /// </remarks>
    public static void Forward(SignalReach reach, Process command, int signal)
    {
        if (signal is not (Int or Quit) || OperatingSystem.IsWindows() || !IsForeground())
            Send(reach, command, signal);
    }

    /// <summary>Sends a signal.</summary>
    public static void Send(SignalReach reach, Process command, int signal)
    {
        if (OperatingSystem.IsWindows())
        {
            command.Kill(entireProcessTree: true);
            return;
        }
        if (reach == SignalReach.Command)
        {
            // Once it has been waited for, its number may be another's.
            if (!command.HasExited)
                _ = Kill(command.Id, signal);
            return;
        }
        Interlocked.Increment(ref Echoes[signal]);
        if (Kill(0, signal) != 0)
            Interlocked.Decrement(ref Echoes[signal]);
        // A command that made a group or a session of its own (timeout, setsid, another run) is not in ours. It hands on what it gets, so nobody gets it twice.
        if (!command.HasExited && Getpgid(command.Id) is > 0 and var group && group != Getpgrp())
            _ = Kill(group == command.Id ? -group : command.Id, signal);
    }

    /// <summary>Whether one that <see cref="Send"/> sent has yet to come back.</summary>
    public static bool AwaitsEcho => Array.Exists(Echoes, count => count > 0);

    /// <summary>
    /// Whether a signal that arrived is the echo of one that <see cref="Send"/> sent to the group, of which this process is a member. Each echo is
    /// taken once. When the kernel merges an echo with another signal, one of the two is lost, but the group has got it a moment ago.
    /// </summary>
    public static bool TakeEcho(int signal)
    {
        int waiting;
        while ((waiting = Volatile.Read(ref Echoes[signal])) > 0)
        {
            if (Interlocked.CompareExchange(ref Echoes[signal], waiting - 1, waiting) == waiting)
                return true;
        }
        return false;
    }

    /// <summary>Whether a file may be executed by this process.</summary>
    public static bool IsExecutable(string path) => Access(path, 1) == 0;

    /// <summary>Whether the keys of a terminal send their signals to this process's group.</summary>
    private static bool IsForeground()
    {
        int terminal = Open("/dev/tty", ReadOnlyNoControl);
        if (terminal < 0)
            return false;
        bool foreground = Tcgetpgrp(terminal) == Getpgrp();
        _ = Close(terminal);
        return foreground;
    }

    [LibraryImport("libc", EntryPoint = "getpid")]
    private static partial int Getpid();

    [LibraryImport("libc", EntryPoint = "getpgrp")]
    private static partial int Getpgrp();

    [LibraryImport("libc", EntryPoint = "getpgid")]
    private static partial int Getpgid(int process);

    [LibraryImport("libc", EntryPoint = "setpgid")]
    private static partial int Setpgid(int process, int group);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "tcgetpgrp")]
    private static partial int Tcgetpgrp(int terminal);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);
}
