namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>A flow of a simulated process, from where it begins (or a timer fires) to where it ends or waits for time to pass.</summary>
internal sealed class Job(SimProcess process, string name, Action body)
{
    public SimProcess Process => process;

    public string Name => name;

    public Action Body => body;

    /// <summary>Null before it has begun.</summary>
    public SimThread? Thread { get; set; }
}

/// <summary>Unwinds the flows of a process that was killed: nothing they still do reaches the disk.</summary>
internal sealed class ProcessKilledException : Exception;
