using System.Text;

namespace SwarmLocks.Policy;

/// <summary>
/// One segment of a pattern: code points (so that <c>?</c> is one character, not half a surrogate pair) and wildcards, or <see cref="DoubleStar"/>.
/// </summary>
internal sealed class GlobSegment
{
    internal const int Star = -1;
    internal const int Any = -2;

    /// <summary><c>**</c>: any number of segments, none included.</summary>
    internal static readonly GlobSegment DoubleStar = new([]);

    /// <summary><c>*</c>: any one segment.</summary>
    internal static readonly GlobSegment SingleStar = new([Star]);

    internal GlobSegment(int[] tokens)
    {
        Tokens = tokens;
        IsLiteral = tokens.Length > 0 && !tokens.AsSpan().ContainsAnyInRange(Any, Star);
    }

    internal ReadOnlySpan<int> Span => Tokens;

    internal int[] Tokens { get; }

    internal bool IsDoubleStar => Tokens.Length == 0;

    internal bool IsLiteral { get; }

    /// <summary>A segment that is exactly <paramref name="text"/>, wildcards included.</summary>
    internal static GlobSegment OfLiteral(ReadOnlySpan<char> text)
    {
        // Only a pair of surrogates makes fewer of them than there are letters.
        int[] tokens = new int[text.Length];
        int length = 0;
        foreach (Rune rune in text.EnumerateRunes()) tokens[length++] = rune.Value;
        return new GlobSegment(length == tokens.Length ? tokens : tokens[..length]);
    }

    internal bool SameAs(GlobSegment other) => Span.SequenceEqual(other.Span);

    /// <summary>The name that a literal segment is.</summary>
    internal string ToLiteral()
    {
        var text = new StringBuilder(Tokens.Length);
        foreach (int token in Tokens) text.Append(new Rune(token));
        return text.ToString();
    }

    /// <summary>Writes the segment so that parsing gives it back.</summary>
    internal void Render(StringBuilder text, bool inBraces)
    {
        if (IsDoubleStar) text.Append("**");
        foreach (int token in Tokens)
        {
            if (token == Star) text.Append('*');
            else if (token == Any) text.Append('?');
            else if (token is '*' or '?' or '{' or '}' or '\\' || (inBraces && token == ',')) text.Append('\\').Append((char)token);
            else text.Append(new Rune(token));
        }
    }

    /// <summary>
    /// Whether every name that <paramref name="other"/> matches is matched here: exact when that is literal, else it may say no for a yes.
    /// Greedy with one point of return, so at most |this| × |other| steps.
    /// </summary>
    internal bool Includes(ReadOnlySpan<int> other)
    {
        ReadOnlySpan<int> pattern = Tokens;
        int p = 0, o = 0, star = -1, resume = 0;
        while (o < other.Length)
        {
            if (p < pattern.Length && pattern[p] == Star)
            {
                star = p++;
                resume = o;
            }
            else if (p < pattern.Length && (pattern[p] == other[o] || (pattern[p] == Any && other[o] != Star)))
            {
                p++;
                o++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                o = ++resume;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == Star) p++;
        return p == pattern.Length;
    }
}
