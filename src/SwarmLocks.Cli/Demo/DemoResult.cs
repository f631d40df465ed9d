namespace SwarmLocks.Cli.Demo;

/// <summary>What both halves came to.</summary>
internal sealed record DemoResult
{
    public required int Agents { get; init; }

    /// <summary>The length of each half.</summary>
    public required int Seconds { get; init; }

    /// <summary>How many files were edited.</summary>
    public required int Files { get; init; }

    /// <summary>Where they came from, for people.</summary>
    public required string Source { get; init; }

    public required HalfResult Unlocked { get; init; }

    public required HalfResult Locked { get; init; }

    /// <summary>0 only if the locked half edited, lost nothing, and left every file whole.</summary>
    public int ExitCode => Locked is { Edits: > 0, Lost: 0, Failed: 0, Damaged: 0 } ? 0 : 1;
}

/// <summary>What one half came to.</summary>
internal sealed record HalfResult
{
    /// <summary>Edits that an agent completed: its write returned without an error.</summary>
    public required int Edits { get; init; }

    /// <summary>Those whose mark is not in the file at the end.</summary>
    public required int Lost { get; init; }

    /// <summary>Edits that were not made because the text to change was not in the file: somebody had begun to write it, or it was garbled for good.</summary>
    public int Failed { get; init; }

    /// <summary>Files that, without the marks, are not at the end what they were at the start.</summary>
    public int Damaged { get; init; }

    /// <summary>Locks that were refused at first, so that the agent stood in line.</summary>
    public int Conflicts { get; init; }

    /// <summary>From asking for a lock until having it, wait included, in microseconds: half of all edits had it by then.</summary>
    public int AcquireP50 { get; init; }

    /// <summary>The same for 99 of 100.</summary>
    public int AcquireP99 { get; init; }

    /// <summary>Lost ones among all, 0–1.</summary>
    public double LostShare => Edits == 0 ? 0 : (double)Lost / Edits;
}
