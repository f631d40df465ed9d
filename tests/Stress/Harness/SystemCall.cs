using System.Text.RegularExpressions;

namespace SwarmLocks.Tests.Stress;

/// <summary>One system call as strace tells it.</summary>
/// <param name="Thread">Which thread made it.</param>
/// <param name="Name">Such as <c>pwrite64</c>.</param>
/// <param name="Text">Its arguments; what differs from run to run is replaced.</param>
/// <param name="Ordinal">Its number among those of this name in this thread, from 1: what <c>when=</c> of strace counts.</param>
/// <param name="Returned">False for one that the process did not come back from.</param>
internal sealed partial record SystemCall(int Thread, string Name, string Text, int Ordinal, bool Returned)
{
    private static readonly string[] Looks = ["stat", "lstat", "fstat", "newfstatat", "statx", "fstatfs", "getdents64", "lseek", "pread64", "flock", "close", "inotify_add_watch"];

    /// <summary>Whether it leaves the files as they are.</summary>
    public bool OnlyLooks => Looks.Contains(Name) || (Name == "openat" && !Text.Contains("O_CREAT", StringComparison.Ordinal));

    /// <summary>What is the same in every run: the name, and the files it is about.</summary>
    public string What => $"{Name} {string.Join(" → ", Files().Matches(Text).Select(m => m.Groups["path"].Value).Distinct())}";

    public override string ToString() => $"{Name}({Text}, number {Ordinal} of its thread";

    [GeneratedRegex("""["<](?<path>STORE[^">]*)[">]""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Files();
}

/// <summary>What strace wrote about one process.</summary>
internal sealed partial class Trace
{
    private const string Store = "STORE";

    private Trace(IReadOnlyList<SystemCall> calls, string? refused) => (Calls, Refused) = (calls, refused);

    /// <summary>In the order in which they began.</summary>
    public IReadOnlyList<SystemCall> Calls { get; }

    /// <summary>The line of the call that an error was put in the place of; null when none was.</summary>
    public string? Refused { get; }

    /// <summary>Those that touch a file of the store.</summary>
    public IEnumerable<SystemCall> OfStore => Calls.Where(c => c.Text.Contains(Store, StringComparison.Ordinal));

    /// <summary>The thread that started the process.</summary>
    public int MainThread => Calls[0].Thread;

    public static Trace Parse(IEnumerable<string> lines, string store)
    {
        var calls = new List<SystemCall>();
        var counts = new Dictionary<(int, string), int>();
        string? refused = null;
        foreach (string line in lines)
        {
            if (line.EndsWith("(INJECTED)", StringComparison.Ordinal))
                refused ??= line;
            if (Begun().Match(line) is { Success: true } begun)
            {
                var key = (int.Parse(begun.Groups["thread"].ValueSpan, null), begun.Groups["name"].Value);
                counts[key] = counts.GetValueOrDefault(key) + 1;
                string text = begun.Groups["text"].Value;
                calls.Add(new SystemCall(key.Item1, key.Item2, Same(text, store), counts[key], HasReturned(text)));
            }
            else if (Resumed().Match(line) is { Success: true } resumed && HasReturned(line))
            {
                int thread = int.Parse(resumed.Groups["thread"].ValueSpan, null);
                int at = calls.FindLastIndex(c => c.Thread == thread);
                if (at >= 0)
                    calls[at] = calls[at] with { Returned = true };
            }
        }
        return new Trace(calls, refused);
    }

    private static bool HasReturned(string text) => !text.EndsWith("<unfinished ...>", StringComparison.Ordinal) && !text.EndsWith("= ?", StringComparison.Ordinal);

    private static string Same(string text, string store) =>
        Tickets().Replace(Ids().Replace(text.Replace(store, Store, StringComparison.Ordinal), "ID"), "TICKET");

    [GeneratedRegex(@"^(?<thread>\d+)\s+(?<name>\w+)\((?<text>.*)$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Begun();

    [GeneratedRegex(@"^(?<thread>\d+)\s+<\.\.\. \w+ resumed>", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Resumed();

    [GeneratedRegex("[0-9a-f]{32}", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Ids();

    [GeneratedRegex(@"\d{19}(?=\.json)", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Tickets();
}
