using System.Diagnostics;
using System.Globalization;
using SwarmLocks.Policy;

namespace SwarmLocks.Tests.Stress.History;

/// <summary>
/// Decides from what processes wrote down whether the locks kept every <see cref="Promise"/>. Pure: entries in, violations out.
/// </summary>
/// <remarks>
/// A history that is complete up to an instant can be checked up to it, whatever comes later: all that could excuse something is older than
/// what it excuses. What a later check still needs is for <see cref="HistoryWindow"/> to keep.
/// </remarks>
internal sealed partial class HistoryCheck
{
    private readonly LeaseLives _lives;
    private readonly List<Violation> _violations = [];
    private readonly Dictionary<(LockResource, LockResource), bool> _overlaps = [];

    private HistoryCheck(LeaseLives lives) => _lives = lives;

    /// <param name="entries">Any order; those of one writer in its order.</param>
    /// <param name="upTo">Up to when the entries are complete.</param>
    /// <param name="hasJournal">Whether they include the whole journal up to then.</param>
    public static IReadOnlyList<Violation> Check(IEnumerable<HistoryEntry> entries, long upTo = long.MaxValue, bool hasJournal = false)
    {
        var check = new HistoryCheck(LeaseLives.Of(entries, upTo));
        check.CheckExclusion();
        check.CheckTokens();
        check.CheckUses();
        check.CheckNothingVanishes();
        check.CheckReasons(upTo);
        if (hasJournal)
            check.CheckEverythingTold();
        foreach (var failed in check._lives.Entries.OfType<Failed>())
            check.Violates(Promise.NoFailure, $"{failed.Writer}: {failed.What}");
        return check._violations;
    }

    private void Violates(Promise promise, string what, params LeaseLife[] lives) =>
        _violations.Add(new Violation(promise, what, [.. lives.Select(l => l.LeaseId)]));

    /// <summary>Nobody may have both at once, unless both only share.</summary>
    private bool AreRivals(LeaseLife a, LeaseLife b) => a.Agent != b.Agent && Overlap(a.Resource, b.Resource);

    private bool Overlap(LockResource a, LockResource b)
    {
        if (!_overlaps.TryGetValue((a, b), out bool overlap))
            _overlaps[(a, b)] = overlap = GlobOverlap.Witness(a, b) is not null;
        return overlap;
    }

    /// <summary>For people.</summary>
    private static string Name(LeaseLife life) => $"{life.Agent} ({life.Grant.Writer}, lease {life.LeaseId}) with {life.Resource}";

    /// <summary>In milliseconds, which <see cref="StoryTeller"/> gives too.</summary>
    private static string Time(long at) => (at / (Stopwatch.Frequency / 1000.0)).ToString("F3", CultureInfo.InvariantCulture);
}
