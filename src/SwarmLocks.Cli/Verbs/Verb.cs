using System.CommandLine;

namespace SwarmLocks.Cli.Verbs;

/// <summary>A verb: what the parser needs to know, what help shows, and what it does.</summary>
internal sealed class Verb(string name, string description) : Command(name, description)
{
    /// <summary>The line that shows how it is called.</summary>
    public required string Usage { get; init; }

    /// <summary>Whole commands, each with a few words on what it does.</summary>
    public required IReadOnlyList<Example> Examples { get; init; }

    /// <summary>Does the work and returns the exit code.</summary>
    public required Func<Invocation, Task<int>> Body { get; init; }

    /// <summary>Whether <c>-- COMMAND…</c> follows.</summary>
    public bool TakesCommand { get; init; }

    /// <summary>Whether it stands on the first help screen.</summary>
    public bool Everyday { get; init; }
}

/// <summary>A whole command, and a few words on what it does.</summary>
internal sealed record Example(string Command, string Does);
