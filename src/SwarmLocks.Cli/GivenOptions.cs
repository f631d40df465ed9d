using System.CommandLine;

namespace SwarmLocks.Cli;

/// <summary>
/// The options on the command line as they were written. The parser makes a resource of what follows <c>--shared=</c>, and gives an option that forgot its value the
/// next option for one: a lock on a file that nobody named, or a lock without the wait that was asked for.
/// </summary>
internal static class GivenOptions
{
    /// <summary>Whether JSON is wanted. Asked of the words, so that it is known for a line that cannot be parsed, too.</summary>
    public static bool WantJson(IReadOnlyList<string> words) => words.Any(static word => Split(word).Name == CommonOptions.JsonName);

    /// <summary>What is wrong with the options, in one sentence without its end; null when nothing is.</summary>
    /// <param name="words">The command line up to a double dash.</param>
    /// <param name="options">The options that may stand there.</param>
    public static string? Trouble(IReadOnlyList<string> words, IReadOnlyList<Option> options)
    {
        var given = new List<Option>();
        for (int i = 0; i < words.Count; i++)
        {
            var (name, value) = Split(words[i]);
            if (Find(options, name) is not { } option)
                continue;
            if (option.Arity.MaximumNumberOfValues == 0)
            {
                if (value is not null)
                    return $"{name} takes no value: write it alone, or leave it out";
                continue;
            }
            if (given.Contains(option))
                return $"{name} is given twice: give it once";
            given.Add(option);
            if (value is null && ++i < words.Count)
            {
                value = words[i];
                if (Find(options, Split(value).Name) is not null)
                    return $"{name} has no value, because {value} is an option: write '{name} {option.HelpName}'{Accepted(option)}, or '{name}={value}' if that is the value";
            }
            else if (string.IsNullOrEmpty(value))
            {
                return $"{name} has no value: write '{name} {option.HelpName}'{Accepted(option)}";
            }
        }
        return null;
    }

    private static Option? Find(IReadOnlyList<Option> options, string name) =>
        name.StartsWith('-') ? options.FirstOrDefault(option => option.Name == name || option.Aliases.Contains(name)) : null;

    /// <summary>As the parser splits it.</summary>
    private static (string Name, string? Value) Split(string word)
    {
        int end = word.StartsWith('-') ? word.IndexOfAny(['=', ':']) : -1;
        return end < 0 ? (word, null) : (word[..end], word[(end + 1)..]);
    }

    private static string Accepted(Option option) => option.HelpName switch
    {
        "D" or "D|forever" => $", D being a duration {Durations.Accepted}",
        "N" or "S" => ", a whole number",
        _ => "",
    };
}
