using SwarmLocks.Tests.Stress.History;

namespace SwarmLocks.Tests.Stress.Soak;

/// <summary>A worker process of a soak, with what it wrote so far.</summary>
internal sealed class SoakMember(WorkerProcess process, HistoryReader history)
{
    public WorkerProcess Process { get; } = process;

    public HistoryReader History { get; } = history;

    /// <summary>When it goes on; null while it runs.</summary>
    public long? StoppedUntil { get; private set; }

    public void Stop(TimeSpan time)
    {
        Process.Stop();
        StoppedUntil = HistoryEntry.Now + HistoryEntry.Ticks(time);
    }

    public void Continue()
    {
        Process.Continue();
        StoppedUntil = null;
    }
}
