using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace SwarmLocks.Cli.Platform;

/// <summary>
/// The command and all that it started: whatever descends from this process. On Linux nothing gets away: what loses its parent gets this process as its new one
/// (<c>PR_SET_CHILD_SUBREAPER</c>), also when it made a process group or a session of its own, or closed the files that it inherited.
/// </summary>
/// <remarks>
/// Elsewhere nobody tells of those whose parent has ended: only the command's first process counts, and what descends from it when it is killed. So it is where <c>/proc</c> speaks of
/// another process namespace, and where this process had children before the command, as after <c>sidecar &amp; exec swarmlocks run …</c>: they could not be told from its.
/// </remarks>
internal sealed partial class CommandFamily : IDisposable
{
    private const int KillSignal = 9;
    private const int BeSubreaper = 36;
    private const int AnyChild = 0;
    private const int Exited = 4;
    private const int DoNotWait = 1;
    private const int LeaveIt = 0x1000000;

    /// <summary>Where the process number stands in a <c>siginfo_t</c> of 128 bytes.</summary>
    private static readonly int NumberAt = IntPtr.Size == 8 ? 16 : 12;

    private readonly Process _first;
    private readonly int _firstId;
    private readonly Task _exited;
    private readonly bool _isTold;
    private readonly PosixSignalRegistration? _orphans;

    /// <summary>The family of a command.</summary>
    /// <param name="first">Its first process.</param>
    /// <param name="exited">Ends when .NET has waited for that one: from then on its number may be another's.</param>
    /// <param name="isTold">What <see cref="Prepare"/> said.</param>
    public CommandFamily(Process first, Task exited, bool isTold)
    {
        (_first, _firstId, _exited, _isTold) = (first, first.Id, exited, isTold);
        if (!isTold || OperatingSystem.IsWindows())
            return;
        // Those that were left to us would stay zombies until we end, and whoever waits for one of them to vanish would wait as long.
        _orphans = PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => ReapOrphans());
        ReapOrphans();
    }

    /// <summary>Whether any of them still runs.</summary>
    public bool Lives => _isTold ? ReapOrphans() : !_exited.IsCompleted;

    /// <summary>Call before the command starts, which may end, and leave others behind, at once.</summary>
    /// <returns>Whether all that descends from it can be told.</returns>
    public static bool Prepare() =>
        OperatingSystem.IsLinux() && new FileInfo("/proc/self").LinkTarget == Environment.ProcessId.ToString(CultureInfo.InvariantCulture) && !HasChildren()
        && Control(BeSubreaper, 1, 0, 0, 0) == 0;

    /// <summary>Ends all of them that are there. What one of them starts at this moment is left: look again.</summary>
    public void Kill()
    {
        if (_isTold)
            Send(KillSignal);
        else if (!_exited.IsCompleted)
            _first.Kill(entireProcessTree: true);
    }

    /// <summary>Sends a signal to each that is told.</summary>
    public void Send(int signal)
    {
        if (!_isTold)
            return;
        foreach (int process in Living())
            _ = SendSignal(process, signal);
    }

    /// <inheritdoc/>
    public void Dispose() => _orphans?.Dispose();

    private static bool HasChildren()
    {
        Span<byte> info = stackalloc byte[128];
        return WaitId(AnyChild, 0, ref MemoryMarshal.GetReference(info), Exited | DoNotWait | LeaveIt) == 0;
    }

    /// <summary>What descends from this process. Zombies too: of a process whose main thread has ended, others may still run.</summary>
    private static List<int> Living()
    {
        var processes = new List<int>();
        var parents = new List<int>();
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int process) && ParentOf(process) is { } parent)
            {
                processes.Add(process);
                parents.Add(parent);
            }
        }
        var family = new List<int> { Environment.ProcessId };
        for (int known = 0; known < family.Count; known++)
        {
            for (int i = 0; i < processes.Count; i++)
            {
                if (parents[i] == family[known])
                    family.Add(processes[i]);
            }
        }
        family.RemoveAt(0);
        return family;
    }

    /// <summary>Null for one that is gone.</summary>
    private static int? ParentOf(int process)
    {
        try
        {
            // "4711 (any name) S 42 …": the state, then the parent.
            string stat = File.ReadAllText($"/proc/{process}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ', 3)[1], CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It ended while we looked.
            return null;
        }
    }

    /// <summary>Whether any child is left. Without one there is no descendant either, since each whose parent ends becomes a child.</summary>
    /// <remarks>The command's first process is .NET's to wait for, which tells its exit code.</remarks>
    private bool ReapOrphans()
    {
        Span<byte> info = stackalloc byte[128];
        while (true)
        {
            info.Clear();
            if (WaitId(AnyChild, 0, ref MemoryMarshal.GetReference(info), Exited | DoNotWait | LeaveIt) != 0)
                return false;
            int ended = MemoryMarshal.Read<int>(info[NumberAt..]);
            if (ended == 0 || (ended == _firstId && !_exited.IsCompleted))
                return true;
            _ = WaitPid(ended, 0, DoNotWait);
        }
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, nint a, nint b, nint c, nint d);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);

    [LibraryImport("libc", EntryPoint = "waitid")]
    private static partial int WaitId(int kind, int id, ref byte info, int options);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int WaitPid(int process, nint status, int options);
}
