namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>Whose turn it is: the points at which others may run, what may be chosen there, and who goes on when a flow waits or ends.</summary>
internal sealed partial class SimMachine
{
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
}
