using System.Text;

namespace SwarmLocks.Policy;

/// <summary>
/// Whether two resources have something in common: an exact intersection of the two languages, no heuristic. Polynomial: a product
/// construction over segments, and within two segments over characters.
/// </summary>
internal static class GlobOverlap
{
    // What has been read of a segment so far: '.' and '..' are no file names, so no segment may end as one.
    private const int Empty = 0;
    private const int Dot = 1;
    private const int DotDot = 2;
    private const int Name = 3;

    /// <summary>Something that both match, or null when they are disjoint. Symmetric, but for which witness is found.</summary>
    public static string? Witness(LockResource a, LockResource b)
    {
        if (a.IsFile != b.IsFile)
            return null;
        if (!a.IsPattern && !b.IsPattern)
            return a.Equals(b) ? a.Value : null;
        if (QuickDirectory(a, b) is { } certain)
            return certain.Length == 0 ? null : certain;
        foreach (var left in a.Alternatives)
        {
            foreach (var right in b.Alternatives)
            {
                if (Intersect(left.Segments, right.Segments) is { } segments)
                    return segments.Count == 0 ? "./" : string.Join('/', segments);
            }
        }
        return null;
    }

    /// <summary>
    /// Whether everything that <paramref name="asked"/> matches is matched by one alternative of <paramref name="lease"/>.
    /// Exact for paths; for globs inside globs it may say no to an exotic yes, never the reverse.
    /// </summary>
    public static bool Covers(LockResource lease, LockResource asked)
    {
        if (lease.Equals(asked))
            return true;
        if (!lease.IsFile || !asked.IsFile || !lease.IsPattern)
            return false;
        return asked.Alternatives.All(inner => lease.Alternatives.Any(outer => Covers(outer.Segments, inner.Segments)));
    }

    /// <summary>A path or directory against a directory is a comparison of texts: an empty text for no, null for "look closer".</summary>
    private static string? QuickDirectory(LockResource a, LockResource b)
    {
        if (a.Kind == LockResource.Glob || b.Kind == LockResource.Glob)
            return null;
        var (outer, inner) = a.IsPattern && (!b.IsPattern || a.Value.Length <= b.Value.Length) ? (a, b) : (b, a);
        if (outer.Value == "./" || inner.Value.StartsWith(outer.Value, StringComparison.Ordinal))
            return inner.Value;
        return inner.Value.Length == outer.Value.Length - 1 && outer.Value.StartsWith(inner.Value, StringComparison.Ordinal) ? inner.Value : "";
    }

    private static List<string>? Intersect(int[][] a, int[][] b)
    {
        var failed = new HashSet<(int, int)>();
        var found = new List<string>();
        return From(0, 0) ? found : null;

        bool From(int i, int j)
        {
            if (i == a.Length && j == b.Length)
                return true;
            if (!failed.Add((i, j)))
                return false;
            bool anyA = i < a.Length && a[i] == GlobPattern.AnySegments;
            bool anyB = j < b.Length && b[j] == GlobPattern.AnySegments;
            if ((anyA && From(i + 1, j)) || (anyB && From(i, j + 1)))
                return true;
            if (i == a.Length || j == b.Length || (anyA && anyB))
                return false;
            string? segment = anyA ? Shortest(b[j], [GlobPattern.AnyRun]) : anyB ? Shortest(a[i], [GlobPattern.AnyRun]) : Shortest(a[i], b[j]);
            if (segment is null)
                return false;
            found.Add(segment);
            if (From(anyA ? i : i + 1, anyB ? j : j + 1))
                return true;
            found.RemoveAt(found.Count - 1);
            return false;
        }
    }

    /// <summary>A file name that both segments match, by a breadth-first walk of the product of their automata; null when there is none.</summary>
    private static string? Shortest(int[] a, int[] b)
    {
        if (GlobPattern.IsLiteral(a) && GlobPattern.IsLiteral(b))
            return a.AsSpan().SequenceEqual(b) ? GlobPattern.TextOf(a) : null;
        int width = b.Length + 1;
        // For each state: the state it was reached from plus one, and the character read on the way (-1 for none).
        var from = new (int Previous, int Character)[(a.Length + 1) * width * 4];
        var queue = new Queue<int>();
        Reach(State(0, 0, Empty), previous: -2, character: -1);
        int goal = State(a.Length, b.Length, Name);
        while (queue.TryDequeue(out int state))
        {
            if (state == goal)
                return Spell(from, state);
            int read = state % 4, j = state / 4 % width, i = state / 4 / width;
            bool runA = i < a.Length && a[i] == GlobPattern.AnyRun;
            bool runB = j < b.Length && b[j] == GlobPattern.AnyRun;
            if (runA)
                Reach(State(i + 1, j, read), state, character: -1);
            if (runB)
                Reach(State(i, j + 1, read), state, character: -1);
            if (i < a.Length && j < b.Length && Common(a[i], b[j]) is { } character)
                Reach(State(runA ? i : i + 1, runB ? j : j + 1, After(read, character)), state, character);
        }
        return null;

        int State(int i, int j, int read) => (((i * width) + j) * 4) + read;

        void Reach(int state, int previous, int character)
        {
            if (from[state].Previous != 0)
                return;
            from[state] = (previous + 1, character);
            queue.Enqueue(state);
        }
    }

    private static string Spell((int Previous, int Character)[] from, int state)
    {
        var characters = new List<int>();
        for (; state >= 0; state = from[state].Previous - 1)
        {
            if (from[state].Character >= 0)
                characters.Add(from[state].Character);
        }
        characters.Reverse();
        return string.Concat(characters.Select(c => new Rune(c).ToString()));
    }

    private static int After(int read, int character) => (read, character) switch
    {
        (Empty, '.') => Dot,
        (Dot, '.') => DotDot,
        _ => Name,
    };

    private static int? Common(int a, int b) => a >= 0 && b >= 0 ? (a == b ? a : null) : a >= 0 ? a : b >= 0 ? b : 'x';

    private static bool Covers(int[][] outer, int[][] inner)
    {
        var failed = new HashSet<(int, int)>();
        return From(0, 0);

        bool From(int i, int j)
        {
            if (i == outer.Length)
                return j == inner.Length;
            if (!failed.Add((i, j)))
                return false;
            if (outer[i] == GlobPattern.AnySegments)
                return From(i + 1, j) || (j < inner.Length && From(i, j + 1));
            return j < inner.Length && inner[j] != GlobPattern.AnySegments && CoversSegment(outer[i], inner[j]) && From(i + 1, j + 1);
        }
    }

    /// <summary>The usual wildcard match, with the wildcards of <paramref name="inner"/> as characters that only a wide enough one of <paramref name="outer"/> takes.</summary>
    private static bool CoversSegment(int[] outer, int[] inner)
    {
        int i = 0, j = 0, run = -1, resume = 0;
        while (j < inner.Length)
        {
            if (i < outer.Length && outer[i] == GlobPattern.AnyRun)
            {
                run = i++;
                resume = j;
            }
            else if (i < outer.Length && (outer[i] == inner[j] || (outer[i] == GlobPattern.AnyOne && inner[j] >= 0)))
            {
                i++;
                j++;
            }
            else if (run >= 0)
            {
                i = run + 1;
                j = ++resume;
            }
            else
            {
                return false;
            }
        }
        while (i < outer.Length && outer[i] == GlobPattern.AnyRun)
            i++;
        return i == outer.Length;
    }
}
