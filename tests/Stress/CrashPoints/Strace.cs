using System.Globalization;

namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>A run under strace.</summary>
internal sealed record TracedEnd(CommandEnd End, Trace Trace);

/// <summary>Which call to send a signal at: the n-th of this name in a thread.</summary>
internal readonly record struct Injection(string Signal, string Name, int Ordinal)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}:signal={Signal}:when={Ordinal}");
}

/// <summary>
/// Runs the native binary under strace, which can send a signal at the entry of a system call. A SIGKILL there comes before the call has any effect: the kernel
/// looks for fatal signals between the entry stop and the call. A death after a call leaves what a death at the entry of the next one leaves, because nothing
/// between two calls touches the store; so the entry of every call, and of the exit, are all the points there are.
/// </summary>
internal static class Strace
{
    /// <summary>The end of the main thread, after everything else.</summary>
    public const string Exit = "exit_group";

    /// <summary>Every call that takes a path or a descriptor.</summary>
    public static readonly IReadOnlyList<string> AllOfFiles = ["%file", "%desc", Exit];

    public static async Task<TracedEnd> RunAsync(
        Tree tree, IEnumerable<string> command, IEnumerable<string> traced, Injection? inject = null, IReadOnlyDictionary<string, string>? variables = null)
    {
        string log = tree.File("strace.log");
        var end = await NativeCommand.EndAsync(NativeCommand.Start(
            tree, NativeBinary.Strace, [.. Arguments(log, traced, inject), NativeBinary.Path!, .. command], variables));
        return new TracedEnd(end, Read(log, tree));
    }

    public static IReadOnlyList<string> Arguments(string log, IEnumerable<string> traced, Injection? inject) =>
        ["-f", "-y", "-s", "40", "-o", log, "-e", $"trace={string.Join(',', traced)}", .. inject is { } at ? (string[])["-e", $"inject={at}"] : []];

    /// <summary>Joins a process that runs; sees and counts only calls on the files that the store has now, and on those that a change of the lock on src/a.cs makes.</summary>
    public static IReadOnlyList<string> AttachArguments(string log, Tree tree, int pid, Injection? inject) =>
    [
        .. Arguments(log, AllOfFiles, inject),
        .. Directory.EnumerateFileSystemEntries(tree.Store, "*", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateDirectories(tree.Store).SelectMany(data => (string[])[Path.Combine(data, CrashScenario.LockFile), Path.Combine(data, "next.tmp")])).SelectMany(path => (string[])["-P", path]),
        "-p", pid.ToString(CultureInfo.InvariantCulture),
    ];

    public static Trace Read(string log, Tree tree) => Trace.Parse(File.ReadLines(log), tree.Store);
}
