using System.Text;
using System.Text.RegularExpressions;

namespace SwarmLocks.Tests.Unit.Resources;

/// <summary>A second, slow and obvious reading of paths, directories and globs, to compare the real one with.</summary>
internal sealed class NaiveGlob
{
    private readonly List<Regex?[]> _alternatives;

    /// <param name="text">As the user writes it: a path, a directory with <c>/</c> at its end, or a glob after <c>glob:</c>.</param>
    public NaiveGlob(string text) => _alternatives = text.StartsWith("glob:", StringComparison.Ordinal)
        ? [.. Expand(text[5..]).Select(OfAlternative)]
        : [[.. text.TrimEnd('/').Split('/').Where(s => s is not ".").Select(s => Exactly(Regex.Escape(s))), .. text.EndsWith('/') ? new Regex?[] { null } : []]];

    public bool Matches(string path) => _alternatives.Exists(a => Matches(a, path.Split('/')));

    private static bool Matches(ReadOnlySpan<Regex?> pattern, ReadOnlySpan<string> path)
    {
        if (pattern.IsEmpty) return path.IsEmpty;
        if (pattern[0] is { } name) return !path.IsEmpty && name.IsMatch(path[0]) && Matches(pattern[1..], path[1..]);
        return Matches(pattern[1..], path) || (!path.IsEmpty && Matches(pattern, path[1..]));
    }

    private static IEnumerable<string> Expand(string text)
    {
        int open = -1, depth = 0;
        var cuts = new List<int>();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\') i++;
            else if (text[i] == '{' && depth++ == 0) open = i;
            else if (text[i] == ',' && depth == 1) cuts.Add(i);
            else if (text[i] == '}' && --depth == 0)
            {
                string head = text[..open], tail = text[(i + 1)..];
                int[] ends = [open, .. cuts, i];
                return ends.Zip(ends.Skip(1)).SelectMany(c => Expand(head + text[(c.First + 1)..c.Second] + tail));
            }
        }

        return [text];
    }

    private static Regex?[] OfAlternative(string text) =>
        [.. text.Split('/').Where(s => s is not ("" or ".")).Select(s => s == "**" ? null : Exactly(Translate(s)))];

    private static string Translate(string segment)
    {
        var regex = new StringBuilder();
        for (int i = 0; i < segment.Length; i++)
        {
            if (segment[i] == '*') regex.Append(".*");
            else if (segment[i] == '?') regex.Append('.');
            else regex.Append(Regex.Escape((segment[i] == '\\' ? segment[++i] : segment[i]).ToString()));
        }

        return regex.ToString();
    }

    private static Regex Exactly(string regex) => new($"\\A(?:{regex})\\z", RegexOptions.Singleline | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10));
}
