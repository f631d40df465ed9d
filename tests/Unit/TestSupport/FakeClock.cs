namespace SwarmLocks.Tests.Unit.TestSupport;

/// <summary>A clock that stands still until told otherwise. Monotonic time and wall time are stepped apart, and timers fire inside <see cref="Advance"/>.</summary>
internal sealed class FakeClock : TimeProvider
{
    public static readonly DateTimeOffset Start = new(2026, 11, 20, 10, 0, 0, TimeSpan.Zero);

    private readonly Lock _gate = new();
    private readonly List<FakeTimer> _timers = [];
    private long _ticks = TimeSpan.FromHours(5).Ticks;
    private DateTimeOffset _wall = Start;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => Zone;

    /// <summary>Where the clock hangs.</summary>
    public TimeZoneInfo Zone { get; set; } = TimeZoneInfo.Utc;

    /// <summary>How many timers are armed.</summary>
    public int Armed
    {
        get
        {
            lock (_gate)
                return _timers.Count(t => t.Due is not null);
        }
    }

    public override long GetTimestamp()
    {
        lock (_gate)
            return _ticks;
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _wall;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, callback, state);
        lock (_gate)
            _timers.Add(timer);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Sets the wall clock back or forth; the monotonic clock does not notice.</summary>
    public void StepWall(TimeSpan by)
    {
        lock (_gate)
            _wall += by;
    }

    /// <summary>Lets time pass without firing a timer, as for a process that was stopped or a timer that is late.</summary>
    public void AdvanceUnnoticed(TimeSpan by) => Set(by.Ticks);

    /// <summary>Lets time pass; timers fire in order, on this thread, at the instant they are due.</summary>
    public void Advance(TimeSpan by)
    {
        long target = GetTimestamp() + by.Ticks;
        while (NextDue(target) is { } timer)
            timer.Callback(timer.State);
        Set(Math.Max(0, target - GetTimestamp()));
    }

    private FakeTimer? NextDue(long target)
    {
        lock (_gate)
        {
            var next = _timers.Where(t => t.Due <= target).MinBy(t => t.Due);
            if (next is null)
                return null;
            long due = next.Due!.Value;
            if (due > _ticks)
            {
                _wall += TimeSpan.FromTicks(due - _ticks);
                _ticks = due;
            }
            next.Due = next.Period > TimeSpan.Zero ? due + next.Period.Ticks : null;
            return next;
        }
    }

    private void Set(long by)
    {
        lock (_gate)
        {
            _ticks += by;
            _wall += TimeSpan.FromTicks(by);
        }
    }

    private sealed class FakeTimer(FakeClock clock, TimerCallback callback, object? state) : ITimer
    {
        public TimerCallback Callback => callback;

        public object? State => state;

        public long? Due { get; set; }

        public TimeSpan Period { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : clock._ticks + dueTime.Ticks;
                Period = period == Timeout.InfiniteTimeSpan ? TimeSpan.Zero : period;
            }
            return true;
        }

        public void Dispose()
        {
            lock (clock._gate)
            {
                Due = null;
                clock._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
