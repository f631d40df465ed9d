using System.Text;

namespace SwarmLocks.Policy;

/// <summary>Reads a glob: expands the braces first, then cuts each alternative into segments, so that <c>{src,**}/a</c> means what it says.</summary>
internal sealed class GlobParser
{
    private const int Slash = -3;
    private const int MaxDepth = 32;
    private readonly List<int> _text = [];
    private int _at;
    private int _depth;

    private GlobParser(string text)
    {
        foreach (Rune rune in text.EnumerateRunes()) _text.Add(rune.Value);
    }

    /// <exception cref="FormatException">It is no glob; the message continues a sentence that starts with the glob.</exception>
    internal static List<GlobSegment[]> Parse(string text)
    {
        List<List<int>> alternatives = new GlobParser(text).ParseSequence();
        return alternatives.ConvertAll(static alternative => Cut(alternative));
    }

    /// <summary>Up to the end, or in braces up to the comma or brace that ends the alternative.</summary>
    private List<List<int>> ParseSequence()
    {
        List<List<int>> alternatives = [[]];
        int length = 0;
        for (; _at < _text.Count; _at++)
        {
            int c = _text[_at];
            if (_depth > 0 && c is (',' or '}')) return alternatives;
            if (c == '}') throw new FormatException("has a '}' without a '{'; write \\} for the character itself.");
            if (c == '{')
            {
                alternatives = Product(alternatives, ParseBraces());
                length = alternatives.Sum(static a => a.Count);
            }
            else
            {
                int token = c switch { '*' => GlobSegment.Star, '?' => GlobSegment.Any, '/' => Slash, '\\' => Escaped(), _ => c };
                foreach (List<int> alternative in alternatives) alternative.Add(token);
                length += alternatives.Count;
            }

            if (length > GlobPattern.MaxExpandedLength)
                throw new FormatException($"is too long with its braces expanded; at most {GlobPattern.MaxExpandedLength} characters are accepted.");
        }

        return alternatives;
    }

    private int Escaped()
    {
        if (++_at == _text.Count) throw new FormatException("ends in '\\', which takes the next character literally; write \\\\ for the character itself.");
        return _text[_at] == '/' ? throw new FormatException("escapes a '/', which no file name contains; write / alone.") : _text[_at];
    }

    private List<List<int>> ParseBraces()
    {
        if (++_depth > MaxDepth) throw new FormatException($"nests its braces too deeply; at most {MaxDepth} levels are accepted.");
        List<List<int>> choices = [];
        do
        {
            _at++;
            choices.AddRange(ParseSequence());
            if (_at == _text.Count) throw new FormatException("has a '{' without a '}'; write \\{ for the character itself.");
            if (choices.Count > GlobPattern.MaxAlternatives) throw TooMany();
        }
        while (_text[_at] == ',');
        _depth--;
        return choices;
    }

    private static List<List<int>> Product(List<List<int>> left, List<List<int>> right)
    {
        if (left.Count * right.Count > GlobPattern.MaxAlternatives) throw TooMany();
        List<List<int>> product = [];
        foreach (List<int> head in left)
            foreach (List<int> tail in right) product.Add([.. head, .. tail]);
        return product;
    }

    private static FormatException TooMany() => new($"stands for too many alternatives; braces may expand to at most {GlobPattern.MaxAlternatives}.");

    private static GlobSegment[] Cut(List<int> alternative)
    {
        if (alternative.Count > 0 && alternative[0] == Slash) throw new FormatException("starts with '/'; globs are anchored at the root of the tree.");
        if (alternative.Count > 0 && alternative[^1] == Slash)
            throw new FormatException("ends in '/'; write /** at the end for directories with everything under them.");
        var segments = new List<GlobSegment>();
        var tokens = new List<int>();
        foreach (int token in alternative)
        {
            if (token != Slash)
            {
                tokens.Add(token);
                continue;
            }

            AddSegment(segments, tokens);
            tokens.Clear();
        }

        AddSegment(segments, tokens);
        return segments.Count > 0 ? [.. segments] : throw new FormatException("has an alternative that matches no name; write path:./ for the whole tree.");
    }

    private static void AddSegment(List<GlobSegment> segments, List<int> tokens)
    {
        switch (tokens)
        {
            case [] or ['.']:
                return;
            case ['.', '.']:
                throw new FormatException("has a '..' segment; globs are anchored at the root of the tree.");
            case [GlobSegment.Star, GlobSegment.Star]:
                // Two in a row match what one does.
                if (segments is not [.., { IsDoubleStar: true }]) segments.Add(GlobSegment.DoubleStar);
                return;
            default:
                for (int i = 1; i < tokens.Count; i++)
                {
                    if (tokens[i] == GlobSegment.Star && tokens[i - 1] == GlobSegment.Star)
                        throw new FormatException("mixes '**' with other text; it must be a whole segment, as in src/**/a.cs.");
                }

                segments.Add(new GlobSegment([.. tokens]));
                return;
        }
    }
}
