using SwarmLocks.Platform;
using SwarmLocks.Policy;

namespace SwarmLocks.FileStore;

/// <summary>Reads the clocks that records are judged by. Safe for concurrent use.</summary>
internal sealed class StoreClock(IPlatform platform, TimeProvider time)
{
    /// <summary>This instant, by both clocks.</summary>
    public StoreTime Now()
    {
        // The monotonic clock is the same for all processes of a machine; see docs/protocol.md for each system. It is read first: when this process is stopped
        // between the two, what it grants ends later by the wall clock, never earlier, and nobody is judged to have expired before it has.
        var (seconds, ticks) = Math.DivRem(time.GetTimestamp(), time.TimestampFrequency);
        var (ms, rest) = Math.DivRem(ticks * 1000, time.TimestampFrequency);
        var wall = time.GetUtcNow();
        return new StoreTime((seconds * 1000) + ms, wall, platform.ClockId, platform.Uptime is { } uptime ? wall - uptime : null) { IsWithinMs = rest != 0 };
    }
}
