using System.Diagnostics;

namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>A run under strace.</summary>
internal sealed record TracedEnd(CommandEnd End, Trace Trace);

/// <summary>The native binary where nobody else is, so that the guard has to be free at the first try.</summary>
internal static class LoneCommand
{
    /// <summary>How long it stands before the guard at most.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromMilliseconds(100);

    public static Task<CommandEnd> RunAsync(Tree tree, IEnumerable<string> arguments, params (string Name, string Value)[] variables) =>
        NativeCommand.EndAsync(Start(tree, [NativeBinary.Path!, .. arguments], variables));

    /// <summary>Starts <paramref name="line"/>: the command, or a program that runs it.</summary>
    public static Process Start(Tree tree, IReadOnlyList<string> line, params (string Name, string Value)[] variables) =>
        NativeCommand.Start(tree.Root, line, [("SWARMLOCKS_GUARD_TIMEOUT", "100ms"), .. variables]);

    /// <summary>Runs it under strace.</summary>
    public static async Task<TracedEnd> TraceAsync(
        Tree tree, IEnumerable<string> arguments, IEnumerable<string> traced, Injection? inject = null, params (string Name, string Value)[] variables)
    {
        string log = tree.File("strace.log");
        var end = await NativeCommand.EndAsync(Start(tree, [NativeBinary.Strace, .. Strace.Arguments(log, traced, inject), NativeBinary.Path!, .. arguments], variables));
        return new TracedEnd(end, Strace.Read(log, tree));
    }

    /// <summary>Joins one that runs; sees and counts only calls on the files that the store has now, and on those that a change of the lock on src/a.cs makes.</summary>
    public static Process Attach(Tree tree, string log, int pid, Injection? inject)
    {
        var made = Directory.EnumerateDirectories(tree.Store).SelectMany(data => (string[])[Path.Combine(data, CrashScenario.LockFile), Path.Combine(data, "next.tmp")]);
        var paths = Directory.EnumerateFileSystemEntries(tree.Store, "*", SearchOption.AllDirectories).Concat(made);
        return Start(tree, [NativeBinary.Strace, .. Strace.AttachArguments(log, pid, inject, paths)]);
    }
}
