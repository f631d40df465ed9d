using System.Text;

namespace SwarmLocks.Policy;

/// <summary>
/// A set of paths: alternatives (braces, expanded), each a list of segments. A directory is its literal segments and then <c>**</c>, a file its
/// literal segments, the root <c>**</c> alone. The paths are those with at least one segment, none of them empty, <c>.</c> or <c>..</c>.
/// </summary>
internal sealed class GlobPattern
{
    internal const int MaxAlternatives = 64;

    /// <summary>Over all alternatives. Comparing two patterns takes the product of their lengths, so this bounds it.</summary>
    internal const int MaxExpandedLength = 4096;

    internal GlobPattern(IReadOnlyList<GlobSegment[]> alternatives) => Alternatives = alternatives;

    internal IReadOnlyList<GlobSegment[]> Alternatives { get; }

    /// <param name="value">A normalised path; a <c>/</c> at its end makes it a directory.</param>
    internal static GlobPattern OfPath(string value)
    {
        if (value == LockResource.RootValue) return new GlobPattern([[GlobSegment.DoubleStar]]);
        ReadOnlySpan<char> path = value.AsSpan().TrimEnd('/');
        bool isDirectory = path.Length < value.Length;
        var segments = new GlobSegment[path.Count('/') + (isDirectory ? 2 : 1)];
        int at = 0;
        foreach (Range part in path.Split('/')) segments[at++] = GlobSegment.OfLiteral(path[part]);
        if (isDirectory) segments[at] = GlobSegment.DoubleStar;
        return new GlobPattern([segments]);
    }

    /// <exception cref="FormatException">It is no glob; the message continues a sentence that starts with the glob.</exception>
    internal static GlobPattern Parse(string text) => new(GlobParser.Parse(text));

    /// <summary>What all paths begin with that match these segments.</summary>
    internal static string LiteralBeginning(GlobSegment[] segments)
    {
        var text = new StringBuilder();
        for (int i = 0; i < segments.Length && !segments[i].IsDoubleStar; i++)
        {
            // Not before what may match no segment at all: the path may end here.
            if (i > 0)
                text.Append('/');
            foreach (int token in segments[i].Span)
            {
                if (token < 0)
                    return text.ToString();
                text.Append(new Rune(token));
            }
        }
        return text.ToString();
    }

    /// <summary>
    /// The canonical text: alternatives without repetition, in ordinal order, common first and last segments outside the braces.
    /// Parsing it gives the same alternatives, so rendering that gives the same text.
    /// </summary>
    internal string Render()
    {
        GlobSegment[][] sorted =
        [
            .. Alternatives.Select(static a => new { Segments = a, Text = Render(a, inBraces: true) })
                .DistinctBy(static a => a.Text, StringComparer.Ordinal)
                .OrderBy(static a => a.Text, StringComparer.Ordinal)
                .Select(static a => a.Segments),
        ];
        if (sorted.Length == 1) return Render(sorted[0], inBraces: false);

        // Every alternative keeps a segment of its own: an empty one could not be told from a doubled '/'.
        int spare = sorted.Min(static a => a.Length) - 1;
        int head = 0;
        while (head < spare && sorted.All(a => a[head].SameAs(sorted[0][head]))) head++;
        int tail = 0;
        while (tail < spare - head && sorted.All(a => a[^(tail + 1)].SameAs(sorted[0][^(tail + 1)]))) tail++;

        var text = new StringBuilder();
        if (head > 0) text.Append(Render(sorted[0][..head], inBraces: false)).Append('/');
        text.Append('{').AppendJoin(',', sorted.Select(a => Render(a[head..^tail], inBraces: true))).Append('}');
        if (tail > 0) text.Append('/').Append(Render(sorted[0][^tail..], inBraces: false));
        return text.ToString();
    }

    private static string Render(GlobSegment[] segments, bool inBraces)
    {
        var text = new StringBuilder();
        foreach (GlobSegment segment in segments)
        {
            if (text.Length > 0) text.Append('/');
            segment.Render(text, inBraces);
        }

        return text.ToString();
    }
}
