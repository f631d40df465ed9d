using System.Globalization;
using System.Text.RegularExpressions;

namespace SwarmLocks.Tests.Stress.Faults;

/// <summary>System calls of the command on some paths, and making the kernel refuse one of them.</summary>
/// <remarks>With <c>-P</c> strace traces, counts and spoils only calls whose path or descriptor is one of those given.</remarks>
internal static partial class Strace
{
    /// <summary>The paths below <paramref name="folder"/> that a run names.</summary>
    public static async Task<IReadOnlyList<string>> PathsAsync(string directory, string folder, IReadOnlyList<string> arguments)
    {
        using var log = new Log();
        await NativeCommand.RunBelowAsync([NativeBinary.Strace, "-f", "-o", log.Path], directory, arguments);
        return
        [
            .. Quoted().Matches(log.Text).Select(m => Regex.Unescape(m.Groups["path"].Value))
                .Where(p => p == folder || p.StartsWith(folder + "/", StringComparison.Ordinal)).Distinct(StringComparer.Ordinal),
        ];
    }

    /// <summary>The calls of a run on <paramref name="paths"/>, each with its number among those of its name.</summary>
    public static async Task<IReadOnlyList<SystemCall>> CallsAsync(string directory, IReadOnlyList<string> paths, IReadOnlyList<string> arguments)
    {
        using var log = new Log();
        await NativeCommand.RunBelowAsync([NativeBinary.Strace, "-f", .. Only(paths), "-o", log.Path], directory, arguments);
        // The numbers count in each thread.
        return
        [
            .. Call().Matches(log.Text).GroupBy(m => (Thread: m.Groups["thread"].Value, Name: m.Groups["name"].Value))
                .SelectMany(g => g.Select((_, i) => new SystemCall(g.Key.Name, i + 1))).Distinct(),
        ];
    }

    /// <summary>Runs the command while <paramref name="call"/> fails with <paramref name="error"/>.</summary>
    /// <returns>How it ended, and the line of the call that failed; null when none did.</returns>
    public static async Task<(CommandEnd End, string? Injected)> FailAsync(
        string directory, IReadOnlyList<string> paths, SystemCall call, string error, IReadOnlyList<string> arguments)
    {
        using var log = new Log();
        string inject = string.Create(CultureInfo.InvariantCulture, $"inject={call.Name}:error={error}:when={call.Number}");
        var end = await NativeCommand.RunBelowAsync([NativeBinary.Strace, "-f", .. Only(paths), "-e", inject, "-o", log.Path], directory, arguments);
        return (end, log.Text.Split('\n').FirstOrDefault(line => line.EndsWith("(INJECTED)", StringComparison.Ordinal)));
    }

    private static IEnumerable<string> Only(IReadOnlyList<string> paths) => paths.SelectMany(p => (string[])["-P", p]);

    [GeneratedRegex("\"(?<path>/[^\"]*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"^(?<thread>\d+) +(?<name>\w+)\(", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Call();

    private sealed class Log : IDisposable
    {
        public string Path { get; } = System.IO.Path.GetTempFileName();

        public string Text => File.ReadAllText(Path);

        public void Dispose() => File.Delete(Path);
    }
}

/// <summary>A system call of a run: its name, and its number among those of that name.</summary>
internal sealed record SystemCall(string Name, int Number);
