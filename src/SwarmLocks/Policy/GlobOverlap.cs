using System.Text;

namespace SwarmLocks.Policy;

/// <summary>
/// Which resources have something in common, and which contain others. Pure, symmetric and exact: patterns are intersected as languages,
/// in time proportional to the product of their lengths. Named things equal only themselves.
/// </summary>
internal static class GlobOverlap
{
    /// <summary>Stands for any character, where a witness may have any.</summary>
    private const int FreeChar = 'a';

    /// <summary>A path that both match (or the text of the named thing that both are), as short as is easily found; null when there is none.</summary>
    internal static string? Witness(LockResource a, LockResource b)
    {
        if (IsNamed(a) || IsNamed(b)) return a.Equals(b) ? a.ToString() : null;
        if (a.IsGlob || b.IsGlob) return OfGlobs(a, b);
        if (a.IsDirectory && Contains(a, b.Value)) return NameOf(b);
        if (b.IsDirectory && Contains(b, a.Value)) return NameOf(a);
        return a.Value == b.Value ? NameOf(a) : null;
    }

    /// <summary>
    /// Whether <paramref name="lease"/> matches everything that <paramref name="asked"/> matches. A yes is always right; a no as well when
    /// <paramref name="asked"/> is a path or directory, while for a glob within a glob it may err on the safe side.
    /// </summary>
    internal static bool Covers(LockResource lease, LockResource asked)
    {
        if (lease.Equals(asked)) return true;
        if (IsNamed(lease) || IsNamed(asked) || lease is { IsGlob: false, IsDirectory: false }) return IsSinglePath(asked, lease);
        if (!asked.IsGlob && lease.IsDirectory) return Contains(lease, asked.Value);
        return new GlobInclusion(lease.Pattern).Includes(asked.Pattern);
    }

    /// <summary>Whether two segments have a name in common, which is neither empty nor <c>.</c> nor <c>..</c>; neither is <c>**</c>.</summary>
    internal static bool Meet(GlobSegment a, GlobSegment b)
    {
        if (a.IsLiteral) return b.Includes(a.Span);
        return b.IsLiteral ? a.Includes(b.Span) : (Table(a.Span, b.Span)[0] & 1) != 0;
    }

    private static bool IsNamed(LockResource resource) => !resource.IsPath && !resource.IsGlob;

    /// <summary>A glob without wildcards may be the one path that is leased.</summary>
    private static bool IsSinglePath(LockResource asked, LockResource lease) =>
        asked.IsGlob && lease.IsPath && asked.Pattern.Alternatives is [var only] && only.All(static s => s.IsLiteral) && IsSame(only, lease.Pattern.Alternatives[0]);

    private static bool IsSame(GlobSegment[] a, GlobSegment[] b)
    {
        if (a.Length != b.Length)
            return false;
        for (int i = 0; i < a.Length; i++)
        {
            if (!a[i].SameAs(b[i]))
                return false;
        }
        return true;
    }

    /// <summary>Whether the directory is, or is above, the path or directory <paramref name="value"/>.</summary>
    private static bool Contains(LockResource directory, string value)
    {
        if (directory.IsRoot) return true;
        string prefix = directory.Value;
        return value.StartsWith(prefix, StringComparison.Ordinal)
            || (value.Length == prefix.Length - 1 && prefix.StartsWith(value, StringComparison.Ordinal));
    }

    private static string NameOf(LockResource path) => path.IsRoot ? "a" : path.IsDirectory ? path.Value[..^1] : path.Value;

    private static string? OfGlobs(LockResource a, LockResource b)
    {
        foreach (GlobSegment[] left in a.Pattern.Alternatives.Each())
        {
            foreach (GlobSegment[] right in b.Pattern.Alternatives.Each())
                if (OfSegments(left, right) is { } witness) return witness;
        }

        return null;
    }

    private static string? OfSegments(GlobSegment[] a, GlobSegment[] b)
    {
        for (int i = 0; i < a.Length && i < b.Length && a[i].IsLiteral && b[i].IsLiteral; i++)
            if (!a[i].SameAs(b[i])) return null;

        // Both match the empty list of segments, which is no path, and then any other as well.
        if (a.All(static s => s.IsDoubleStar) && b.All(static s => s.IsDoubleStar)) return "a";

        // can[i, j]: the segments of a from i on and those of b from j on have a list of names in common.
        int width = b.Length + 1;
        int size = (a.Length + 1) * width;
        Span<bool> can = size <= 256 ? stackalloc bool[size] : new bool[size];
        for (int i = a.Length; i >= 0; i--)
        {
            for (int j = b.Length; j >= 0; j--)
            {
                bool moreA = i < a.Length, moreB = j < b.Length;
                can[(i * width) + j] = (!moreA && !moreB)
                    || (moreA && a[i].IsDoubleStar && (can[((i + 1) * width) + j] || (moreB && can[(i * width) + j + 1])))
                    || (moreB && b[j].IsDoubleStar && (can[(i * width) + j + 1] || (moreA && can[((i + 1) * width) + j])))
                    || (moreA && moreB && !a[i].IsDoubleStar && !b[j].IsDoubleStar && can[((i + 1) * width) + j + 1] && Meet(a[i], b[j]));
            }
        }

        return can[0] ? Walk(a, b, can, width) : null;
    }

