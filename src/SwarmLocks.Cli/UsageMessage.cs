using System.CommandLine;
using SwarmLocks.Cli.Verbs;

namespace SwarmLocks.Cli;

/// <summary>What the parser found wrong, in one sentence that says what to do next.</summary>
internal static class UsageMessage
{
    /// <summary>The sentence for the first error of <paramref name="parse"/>.</summary>
    public static string Of(ParseResult parse)
    {
        if (parse.CommandResult.Command is not Verb verb)
        {
            return parse.UnmatchedTokens is [var token, ..]
                ? $"'{token}' is not a verb of swarmlocks{Nearest(token)}; see 'swarmlocks --help'."
                : "No verb was given, such as 'run' or 'acquire'; see 'swarmlocks --help'.";
        }
        string said = parse.UnmatchedTokens is [var extra, ..]
            ? $"'{extra}' is not understood here: the usage is '{verb.Usage}'"
            : parse.Errors[0].Message.TrimEnd('.');
        return Hinted(said, parse);
    }

    /// <summary>The sentence with where to read more.</summary>
    public static string Hinted(string said, ParseResult parse) =>
        $"{said}; see 'swarmlocks {(parse.CommandResult.Command is Verb verb ? $"{verb.Name} " : "")}--help'.";

    private static string Nearest(string token)
    {
        string name = CommandTree.Verbs.MinBy(verb => Distance(token, verb.Name))!.Name;
        return Distance(token, name) <= Math.Max(1, name.Length / 3) ? $", but '{name}' is" : "";
    }

    /// <summary>How many letters must be added, dropped or changed (Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        int[] row = new int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
            row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int cost = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = row[j];
                row[j] = cost;
            }
        }
        return row[b.Length];
    }
}
