namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>A command that will be killed, and the store it is killed in.</summary>
internal sealed record CrashScenario(string Name, params string[] Command)
{
    public const string Victim = "victim";

    /// <summary>Of src/a.cs, below the folder with the data.</summary>
    public const string LockFile = "locks/path=src+a.cs.json";

    /// <summary>Prepares the store; what it returns is kept until the scenario is over.</summary>
    public Func<Tree, Task<IAsyncDisposable?>> Arrange { get; init; } = _ => Task.FromResult<IAsyncDisposable?>(null);

    /// <summary>What somebody else asks for after the death.</summary>
    public IReadOnlyList<string> Contested { get; init; } = ["src/a.cs"];

    /// <summary>Whether a death half-way may leave some records as before and some as after: each is changed by itself, in order.</summary>
    public bool RecordByRecord { get; init; }

    /// <summary>Records that are there only while the command runs: its place in line, or the lock of what it runs.</summary>
    public IReadOnlyList<string> Passing { get; init; } = [];

    /// <summary>The end of a run that nobody kills.</summary>
    public int Code { get; init; }

    /// <summary>The end of a repetition that finds everything done.</summary>
    public int CodeWhenDone { get; init; }

    public (string Name, string Value)[] Variables { get; init; } = [];

    /// <summary>What stands after a double dash belongs to the command that run starts, which has stdout for itself.</summary>
    public IEnumerable<string> Arguments => Command.Contains("--")
        ? [.. Command.TakeWhile(word => word != "--"), "--agent", Victim, .. Command.SkipWhile(word => word != "--")]
        : [.. Command, "--agent", Victim, "--json"];
}
