using System.Diagnostics;

namespace SwarmLocks.Tests.Stress.History;

/// <summary>
/// What the monotonic clock showed at an instant of the wall clock, which is all that the journal has. Asked again and again, because the wall clock
/// is corrected while a test runs; when it was set, the uncertainty grows by as much.
/// </summary>
internal sealed class WallClock
{
    /// <summary>The journal has whole milliseconds; an expiry is rounded up by another.</summary>
    private static readonly long Least = HistoryEntry.Ticks(TimeSpan.FromMilliseconds(4));

    private long _offset;
    private long _before;

    public WallClock()
    {
        _offset = _before = Measure();
    }

    /// <summary>To be called at least every few seconds, and before journal lines are read.</summary>
    public void Compare() => (_before, _offset) = (_offset, Measure());

    public (long At, long Slack) ToMonotonic(DateTimeOffset wall) =>
        (HistoryEntry.Ticks(wall - DateTimeOffset.UnixEpoch) - ((_offset / 2) + (_before / 2)), Least + Math.Abs(_offset - _before));

    /// <summary>The quickest of several looks is the least disturbed one.</summary>
    private static long Measure()
    {
        long best = long.MaxValue, offset = 0;
        for (int i = 0; i < 20; i++)
        {
            long start = Stopwatch.GetTimestamp();
            long wall = HistoryEntry.Ticks(DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch);
            long end = Stopwatch.GetTimestamp();
            if (end - start < best)
                (best, offset) = (end - start, wall - start - ((end - start) / 2));
        }
        return offset;
    }
}
