namespace SwarmLocks.Cli.Demo;

/// <summary>What to show.</summary>
internal sealed record DemoOptions
{
    public const int MinAgents = 2;
    public const int MaxAgents = 64;
    public const int MinSeconds = 1;
    public const int MaxSeconds = 600;

    /// <summary>How many agent processes edit at once; 2–64, default 8.</summary>
    public int Agents { get; init; } = 8;

    /// <summary>How long each half lasts, in seconds; 1–600, default 5.</summary>
    public int Seconds { get; init; } = 5;

    /// <summary>Where the search for a repository begins whose files are copied.</summary>
    public required string Directory { get; init; }

    /// <summary>How to start an agent: this program again, unless a test has another.</summary>
    public AgentCommand Agent { get; init; } = AgentCommand.Self;

    /// <exception cref="LockUsageException">A number is out of its range.</exception>
    public void Validate()
    {
        if (Agents is < MinAgents or > MaxAgents)
            throw new LockUsageException($"The demo was asked for {Agents} agents: give {MinAgents} to {MaxAgents}.");
        if (Seconds is < MinSeconds or > MaxSeconds)
            throw new LockUsageException($"The demo was asked for {Seconds} seconds: give {MinSeconds} to {MaxSeconds}, for each half.");
    }
}

/// <summary>The demo itself did not work, so that it shows nothing: an agent process failed.</summary>
internal sealed class DemoFailedException(string message) : Exception(message);
