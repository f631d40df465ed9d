using SwarmLocks.Cli.Platform;

namespace SwarmLocks.Cli.Demo;

/// <summary>How to start an agent process.</summary>
/// <param name="Program">The executable.</param>
/// <param name="Arguments">What goes before the agent's own arguments.</param>
internal sealed record AgentCommand(string Program, params IReadOnlyList<string> Arguments)
{
    /// <summary>This program again.</summary>
    public static AgentCommand Self => new(OwnCommand.Line[0], [.. OwnCommand.Line.Skip(1), DemoAgent.Verb]);
}
