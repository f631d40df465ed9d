namespace SwarmLocks.Policy;

/// <summary>The written form of globs: <c>*</c>, <c>?</c>, <c>**</c>, <c>{a,b}</c>, a backslash before a character that is meant literally; brackets are literal.</summary>
internal static class GlobText
{
    private const int MaxAlternatives = 64;

    // Braces and commas that group, as opposed to escaped ones that are plain characters.
    private const int Open = -10;
    private const int Close = -11;
    private const int Comma = -12;

    /// <summary>Reads a glob as its distinct alternatives.</summary>
    /// <exception cref="FormatException">With what is wrong, fit to end a sentence.</exception>
    public static IReadOnlyList<GlobPattern> Parse(string text)
    {
        var tokens = Tokens(text);
        int at = 0;
        var expanded = Sequence(tokens, ref at, depth: 0);
        return [.. expanded.Select(GlobPattern.Parse).DistinctBy(p => p.ToString(), StringComparer.Ordinal)];
    }

    /// <summary>Writes alternatives so that equal sets read alike.</summary>
    public static string Format(IReadOnlyList<GlobPattern> alternatives) => alternatives.Count == 1
        ? alternatives[0].ToString()
        : "{" + string.Join(',', alternatives.Select(a => a.ToString()).Order(StringComparer.Ordinal)) + "}";

    private static List<int> Tokens(string text)
    {
        var tokens = new List<int>(text.Length);
        bool escaped = false;
        int depth = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            int token = rune.Value;
            if (!escaped && token == '\\')
            {
                escaped = true;
                continue;
            }
            if (!escaped)
            {
                depth += token switch { '{' => 1, '}' => -1, _ => 0 };
                if (depth < 0)
                    throw new FormatException("a '}' has no '{' before it");
                token = token switch
                {
                    '*' => GlobPattern.AnyRun,
                    '?' => GlobPattern.AnyOne,
                    '{' => Open,
                    '}' => Close,
                    // Outside of braces a comma is a character like any other.
                    ',' when depth > 0 => Comma,
                    _ => token,
                };
            }
            escaped = false;
            tokens.Add(token);
        }
        if (escaped)
            throw new FormatException("it ends in a backslash that escapes nothing");
        return depth == 0 ? tokens : throw new FormatException("a '{' has no '}' after it");
    }

    /// <summary>Reads up to the comma or brace that ends this sequence, and expands the groups in it.</summary>
    private static List<List<int>> Sequence(List<int> tokens, ref int at, int depth)
    {
        if (depth > MaxAlternatives)
            throw new FormatException("its braces are nested too deeply");
        List<List<int>> result = [[]];
        while (at < tokens.Count && tokens[at] is not (Close or Comma))
        {
            if (tokens[at] != Open)
            {
                foreach (var alternative in result)
                    alternative.Add(tokens[at]);
                at++;
                continue;
            }
            var group = new List<List<int>>();
            do
            {
                at++;
                group.AddRange(Sequence(tokens, ref at, depth + 1));
            }
            while (tokens[at] == Comma);
            at++;
            if (result.Count * group.Count > MaxAlternatives)
                throw new FormatException($"its braces stand for more than {MaxAlternatives} alternatives");
            result = [.. from head in result from tail in @group select (List<int>)[.. head, .. tail]];
        }
        return result;
    }
}
