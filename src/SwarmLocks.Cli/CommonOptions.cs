using System.CommandLine;

namespace SwarmLocks.Cli;

/// <summary>Options and arguments that several verbs share. All are text or flags: the verbs parse them, so that every message is ours.</summary>
internal static class CommonOptions
{
    public const string JsonName = "--json";

    public static readonly Option<string?> Agent = Recursive(Text("--agent", "ID", "Who asks; else SWARMLOCKS_AGENT"));
    public static readonly Option<string?> Dir = Recursive(Text("--dir", "DIR", "The folder that holds the locks, absolute; else SWARMLOCKS_DIR, else found from here"));
    public static readonly Option<bool> Json = Recursive(Flag(JsonName, "One JSON document on stdout, also on failure"));

    public static readonly Option<bool> Shared = Flag("--shared", "Let others hold it shared too; only nobody exclusively");
    public static readonly Option<string?> Ttl = Text("--ttl", "D", "How long it lasts without renewal, 1s to 24h (5m; project and task 10m)");
    public static readonly Option<string?> Reason = Text("--reason", "TEXT", "Shown to whoever is refused because of it");
    public static readonly Option<string?> Wait = Text("--wait", "D|forever", "Wait in line for so long; without it the answer comes at once");
    public static readonly Option<bool> All = Flag("--all", "Everything this agent holds without a session");
    public static readonly Option<bool> DryRun = Flag("--dry-run", "Change nothing, say what would go");
    public static readonly Option<bool> Nul = Flag("-0", "Resources on stdin are separated by NUL instead of line ends");
    public static readonly Option<string?> Holder = Text("--holder", "ID", "Only of this agent");

    public static readonly Argument<string[]> Resources = new("RESOURCE")
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description = "A path, a folder with / at its end, a glob, or a name such as plan:42; '-' reads them from stdin",
    };

    /// <summary>For verbs that take one. Of the same arity, so that the message about a second is ours.</summary>
    public static readonly Argument<string[]> Resource = One("RESOURCE", "");

    /// <summary>One resource, or what <paramref name="or"/> says.</summary>
    public static Argument<string[]> One(string name, string or) => new(name)
    {
        Arity = ArgumentArity.ZeroOrMore,
        Description = $"A path, a folder with / at its end, a glob, or a name such as plan:42{or}",
    };

    /// <summary>An option with a value.</summary>
    public static Option<string?> Text(string name, string value, string description) =>
        new(name) { HelpName = value, Description = description, Arity = ArgumentArity.ExactlyOne };

    /// <summary>An option without a value: "--shared true" would otherwise swallow a file named "true".</summary>
    public static Option<bool> Flag(string name, string description) =>
        new(name) { Description = description, Arity = ArgumentArity.Zero };

    private static T Recursive<T>(T option) where T : Option
    {
        option.Recursive = true;
        return option;
    }
}
