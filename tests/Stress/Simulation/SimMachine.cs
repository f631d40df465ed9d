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
internal sealed class SimMachine
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

    /// <summary>Runs until nothing is left to do.</summary>
    public void Run()
    {
        if (Next() is not { } first)
            return;
        Activate(first);
        // Only a flow that waits for something outside of the simulation can stand still for so long.
        if (!_ended.Wait(Patience))
            throw new InvalidOperationException($"The simulation stands still in {_running?.Process.Name} {_running?.Name}, step {Step}.{Environment.NewLine}{string.Join(Environment.NewLine, _trace?.Lines.TakeLast(60) ?? [])}");
        _running = null;
    }

    /// <summary>Here others may run. Returns when it is this flow's turn again.</summary>
    public PointOutcome Point(SimProcess process, string verb, string what, bool mayTear = false)
    {
        process.ThrowIfDead();
        if (_quiet || _running is not { } me)
            return PointOutcome.Done;
        Step++;
        _trace?.Add(Now, process.Name, me.Name, verb, what);
        if (Step > Limit)
            throw Fail($"it did not end within {Limit} steps");
        if (Menus is null && (Step > CalmAfter || !_chooser.Deviates(Step)))
            return PointOutcome.Done;
        process.Pinned = verb == Clock ? me : null;
        try
        {
            return Take(Pick(Menu(me, mayTear)), process, me);
        }
        finally
        {
            process.Pinned = null;
        }
    }

    private PointOutcome Take(Choice choice, SimProcess process, Job me)
    {
        switch (choice.Kind)
        {
            case ChoiceKind.Switch:
                SwitchTo(me, choice.Job!);
                break;
            case ChoiceKind.Fire:
                SwitchTo(me, JobOf(choice.Timer!));
                break;
            case ChoiceKind.Pass:
                _trace?.Add(Now, "time", "", "passes", $"{choice.Ms} ms");
                Now += TimeSpan.FromMilliseconds(choice.Ms).Ticks - 300;
                break;
            case ChoiceKind.StepWall:
                _trace?.Add(Now, "wall clock", "", "stepped", $"{choice.Ms} ms");
                _wallOffset += TimeSpan.FromMilliseconds(choice.Ms).Ticks;
                break;
            case ChoiceKind.Stop:
                _trace?.Add(Now, process.Name, "", "stopped", $"{choice.Ms} ms");
                process.StoppedUntil = Now + TimeSpan.FromMilliseconds(choice.Ms).Ticks;
                _ready.Add(me);
                var next = Next()!;
                _ready.Remove(me);
                if (next != me)
                    SwitchTo(me, next);
                break;
            case ChoiceKind.Kill:
                Kill(process);
                throw new ProcessKilledException();
            case ChoiceKind.Tear:
                return PointOutcome.Torn;
        }
        return PointOutcome.Done;
    }

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

    private Choice Pick(List<Choice> menu)
    {
        Menus?.Add(menu.Count);
        int pick = Step > CalmAfter ? 0 : _chooser.Pick(Step, menu);
        if (pick != 0)
            Picks[Step] = pick;
        return menu[pick];
    }

    private List<Choice> Menu(Job me, bool mayTear)
    {
        _menu.Clear();
        _menu.Add(new Choice(ChoiceKind.Continue));
        AddOthers();
        foreach (int ms in Passes)
            _menu.Add(new Choice(ChoiceKind.Pass, Ms: ms));
        foreach (int ms in Stops)
            _menu.Add(new Choice(ChoiceKind.Stop, Ms: ms));
        if (Kills > 0 && me.Process.IsMortal)
        {
            _menu.Add(new Choice(ChoiceKind.Kill));
            if (mayTear)
                _menu.Add(new Choice(ChoiceKind.Tear));
        }
        if (MayStepWall)
        {
            _menu.Add(new Choice(ChoiceKind.StepWall, Ms: 3_600_000));
            _menu.Add(new Choice(ChoiceKind.StepWall, Ms: -3_600_000));
        }
        return _menu;
    }

    private void AddOthers()
    {
        foreach (var job in _ready)
        {
            if (CanRun(job.Process, job))
                _menu.Add(new Choice(ChoiceKind.Switch, job));
        }
        foreach (var timer in _timers)
        {
            if (timer.Due <= Now && CanRun(timer.Process, job: null))
                _menu.Add(new Choice(ChoiceKind.Fire, Timer: timer));
        }
    }

    private bool CanRun(SimProcess process, Job? job) => process.StoppedUntil <= Now && (process.Pinned is not { } pinned || pinned == job);

    /// <summary>Who runs when the running flow ended or waits; time passes when nobody can. Null when nothing is left.</summary>
    private Job? Next()
    {
        while (true)
        {
            // The flows of the dead are unwound before anything else.
            if (_ready.Find(job => !job.Process.IsAlive && (job.Process.Pinned ?? job) == job) is { } dead)
                return dead;
            _menu.Clear();
            AddOthers();
            if (_menu.Count > 0)
            {
                // It has a step of its own, so that a schedule can name it.
                Step++;
                var choice = Pick(_menu);
                return choice.Job ?? JobOf(choice.Timer!);
            }
            long next = long.MaxValue;
            foreach (var timer in _timers.Where(t => t.Process.Pinned is null))
                next = Math.Min(next, Math.Max(timer.Due!.Value, timer.Process.StoppedUntil));
            foreach (var job in _ready)
                next = Math.Min(next, job.Process.StoppedUntil);
            if (next == long.MaxValue)
                return null;
            Now = Math.Max(Now, next);
        }
    }

    private Job JobOf(SimTimer timer)
    {
        _timers.Remove(timer);
        timer.Fired();
        return new Job(timer.Process, "timer", timer.Callback);
    }

    private void SwitchTo(Job me, Job next)
    {
        _ready.Add(me);
        Activate(next);
        me.Thread!.WaitForGo();
        me.Process.ThrowIfDead();
    }

    private void Activate(Job job)
    {
        _ready.Remove(job);
        _running = job;
        if (job.Thread is { } thread)
        {
            thread.Go();
            return;
        }
        job.Thread = SimThread.Rent();
        job.Thread.Begin(() => Execute(job));
    }

    private void Execute(Job job)
    {
        try
        {
            if (job.Process.IsAlive)
                job.Body();
        }
        catch (ProcessKilledException)
        {
            // The callback of a timer in a process that was killed.
        }
        job.Thread!.Retire();
        if (Next() is { } next)
            Activate(next);
        else
            _ended.Release();
    }

    /// <summary>What the disk writes down as the time of a change.</summary>
    private sealed class DiskTime(SimMachine machine) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => machine.Wall;
    }
}
