namespace SwarmLocks.Cli;

/// <summary>What the exit codes mean; the numbers below 126 follow <c>sysexits.h</c>, the others the shell.</summary>
internal static class ExitCode
{
    /// <summary>Done, or the question was answered.</summary>
    public const int Done = 0;

    /// <summary>An unexpected failure; <c>doctor</c>: not healthy.</summary>
    public const int Failed = 1;

    /// <summary>A bad option, resource, agent id or duration, no agent, no tree.</summary>
    public const int Usage = 64;

    /// <summary>The store is unavailable, busy, of a newer version, or not to be trusted here.</summary>
    public const int Store = 69;

    /// <summary>Conflict, timed out, deadlock refused, abandoned, or not held any more.</summary>
    public const int Refused = 75;

    /// <summary>Held by someone else, who did not ask you to release it.</summary>
    public const int NotYours = 77;

    /// <summary><c>run</c>: the command could not be executed.</summary>
    public const int CannotExecute = 126;

    /// <summary><c>run</c>: the command was not found.</summary>
    public const int NotFound = 127;

    /// <summary>Plus the number of the signal that ended the command.</summary>
    public const int Signal = 128;
}
