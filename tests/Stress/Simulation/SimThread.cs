using System.Collections.Concurrent;

namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>
/// A thread on which one job of a simulation runs at a time. Code that makes file-system calls cannot give way in the middle of one, so each job that has begun
/// has a thread of its own; only one of all of them ever runs.
/// </summary>
internal sealed class SimThread
{
    private static readonly ConcurrentBag<SimThread> Idle = [];

    private readonly SemaphoreSlim _go = new(0);
    private Action _work = () => { };

    private SimThread()
    {
        var thread = new Thread(Loop) { IsBackground = true, Name = "simulation" };
        thread.Start();
    }

    /// <summary>A thread that has nothing to do.</summary>
    public static SimThread Rent() => Idle.TryTake(out var thread) ? thread : new SimThread();

    /// <summary>Lets it begin. <paramref name="work"/> ends with <see cref="Retire"/>.</summary>
    public void Begin(Action work)
    {
        _work = work;
        _go.Release();
    }

    public void Go() => _go.Release();

    public void WaitForGo() => _go.Wait();

    private void Loop()
    {
        while (true)
        {
            _go.Wait();
            _work();
        }
    }

    /// <summary>Gives the thread back; the last thing its work does before it lets another one go.</summary>
    public void Retire() => Idle.Add(this);
}
