using SwarmLocks.Cli.Verbs;

namespace SwarmLocks.Tests.Unit.Cli;

/// <summary>When a command is asked to stop, and when it is ended, on a clock that the test turns.</summary>
public sealed class LeaseWatchTests : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly ManualTime _time = new();
    private readonly CancellationTokenSource _lost = new();
    private readonly TaskCompletionSource _exited = new();
    private readonly List<string> _done = [];
    private TimeSpan _deadline = TimeSpan.FromSeconds(60);
    private volatile bool _wasStopped;
    private volatile bool _othersLive;
    private volatile bool _isRestTold;
    private volatile bool _isDeathless;
    private volatile bool _excludes = true;

    public void Dispose() => _lost.Dispose();

    [Fact]
    public async Task Nothing_happens_to_a_command_whose_lease_is_renewed()
    {
        var watch = Watch();
        for (int second = 0; second < 600; second++)
        {
            _deadline = _time.Now + TimeSpan.FromSeconds(60);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        _exited.SetResult();
        Assert.False(await watch);
        Assert.Empty(_done);
    }

    [Fact]
    public async Task A_lost_lease_stops_it_at_once_and_ends_it_after_its_grace()
    {
        var watch = Watch();
        _time.Advance(TimeSpan.FromSeconds(5));
        await _lost.CancelAsync();
        await StoppedAsync();
        AdvanceUntil(done: 2);
        Assert.True(await watch);
        Assert.Equal(["stop at 5", "kill at 15"], _done);
    }

    [Fact]
    public async Task A_lease_that_is_not_renewed_stops_it_when_only_its_grace_is_left()
    {
        var watch = Watch();
        AdvanceUntil(done: 2);
        Assert.True(await watch);
        Assert.Equal(["stop at 50", "kill at 59.5"], _done);
    }

    [Fact]
    public async Task It_is_ended_before_the_deadline_however_late_the_loss_is_seen()
    {
        _deadline = TimeSpan.FromSeconds(13);
        var watch = Watch();
        _time.Advance(TimeSpan.FromSeconds(2));
        await _lost.CancelAsync();
        await StoppedAsync();
        AdvanceUntil(done: 2);
        Assert.True(await watch);
        Assert.Equal(["stop at 2", "kill at 12"], _done);
    }

    [Fact]
    public async Task Past_the_deadline_it_gets_no_grace()
    {
        _deadline = TimeSpan.Zero;
        await _lost.CancelAsync();
        Assert.True(await Watch());
        Assert.Equal(["stop at 0", "kill at 0"], _done);
    }

    [Fact]
    public async Task When_others_may_write_already_it_gets_a_second()
    {
        _excludes = false;
        var watch = Watch();
        await _lost.CancelAsync();
        await StoppedAsync();
        AdvanceUntil(done: 2);
        Assert.True(await watch);
        Assert.Equal(["stop at 0", "kill at 1"], _done);
    }

    [Fact]
    public async Task A_command_that_stops_when_asked_is_not_ended()
    {
        var watch = Watch();
        await _lost.CancelAsync();
        await StoppedAsync();
        _exited.SetResult();
        Assert.True(await watch);
        Assert.Equal(["stop at 0"], _done);
    }

    [Fact]
    public async Task What_the_command_started_has_to_end_too_when_the_lease_is_lost()
    {
        _othersLive = true;
        var watch = Watch();
        await _lost.CancelAsync();
        await StoppedAsync();
        _exited.SetResult();
        AdvanceUntil(done: 2);
        Assert.True(await watch);
        Assert.Equal(["stop at 0", "kill at 10"], _done);
    }

    [Fact]
    public async Task What_a_stopped_command_leaves_behind_is_waited_for_and_ended_after_its_grace()
    {
        (_wasStopped, _othersLive, _isRestTold) = (true, true, true);
        _exited.SetResult();
        var watch = Watch();
        AdvanceUntil(done: 1);
        Assert.False(await watch);
        Assert.Equal(["kill at 10"], _done);
    }

    [Fact]
    public async Task What_has_not_heard_that_it_is_to_stop_is_asked_first()
    {
        (_wasStopped, _othersLive) = (true, true);
        _exited.SetResult();
        var watch = Watch();
        AdvanceUntil(done: 2);
        Assert.False(await watch);
        Assert.Equal(["stop at 0", "kill at 10"], _done);
    }

    [Fact]
    public async Task What_cannot_be_killed_is_not_waited_for_when_there_is_no_lease_to_keep()
    {
        (_deadline, _isDeathless) = (TimeSpan.FromSeconds(2), true);
        var watch = Watch();
        await StoppedAsync();
        while (!watch.IsCompleted)
        {
            if (SpinWait.SpinUntil(() => _time.Waiting > 0 || watch.IsCompleted, TempTree.Patience) && !watch.IsCompleted)
                _time.Advance(TimeSpan.FromSeconds(0.5));
        }
        Assert.True(await watch);
        Assert.InRange(_time.Now.TotalSeconds, 15, 17);
        // Not fifty times a second: each look goes through all processes.
        Assert.InRange(_done.Count, 10, 40);
    }

    [Fact]
    public async Task What_a_command_leaves_behind_of_its_own_accord_is_left_alone()
    {
        _othersLive = true;
        _exited.SetResult();
        Assert.False(await Watch());
        Assert.Empty(_done);
    }

    private Task<bool> Watch() => new LeaseWatch(() => Max(_deadline - _time.Now, TimeSpan.Zero), () => _excludes, Grace, _time, _lost.Token).WatchAsync(
        _exited.Task,
        wasStopped: () => _wasStopped,
        lives: () => !_exited.Task.IsCompleted || _othersLive,
        stop: () => _done.Add($"stop at {_time.Now.TotalSeconds}"),
        isRestTold: () => _isRestTold,
        kill: () =>
        {
            _done.Add($"kill at {_time.Now.TotalSeconds}");
            if (_isDeathless)
                return;
            _exited.TrySetResult();
            _othersLive = false;
        }).WaitAsync(TempTree.Patience);

    private Task StoppedAsync() => TempTree.UntilAsync(() => _done.Count > 0 && _time.Waiting > 0, "it was asked to stop");

    /// <summary>Turns the clock by half seconds, each time after the watch has looked.</summary>
    private void AdvanceUntil(int done)
    {
        while (_done.Count < done)
        {
            if (SpinWait.SpinUntil(() => _time.Waiting > 0 || _done.Count >= done, TempTree.Patience) && _done.Count < done)
                _time.Advance(TimeSpan.FromSeconds(0.5));
        }
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    /// <summary>Time that passes when it is told to.</summary>
    private sealed class ManualTime : TimeProvider
    {
        private readonly Lock _gate = new();
        private readonly List<Timer> _timers = [];
        private TimeSpan _now;

        public TimeSpan Now
        {
            get
            {
                lock (_gate)
                    return _now;
            }
        }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now.Ticks;

        /// <summary>How many timers have yet to fire.</summary>
        public int Waiting
        {
            get
            {
                lock (_gate)
                    return _timers.Count;
            }
        }

        public void Advance(TimeSpan by)
        {
            List<Timer> due;
            lock (_gate)
            {
                _now += by;
                due = [.. _timers.Where(timer => timer.Due <= _now)];
                _timers.RemoveAll(due.Contains);
            }
            due.ForEach(timer => timer.Fire());
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new Timer(this, () => callback(state));
            timer.Change(dueTime, period);
            return timer;
        }

        private sealed class Timer(ManualTime time, Action fire) : ITimer
        {
            public TimeSpan Due { get; private set; }

            public Action Fire => fire;

            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                lock (time._gate)
                {
                    time._timers.Remove(this);
                    Due = time._now + dueTime;
                    if (dueTime >= TimeSpan.Zero)
                        time._timers.Add(this);
                }
                return true;
            }

            public void Dispose()
            {
                lock (time._gate)
                    time._timers.Remove(this);
            }

            public ValueTask DisposeAsync()
            {
                Dispose();
                return default;
            }
        }
    }
}
