namespace SwarmLocks.Tests.Stress.Worker;

/// <summary>A clock on the wall that is wrong by some seconds, and can be set back and forth; the monotonic one is that of the machine.</summary>
internal sealed class SteppedClock(long seconds) : TimeProvider
{
    private long _seconds = seconds;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddSeconds(Volatile.Read(ref _seconds));

    public string Step(long to)
    {
        Volatile.Write(ref _seconds, to);
        return "ok";
    }
}
