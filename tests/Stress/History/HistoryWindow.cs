namespace SwarmLocks.Tests.Stress.History;

/// <summary>
/// A history that goes on for hours, of which only that part is kept which may still matter: leases that are not over, those that were held when one of these was
/// granted, and what the journal told lately, because its grants may be heard a little later. A lease thus stays whole, however often there was a check meanwhile.
/// </summary>
internal sealed class HistoryWindow(TimeSpan? horizon = null, bool hasJournal = true)
{
    /// <summary>Longer than a grant can be on its way to whoever asked: past its TTL it would not be believed any more.</summary>
    private readonly long _horizon = HistoryEntry.Ticks(horizon ?? TimeSpan.FromSeconds(15));

    private List<HistoryEntry> _entries = [];

    public IReadOnlyList<HistoryEntry> Entries => _entries;

    public void Add(IEnumerable<HistoryEntry> entries) => _entries.AddRange(entries);

    public IReadOnlyList<Violation> Check(long upTo) => HistoryCheck.Check(_entries, upTo, hasJournal);

    /// <summary>Forgets what no later check needs. To be called after one, with the same instant.</summary>
    public void Forget(long upTo)
    {
        var lives = LeaseLives.Of(_entries, upTo);
        long oldestOpen = lives.All.Where(life => !IsOver(lives, life)).Select(life => life.From).Append(upTo).Min();
        var needed = lives.All.Where(life => !IsOver(lives, life) || Math.Max(life.Until, life.EndsAt) >= oldestOpen).Select(life => life.LeaseId)
            .ToHashSet(StringComparer.Ordinal);
        var writers = lives.All.Where(life => needed.Contains(life.LeaseId)).Select(life => life.Grant.Writer).ToHashSet(StringComparer.Ordinal);
        // Tokens only grow: the last one stands for all before it.
        var lastGrant = lives.Told.LastOrDefault(t => t.Event.Event == LockEventKind.Acquired);

        _entries = [.. _entries.Select(Needed).OfType<HistoryEntry>()];

        HistoryEntry? Needed(HistoryEntry entry) => entry switch
        {
            Beat => null,
            _ when entry.Since > upTo => entry,
            Told told => ReferenceEquals(told, lastGrant) || told.At > upTo - _horizon || told.LeaseIds.Any(needed.Contains) ? told : null,
            Doomed or Gone => writers.Contains(entry.Writer) || entry.At > upTo - _horizon || !lives.IsGone(entry.Writer) ? entry : null,
            Breaking or Broke => entry.At > upTo - _horizon || entry.LeaseIds.Any(needed.Contains) ? entry : null,
            Failed => null,
            _ => entry.Only(needed.Contains),
        };
    }

    /// <summary>Nothing will be heard of it any more.</summary>
    private static bool IsOver(LeaseLives lives, LeaseLife life) => life.IsGivenUp || lives.IsGone(life.Grant.Writer);
}
