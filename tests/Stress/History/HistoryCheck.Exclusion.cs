namespace SwarmLocks.Tests.Stress.History;

/// <content>Who had what at the same time, and who got it too soon.</content>
internal sealed partial class HistoryCheck
{
    /// <summary>Spans in which holders were sure, which include their beginning but not their end, never meet.</summary>
    private void CheckExclusion()
    {
        var sure = new List<(LeaseLife Life, long End)>();
        foreach (var life in _lives.All.OrderBy(l => l.From))
        {
            // From a break at once on there is no promise to its holder any more, nor to others about it.
            long end = Math.Min(life.Until, life.BrokenAt);
            if (end <= life.From)
                continue;
            sure.RemoveAll(other => other.End <= life.From);
            foreach (var (other, otherEnd) in sure.Where(other => AreRivals(other.Life, life)))
            {
                long meet = ExclusiveSince(life, other);
                if (meet < Math.Min(end, otherEnd))
                    Violates(Promise.Exclusion, $"{Name(other)} and {Name(life)} had it at the same time, from {Time(meet)} to {Time(Math.Min(end, otherEnd))}.", other, life);
            }
            sure.Add((life, end));
        }
    }

    /// <summary>Since when both have it and one of them alone; never if both only share.</summary>
    private static long ExclusiveSince(LeaseLife a, LeaseLife b) => Math.Min(
        Math.Max(a.ExclusiveFrom ?? long.MaxValue, b.From), Math.Max(a.From, b.ExclusiveFrom ?? long.MaxValue));

    /// <summary>Whoever gets something: everything in its way has ended, for a reason that is known.</summary>
    private void CheckNothingVanishes()
    {
        // Tokens tell who was first, also where one heard of it late.
        var inOrder = _lives.All.OrderBy(l => l.Token).ToList();
        long[] earliest = new long[inOrder.Count + 1];
        earliest[^1] = long.MaxValue;
        for (int i = inOrder.Count - 1; i >= 0; i--)
            earliest[i] = Math.Min(earliest[i + 1], inOrder[i].From);

        var before = new List<LeaseLife>();
        for (int i = 0; i < inOrder.Count; i++)
        {
            var life = inOrder[i];
            before.RemoveAll(other => other.EndsAt <= earliest[i]);
            foreach (var other in before)
            {
                bool excludes = life.ExclusiveFrom == life.From || other.ExclusiveFrom <= life.From;
                if (excludes && other.Token < life.Token && other.EndsAt > life.From && AreRivals(other, life))
                    Vanished(other, life, life.From);
            }
            before.Add(life);
        }
        foreach (var raised in _lives.All.Where(IsRaised))
            CheckRaise(raised, raised.ExclusiveFrom!.Value);
        foreach (var (entry, life) in _lives.Missed.Where(m => m.Entry is Lost))
        {
            if (life.EndsAt > entry.At && life.BreakAskedAt > entry.At)
                Violates(Promise.NothingVanishes, $"{Name(life)} lost it at {Time(entry.At)}, before its deadline at {Time(life.Deadline)}, and nobody had broken it.", life);
        }
        foreach (var (entry, life) in _lives.Missed.Where(m => m.Entry is Unseen))
        {
            if (life.BreakAskedAt > entry.At)
                Violates(Promise.NothingVanishes, $"{Name(life)} had it before and after {Time(entry.At)}, and the store did not say so.", life);
        }
    }

    /// <summary>A lease that shared when it was granted keeps its old token.</summary>
    private static bool IsRaised(LeaseLife life) =>
        life.ExclusiveFrom is { } from && (from > life.From || life.Grant.Leases.Any(l => l.LeaseId == life.LeaseId && l.Reentrant));

    private void CheckRaise(LeaseLife life, long at)
    {
        foreach (var other in _lives.All)
        {
            // One that came later must find this one ended, and not the other way round.
            if (other.From <= at && other.EndsAt > at && life.EndsAt > other.From && AreRivals(other, life))
                Vanished(other, life, at);
        }
    }

    private void Vanished(LeaseLife life, LeaseLife next, long at) => Violates(
        Promise.NothingVanishes,
        $"{Name(next)} got it by {Time(at)}, while {Name(life)}, granted by {Time(life.From)}, had been promised it until {Time(life.Deadline)} and nothing had ended that.",
        life, next);
}
