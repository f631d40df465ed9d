namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>
/// The clocks as one process reads them: each reading is a point where others may run. Timers fire when the schedule says so, never before they are due.
/// </summary>
/// <remarks>
/// The product spreads its pauses by chance. They are rounded up to <see cref="Grid"/>, so that a schedule can be run again.
/// </remarks>
internal sealed class SimTime(SimMachine machine, SimProcess process) : TimeProvider
{
    public static readonly TimeSpan Grid = TimeSpan.FromMilliseconds(10);

    /// <summary>Of a clock that is behind: as long as the longer TTLs of a scenario by chance.</summary>
    private static readonly TimeSpan Lag = TimeSpan.FromSeconds(1);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long GetTimestamp()
    {
        machine.Point(process, SimMachine.Clock, "");
        return machine.Flaw == Flaw.ClockOfOneIsBehind && process.Name == SimProcess.First ? machine.Now - Lag.Ticks : machine.Now;
    }

    public override DateTimeOffset GetUtcNow()
    {
        machine.Point(process, SimMachine.Clock, "on the wall");
        return machine.Wall;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimTimer(machine, process, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }
}

/// <summary>Something that a process wants to do later.</summary>
internal sealed class SimTimer(SimMachine machine, SimProcess process, Action callback) : ITimer
{
    public SimProcess Process => process;

    public Action Callback => callback;

    /// <summary>Null while it is not set.</summary>
    public long? Due { get; private set; }

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (period != Timeout.InfiniteTimeSpan)
            throw new NotSupportedException("a period");
        machine.Unset(this);
        Due = null;
        if (dueTime == Timeout.InfiniteTimeSpan)
            return true;
        long grid = SimTime.Grid.Ticks;
        Due = machine.Now + ((dueTime.Ticks + grid - 1) / grid * grid);
        machine.Set(this);
        return true;
    }

    public void Fired() => Due = null;

    public void Dispose()
    {
        machine.Unset(this);
        Due = null;
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }
}
