using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>Whether the step at a point takes place.</summary>
internal enum PointOutcome
{
    Done,

    /// <summary>Only half of it, and then the process dies.</summary>
    Torn,
}

/// <summary>
/// A machine on which several processes run the shipped code, one step at a time: every file-system call, guard step and reading of the clock is a point where
/// somebody else may run, time may pass, or the process may be stopped or killed. What happens is decided by an <see cref="IChooser"/> alone.
/// </summary>
internal sealed partial class SimMachine
{
    /// <summary>The verb of a reading of the clock.</summary>
    public const string Clock = "clock";

    /// <summary>From here on no more turns are taken, so that every run ends.</summary>
    private const int CalmAfter = 8_000;

    /// <summary>A run that needs so many is going in circles.</summary>
    private const int Limit = 100_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly IChooser _chooser;
    private readonly List<Job> _ready = [];
    private readonly List<SimTimer> _timers = [];
    private readonly List<SimProcess> _processes = [];
    private readonly List<Choice> _menu = [];
    private readonly SemaphoreSlim _ended = new(0);
    private readonly SimTrace? _trace;
    private Job? _running;
    private bool _quiet;
    private long _wallOffset;

    public SimMachine(IChooser chooser, SimTrace? trace = null)
    {
        (_chooser, _trace) = (chooser, trace);
        Disk = new MemoryFileSystem(new DiskTime(this));
        Disk.CreateDirectory(SimProcess.Root + "/.git");
    }

    public MemoryFileSystem Disk { get; }

    /// <summary>The machine-wide monotonic clock, in ticks of 100 ns; not on a whole millisecond.</summary>
    public long Now { get; private set; } = TimeSpan.FromHours(5).Ticks + 3_700;

    public DateTimeOffset Wall => FakeClock.Start.AddTicks(Now + _wallOffset);

    public TimeSpan Uptime => TimeSpan.FromTicks(Now);

    /// <summary>How long time may pass at a point, in milliseconds.</summary>
    public required IReadOnlyList<int> Passes { get; init; }

    /// <summary>How long a process may be stopped, in milliseconds.</summary>
    public required IReadOnlyList<int> Stops { get; init; }

    /// <summary>What is wrong with this machine.</summary>
    public Flaw Flaw { get; init; }

    /// <summary>How many kills are left.</summary>
    public int Kills { get; set; }

    /// <summary>How many there were.</summary>
    public int Killed { get; private set; }

    /// <summary>Whether the wall clock may be set.</summary>
    public bool MayStepWall { get; set; }

    public int Step { get; private set; }

    /// <summary>What was picked where, for every pick but the first of its menu.</summary>
    public Dictionary<int, int> Picks { get; } = [];

    /// <summary>How long each menu was: what an exhaustive search has to try. Kept only on demand.</summary>
    public List<int>? Menus { get; init; }

    /// <summary>What went wrong first; null when nothing did.</summary>
    public string? Failure { get; private set; }

    /// <summary>Who is deciding or writing: between its decision and its letting go of the guard.</summary>
    public SimProcess? InGuard { get; private set; }

    /// <summary>There may be two: an old one that somebody still has open, and a new one, with a folder of its own.</summary>
    public bool GuardWasDeleted { get; set; }

    /// <summary>Called when a process was killed.</summary>
    public Action<SimProcess> OnKilled { get; set; } = _ => { };

    /// <summary>Called when somebody that had decided something has left the guard, or died inside.</summary>
    public Action<SimProcess> OnLeftGuard { get; set; } = _ => { };

    public SimProcess Add(string name, bool isMortal = true)
    {
        var process = new SimProcess(this, name, Disk) { IsMortal = isMortal };
        _processes.Add(process);
        return process;
    }

    /// <summary>Adds a flow; it begins when the schedule says so.</summary>
    public void Start(SimProcess process, string name, Func<Task> flow) => _ready.Add(new Job(process, name, () => _ = WatchedAsync(flow)));

    /// <summary>Ends a process as the kernel does: at once, and everything it had open is closed.</summary>
    public void Kill(SimProcess process)
    {
        _trace?.Add(Now, process.Name, "", "KILLED", "");
        Kills--;
        Killed++;
        End(process);
        OnKilled(process);
    }

    /// <summary>A process that ends without tidying up.</summary>
    public void End(SimProcess process)
    {
        Quietly(process.Die);
        LeftGuard(process);
        _timers.RemoveAll(timer => timer.Process == process);
    }

    public void EnteredGuard(SimProcess process)
    {
        if (InGuard is { } other && other != process && !GuardWasDeleted)
            throw Fail($"{process.Name} decides while {other.Name} is inside the guard");
        InGuard = process;
    }

    public void LeftGuard(SimProcess process)
    {
        if (InGuard != process)
            return;
        InGuard = null;
        OnLeftGuard(process);
    }

    /// <summary>Looks at something without giving others a turn.</summary>
    public void Quietly(Action look)
    {
        bool before = _quiet;
        _quiet = true;
        try
        {
            look();
        }
        finally
        {
            _quiet = before;
        }
    }

    public void Tell(SimProcess process, string what) => _trace?.Add(Now, process.Name, "", "—", what);

    /// <summary>Notes the first violation and ends all processes.</summary>
    public Exception Fail(string why)
    {
        Failure ??= why;
        _trace?.Add(Now, "VIOLATION", "", why, "");
        OnKilled = _ => { };
        foreach (var process in _processes.Where(p => p.IsAlive))
            End(process);
        return new ProcessKilledException();
    }

    public void Set(SimTimer timer) => _timers.Add(timer);

    public void Unset(SimTimer timer) => _timers.Remove(timer);

    private async Task WatchedAsync(Func<Task> flow)
    {
        try
        {
            await flow().ConfigureAwait(false);
        }
        catch (ProcessKilledException)
        {
            // It was killed, and this is the end of its unwinding.
        }
        // Nothing may escape: what the flow did not expect is what we look for.
        catch (Exception error)
        {
            _ = Fail(error.ToString());
        }
    }

    /// <summary>What the disk writes down as the time of a change.</summary>
    private sealed class DiskTime(SimMachine machine) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => machine.Wall;
    }
}
