using System.Globalization;

namespace SwarmLocks.Tests.Stress;

/// <summary>What to do at a call: the one of this name and number in a thread.</summary>
/// <param name="What">Such as <c>signal=SIGKILL</c>, or <c>error=EIO</c>.</param>
/// <param name="Name">Of the call.</param>
/// <param name="Ordinal">Its number among those of this name in its thread, from 1.</param>
internal readonly record struct Injection(string What, string Name, int Ordinal)
{
    /// <summary>A signal, sent at the entry of the call.</summary>
    public static Injection Signal(string signal, string name, int ordinal) => new("signal=" + signal, name, ordinal);

    /// <summary>An error in the place of the call.</summary>
    public static Injection Error(string error, SystemCall call) => new("error=" + error, call.Name, call.Ordinal);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}:{What}:when={Ordinal}");
}

/// <summary>
/// Runs the native binary under strace, which can send a signal at the entry of a system call, or put an error in its place. A SIGKILL there comes before the
/// call has any effect: the kernel looks for fatal signals between the entry stop and the call. A death after a call leaves what a death at the entry of the
/// next one leaves, because nothing between two calls touches the store; so the entry of every call, and of the exit, are all the points there are.
/// </summary>
internal static class Strace
{
    /// <summary>The end of the main thread, after everything else.</summary>
    public const string Exit = "exit_group";

    /// <summary>Every call that takes a path or a descriptor.</summary>
    public static readonly IReadOnlyList<string> AllOfFiles = ["%file", "%desc", Exit];

    /// <param name="log">Where it writes.</param>
    /// <param name="traced">Which calls.</param>
    /// <param name="inject">What to do at one of them.</param>
    /// <param name="paths">Sees, counts and spoils only calls whose path or descriptor is one of these; all when there are none.</param>
    public static IReadOnlyList<string> Arguments(string log, IEnumerable<string> traced, Injection? inject, params IEnumerable<string> paths) =>
    [
        "-f", "-y", "-s", "40", "-o", log, "-e", $"trace={string.Join(',', traced)}", .. inject is { } at ? (string[])["-e", $"inject={at}"] : [],
        .. paths.SelectMany(path => (string[])["-P", path]),
    ];

    /// <summary>Joins a process that runs; sees and counts only calls on <paramref name="paths"/>.</summary>
    public static IReadOnlyList<string> AttachArguments(string log, int pid, Injection? inject, IEnumerable<string> paths) =>
        [.. Arguments(log, AllOfFiles, inject, paths), "-p", pid.ToString(CultureInfo.InvariantCulture)];

    public static Trace Read(string log, Tree tree) => Trace.Parse(File.ReadLines(log), tree.Store);
}
