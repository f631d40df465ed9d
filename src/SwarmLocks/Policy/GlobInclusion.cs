using System.Text;

namespace SwarmLocks.Policy;

/// <summary>
/// Whether one pattern matches everything that another does: walks the asked one while keeping the set of places in the outer one that
/// every name walked so far can have reached.
/// </summary>
/// <remarks>
/// For <c>*</c> and <c>**</c> it is enough to try names made of a character that the outer pattern does not mention, one for each length that
/// it can tell apart: what matches such a name has no letters of its own, and so matches every name of that length.
/// Sets of places may be exponentially many; past <see cref="MaxSteps"/> the answer is no, which is the safe one.
/// </remarks>
internal sealed class GlobInclusion
{
    private const int MaxSteps = 4096;
    private readonly GlobSegment?[] _outer;
    private readonly string _start;
    private readonly int _longest;

    internal GlobInclusion(GlobPattern outer)
    {
        // The places of all alternatives in one row; null is the end of one.
        _outer = [.. outer.Alternatives.SelectMany(static a => a.Append<GlobSegment?>(null))];
        var starts = new List<int>();
        for (int i = 0; i < _outer.Length; i++)
            if (i == 0 || _outer[i - 1] is null) starts.Add(i);
        _start = Close(starts);
        _longest = 1 + outer.Alternatives.Max(static a => a.Max(static s => s.IsLiteral ? 0 : s.Span.Count(GlobSegment.Any)));
    }

    internal bool Includes(GlobPattern asked) => asked.Alternatives.All(Includes);

    private bool Includes(GlobSegment[] asked)
    {
        // No path has no segment at all, so the root is asked for as "at least one".
        if (asked is [{ IsDoubleStar: true }]) asked = [GlobSegment.SingleStar, GlobSegment.DoubleStar];
        var seen = new HashSet<(int At, string Places)>();
        var open = new Stack<(int At, string Places)>();
        Push(0, _start);
        while (open.TryPop(out (int At, string Places) step))
        {
            (int at, string places) = step;
            if (places.Length == 0 || seen.Count > MaxSteps) return false;
            if (at == asked.Length)
            {
                if (!places.Any(place => _outer[place] is null)) return false;
                continue;
            }

            GlobSegment segment = asked[at];
            if (segment.IsDoubleStar) Push(at + 1, places);
            int next = segment.IsDoubleStar ? at : at + 1;
            foreach (int[] name in Names(segment)) Push(next, Step(places, name));
        }

        return true;

        void Push(int at, string places)
        {
            if (seen.Add((at, places))) open.Push((at, places));
        }
    }

    /// <summary>Names that stand for all that <paramref name="segment"/> matches; one with letters and wildcards stands for itself.</summary>
    private int[][] Names(GlobSegment segment)
    {
        if (!segment.IsDoubleStar && segment.Span.ContainsAnyExceptInRange(GlobSegment.Any, GlobSegment.Star)) return [segment.Tokens];
        int shortest = Math.Max(1, segment.Span.Count(GlobSegment.Any));
        bool exact = segment.Span.Length > 0 && !segment.Span.Contains(GlobSegment.Star);
        int[][] names = new int[exact ? 1 : Math.Max(1, _longest - shortest + 1)][];
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = new int[shortest + i];
            Array.Fill(names[i], GlobSegment.Any);
        }
        return names;
    }

    private string Step(string places, int[] name)
    {
        var next = new List<int>();
        foreach (char place in places)
        {
            if (_outer[place] is not { } segment) continue;
            if (segment.IsDoubleStar) next.Add(place);
            else if (segment.Includes(name)) next.Add(place + 1);
        }

        return Close(next);
    }

    /// <summary>The places and those behind a <c>**</c> that matches nothing, ascending, each a character: a set that is its own key.</summary>
    private string Close(List<int> places)
    {
        var closed = new SortedSet<int>();
        foreach (int place in places)
        {
            int at = place;
            while (closed.Add(at) && _outer[at] is { IsDoubleStar: true }) at++;
        }

        var set = new StringBuilder(closed.Count);
        foreach (int place in closed)
            set.Append((char)place);
        return set.ToString();
    }
}
