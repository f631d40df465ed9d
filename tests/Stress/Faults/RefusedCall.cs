using System.Text.RegularExpressions;

namespace SwarmLocks.Tests.Stress.Faults;

/// <summary>The calls of the command on some paths, and the kernel refusing one of them.</summary>
internal static partial class RefusedCall
{
    /// <summary>The paths below <paramref name="folder"/> that a run names.</summary>
    public static async Task<IReadOnlyList<string>> PathsAsync(Tree tree, string folder, IReadOnlyList<string> arguments)
    {
        using var log = new Log();
        await RunAsync(log, tree, [], inject: null, arguments);
        return
        [
            .. Quoted().Matches(File.ReadAllText(log.Path)).Select(m => Regex.Unescape(m.Groups["path"].Value))
                .Where(p => p == folder || p.StartsWith(folder + "/", StringComparison.Ordinal)).Distinct(StringComparer.Ordinal),
        ];
    }

    /// <summary>The calls of a run on <paramref name="paths"/>, one of each name and number: the threads are counted by themselves.</summary>
    public static async Task<IReadOnlyList<SystemCall>> AllAsync(Tree tree, IReadOnlyList<string> paths, IReadOnlyList<string> arguments)
    {
        using var log = new Log();
        await RunAsync(log, tree, paths, inject: null, arguments);
        return [.. Strace.Read(log.Path, tree).Calls.Where(c => c.Name != Strace.Exit).DistinctBy(c => (c.Name, c.Ordinal))];
    }

    /// <summary>Runs the command while <paramref name="call"/> fails with <paramref name="error"/>.</summary>
    /// <returns>How it ended, and the line of the call that failed; null when none did.</returns>
    public static async Task<(CommandEnd End, string? Refused)> FailAsync(Tree tree, IReadOnlyList<string> paths, SystemCall call, string error, IReadOnlyList<string> arguments)
    {
        using var log = new Log();
        var end = await RunAsync(log, tree, paths, Injection.Error(error, call), arguments);
        return (end, Strace.Read(log.Path, tree).Refused);
    }

    private static Task<CommandEnd> RunAsync(Log log, Tree tree, IReadOnlyList<string> paths, Injection? inject, IReadOnlyList<string> arguments) =>
        NativeCommand.RunBelowAsync([NativeBinary.Strace, .. Strace.Arguments(log.Path, Strace.AllOfFiles, inject, paths)], tree.Root, arguments);

    [GeneratedRegex("\"(?<path>/[^\"]*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Quoted();

    private sealed class Log : IDisposable
    {
        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