    /// <summary>Follows the table from its start, letting <c>**</c> match nothing where that is possible.</summary>
    private static string Walk(GlobSegment[] a, GlobSegment[] b, ReadOnlySpan<bool> can, int width)
    {
        var path = new StringBuilder();
        for (int i = 0, j = 0; i < a.Length || j < b.Length;)
        {
            if (i < a.Length && a[i].IsDoubleStar && can[((i + 1) * width) + j]) i++;
            else if (j < b.Length && b[j].IsDoubleStar && can[(i * width) + j + 1]) j++;
            else if (a.Length > i && a[i].IsDoubleStar) AppendName(path, GlobSegment.SingleStar, b[j++]);
            else if (b.Length > j && b[j].IsDoubleStar) AppendName(path, a[i++], GlobSegment.SingleStar);
            else AppendName(path, a[i++], b[j++]);
        }

        return path.ToString();
    }

    /// <summary>
    /// For each pair of positions in <paramref name="a"/> and <paramref name="b"/> which of four beginnings can be completed: bit 0 nothing yet,
    /// bit 1 <c>.</c>, bit 2 <c>..</c>, bit 3 any other. Only the last may end, since the others are no file names.
    /// </summary>
    private static byte[] Table(ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        int width = b.Length + 1;
        var table = new byte[(a.Length + 1) * width];
        for (int i = a.Length; i >= 0; i--)
        {
            for (int j = b.Length; j >= 0; j--)
            {
                int here = (i * width) + j, down = here + width, right = here + 1;
                int token = i < a.Length ? a[i] : 0, other = j < b.Length ? b[j] : 0;
                int open = (i == a.Length && j == b.Length) ? 8 : 0;
                if (token == GlobSegment.Star) open |= table[down];
                if (other == GlobSegment.Star) open |= table[right];
                if (token == GlobSegment.Star && j < b.Length) open |= other == GlobSegment.Star ? Before(FreeChar, (byte)open) : Before(other, table[right]);
                else if (other == GlobSegment.Star && i < a.Length) open |= Before(token, table[down]);
                else if (i < a.Length && j < b.Length && Same(token, other)) open |= Before(Math.Max(token, other), table[down + 1]);
                table[here] = (byte)open;
            }
        }

        return table;
    }

    private static bool Same(int a, int b) => a == b || a == GlobSegment.Any || b == GlobSegment.Any;

    /// <summary>The beginnings that <paramref name="c"/> turns into one of <paramref name="after"/>. A free character is never a dot: that only helps.</summary>
    private static int Before(int c, byte after) => c == '.' ? ((after >> 1) & 7) | (after & 8) : (after & 8) != 0 ? 15 : 0;

    private static void AppendName(StringBuilder path, GlobSegment a, GlobSegment b)
    {
        if (path.Length > 0) path.Append('/');
        if (a.IsLiteral || b.IsLiteral)
        {
            path.Append((a.IsLiteral ? a : b).ToLiteral());
            return;
        }

        byte[] table = Table(a.Span, b.Span);
        int width = b.Span.Length + 1;
        for (int i = 0, j = 0, begun = 0; i < a.Span.Length || j < b.Span.Length;)
        {
            int token = i < a.Span.Length ? a.Span[i] : 0, other = j < b.Span.Length ? b.Span[j] : 0;
            if (token == GlobSegment.Star && Can(i + 1, j)) i++;
            else if (other == GlobSegment.Star && Can(i, j + 1)) j++;
            else
            {
                int c = token == GlobSegment.Star ? other : other == GlobSegment.Star ? token : Math.Max(token, other);
                if (c < 0) c = FreeChar;
                path.Append(new Rune(c));
                begun = c == '.' && begun < 2 ? begun + 1 : 3;

                // Two stars meet only to make a name of what is none yet; both may go on.
                if (token == GlobSegment.Star && other == GlobSegment.Star) continue;
                if (token != GlobSegment.Star) i++;
                if (other != GlobSegment.Star) j++;
            }

            bool Can(int nextI, int nextJ) => (table[(nextI * width) + nextJ] >> begun & 1) != 0;
        }
    }
}
