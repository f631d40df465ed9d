namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>A command that will be killed, and the store it is killed in.</summary>
internal sealed record CrashScenario(string Name, params string[] Command)
{
    public const string Victim = "victim";

    /// <summary>Prepares the store; what it returns is kept until the scenario is over.</summary>
    public Func<Tree, Task<IAsyncDisposable?>> Arrange { get; init; } = _ => Task.FromResult<IAsyncDisposable?>(null);

    /// <summary>What somebody else asks for after the death.</summary>
    public IReadOnlyList<string> Contested { get; init; } = ["src/a.cs"];

    /// <summary>Whether a death half-way may leave some records as before and some as after: each is changed by itself, in order.</summary>
    public bool RecordByRecord { get; init; }

    /// <summary>The end of a run that nobody kills.</summary>
    public int Code { get; init; }

    /// <summary>The end of a repetition that finds everything done.</summary>
    public int CodeWhenDone { get; init; }

    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    public IEnumerable<string> Arguments => [.. Command, "--agent", Victim, "--json"];
}
