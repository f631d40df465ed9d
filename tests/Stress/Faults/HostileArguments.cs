using System.Globalization;

namespace SwarmLocks.Tests.Stress.Faults;

/// <summary>Command lines that no sane caller writes, made at random.</summary>
internal sealed class HostileArguments(Random random, string outside)
{
    private static readonly string[] Verbs =
    [
        "acquire", "release", "renew", "check", "who-has", "list", "wait", "cleanup-stale-locks", "cleanup-agent-locks", "break", "reset", "history", "run", "init",
    ];

    private static readonly string[] Options =
    [
        "--agent", "--json", "--shared", "--ttl", "--reason", "--all", "--lease", "--fencing-token", "--holder", "--stale", "--max-age", "--dry-run", "--now", "--since",
        "--limit", "-0", "--help", "--nonsense", "--agent=", "--ttl=1s", "--", "-",
    ];

    private static readonly string[] Values =
    [
        "", " ", "x", "-x", "--", "@x", "@", "@/etc/passwd", "a:b", "path:", "glob:", "plan:", "path:path:x", "C:\\x", "\\\\host\\x", "..", ".", "/", "//", "./", "...", "~", "~/x",
        "../x", "../../../../etc/passwd", "/etc/passwd", "/dev/null", "/proc/self/fd/0", "x/../../y", "x/./y//z/", "a\nb", "a\r\nb", "a\tb", "\u001b[31mred", "a\u0000b", "\u202ex",
        "\ud800", "é", "e\u0301", "日本語", "👻", "con", "nul.txt", "x.", " x ", "*", "**", "**/*", "***", "[", "]", "{", "}", "{a,b", "{,}", "{{a,b},{c,d}}", "a{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}{1,2}",
        "?", "\\", "a\\b", "%s%n", "$(id)", "`id`", ";id", "|id", "'", "\"", "1s", "0", "-1", "0s", "1e9", "999999999999h", "NaN", "∞", "1h30m", "500ms", "24h", "1.5.5s", "null", "true",
        ".git/config", ".git/swarmlocks/guard", ".swarmlocks", "plan:../x", "plan:a/b", "task:", "name:\u0000", "unknown:x", "[suggest]", "[suggest:3]", "[diagram]", "[parse]", "/?", "-h", "--version",
    ];

    public string[] Next()
    {
        var line = new List<string> { random.Next(20) == 0 ? Value() : Verbs[random.Next(Verbs.Length)] };
        for (int count = random.Next(0, 7); count > 0; count--)
            line.Add(random.Next(3) == 0 ? Options[random.Next(Options.Length)] : Value());
        if (random.Next(40) == 0)
            line.AddRange(Enumerable.Range(0, 201).Select(i => "many-" + i.ToString(CultureInfo.InvariantCulture)));
        if (random.Next(3) > 0)
            line.AddRange(["--agent", random.Next(8) == 0 ? Value() : "a"]);
        if (line[0] == "wait")
            // In front: after what chance put last, it could become the value of an option, and the wait endless.
            line.InsertRange(1, ["--timeout", "0s"]);
        // Nobody is to wait, and no command is to be run.
        return [.. line.Select(word => word is "run" && line.Contains("--") ? "list" : word)];
    }

    private string Value() => random.Next(12) switch
    {
        0 => new string((char)random.Next('a', 'z'), random.Next(1, 10_000)),
        1 => string.Join('/', Enumerable.Repeat("d", random.Next(1, 5000))),
        2 => new string([.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => (char)random.Next(1, 0x3000))]),
        3 => outside + "/file",
        4 => Values[random.Next(Values.Length)] + Values[random.Next(Values.Length)],
        _ => Values[random.Next(Values.Length)],
    };
}
