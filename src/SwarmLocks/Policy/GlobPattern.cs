using System.Text;

namespace SwarmLocks.Policy;

/// <summary>
/// One alternative of a glob, a directory or a path, as a list of segments. Works on code points, so that <c>?</c> is one character of any script.
/// </summary>
internal sealed class GlobPattern
{
    /// <summary>A token that stands for any one character of a segment.</summary>
    public const int AnyOne = -1;

    /// <summary>A token that stands for any run of characters of a segment, also none, also one that starts with a dot.</summary>
    public const int AnyRun = -2;

    /// <summary>A segment that stands for any number of segments, also none.</summary>
    public static readonly int[] AnySegments = [-3];

    private GlobPattern(int[][] segments) => Segments = segments;

    /// <summary>Tokens by segment.</summary>
    public int[][] Segments { get; }

    /// <summary>How many segments at the start have no wildcard.</summary>
    public int LiteralPrefix => Segments.TakeWhile(IsLiteral).Count();

    public static bool IsLiteral(int[] segment) => Array.TrueForAll(segment, token => token >= 0);

    /// <summary>Exactly the path with these segments.</summary>
    public static GlobPattern OfPath(IEnumerable<string> segments) => new([.. segments.Select(Literal)]);

    /// <summary>A directory and everything below it.</summary>
    public static GlobPattern OfDirectory(IEnumerable<string> segments) => new([.. segments.Select(Literal), AnySegments]);

    /// <summary>The same pattern with its first segments replaced.</summary>
    public GlobPattern WithPrefix(int count, IEnumerable<string> segments) => new([.. segments.Select(Literal), .. Segments[count..]]);

    /// <summary>The literal text of a segment without wildcards.</summary>
    public static string TextOf(int[] segment) => string.Concat(segment.Select(token => new Rune(token).ToString()));

    /// <summary>Reads an alternative whose braces are expanded.</summary>
    /// <exception cref="FormatException">With what is wrong, fit to end a sentence.</exception>
    public static GlobPattern Parse(IReadOnlyList<int> tokens)
    {
        var segments = new List<int[]>();
        var segment = new List<int>();
        if (tokens.Count > 0 && tokens[0] == '/')
            throw new FormatException("a glob starts at the root of the tree, without '/'");
        for (int i = 0; i <= tokens.Count; i++)
        {
            if (i < tokens.Count && tokens[i] != '/')
                segment.Add(tokens[i]);
            else
                End();
        }
        // As with a path, a slash at the end means the directory and everything below.
        if (tokens.Count > 0 && tokens[^1] == '/')
            Add(AnySegments);
        return segments.Count > 0 ? new GlobPattern([.. segments]) : throw new FormatException("it is empty");

        void End()
        {
            if (segment is [AnyRun, AnyRun])
                Add(AnySegments);
            else if (segment.Zip(segment.Skip(1)).Any(pair => pair is (AnyRun, AnyRun)))
                throw new FormatException("'**' must stand alone between slashes, as in 'src/**/*.cs'");
            else if (segment is ['.', '.'])
                throw new FormatException("'..' would lead out of it");
            else if (segment is not ([] or ['.']))
                Add([.. segment]);
            segment.Clear();
        }

        void Add(int[] next)
        {
            // '**/**' says nothing more than '**'.
            if (next != AnySegments || segments.Count == 0 || segments[^1] != AnySegments)
                segments.Add(next);
        }
    }

    /// <summary>The text that reads as this pattern: special characters that are meant literally are escaped with a backslash.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (int[] segment in Segments)
        {
            if (text.Length > 0)
                text.Append('/');
            foreach (int token in segment)
            {
                if (token is '*' or '?' or '{' or '}' or ',' or '\\')
                    text.Append('\\');
                text.Append(token switch { AnyOne => "?", AnyRun => "*", -3 => "**", _ => new Rune(token).ToString() });
            }
        }
        return text.ToString();
    }

    private static int[] Literal(string segment) => [.. segment.EnumerateRunes().Select(rune => rune.Value)];
}
