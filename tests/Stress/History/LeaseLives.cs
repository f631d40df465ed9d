namespace SwarmLocks.Tests.Stress.History;

/// <summary>A history sorted out: the life of each lease, and each use with the life it belongs to.</summary>
internal sealed class LeaseLives
{
    private readonly Dictionary<string, LeaseLife> _current = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _doomed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _gone = new(StringComparer.Ordinal);

    private LeaseLives()
    {
    }

    public List<LeaseLife> All { get; } = [];

    /// <summary>In the order of their stamps.</summary>
    public List<HistoryEntry> Entries { get; } = [];

    public List<Told> Told { get; } = [];

    /// <summary>Each use of each lease; the life is null where there is none.</summary>
    public List<(Used Use, string LeaseId, LeaseLife? Life)> Uses { get; } = [];

    /// <summary>What holders lost or did not find, with the life it was.</summary>
    public List<(OfLeases Entry, LeaseLife Life)> Missed { get; } = [];

    /// <param name="entries">Any order; those of one writer in its order.</param>
    /// <param name="upTo">What is younger is left out: something that belongs to it may not have been read yet.</param>
    public static LeaseLives Of(IEnumerable<HistoryEntry> entries, long upTo)
    {
        var lives = new LeaseLives();
        lives.Entries.AddRange(entries.Where(e => e.Since <= upTo).OrderBy(e => e.At));
        foreach (var entry in lives.Entries)
            lives.Add(entry);
        lives.TellOfEnds();
        lives.Told.Sort((a, b) => a.Event.Seq.CompareTo(b.Event.Seq));
        var byId = lives.All.ToLookup(l => l.LeaseId, StringComparer.Ordinal);
        foreach (var told in lives.Told.Where(t => t.Event.LeaseId is not null))
        {
            foreach (var life in byId[told.Event.LeaseId!])
                life.Told.Add(told);
        }
        return lives;
    }

    public bool IsDoomed(string writer, long at) => _doomed.TryGetValue(writer, out long doomed) && doomed <= at;

    public bool IsGone(string writer) => _gone.ContainsKey(writer);

    /// <summary>Whether the process had ended before.</summary>
    public bool WasGone(string writer, long at) => _gone.TryGetValue(writer, out long gone) && gone < at;

    private void Add(HistoryEntry entry)
    {
        switch (entry)
        {
            case Granted granted:
                foreach (var lease in granted.Leases)
                    Grant(granted, lease);
                break;
            case Used used:
                foreach (string id in used.Ids)
                {
                    var life = Find(used, id);
                    Uses.Add((used, id, life));
                    life?.Use(used);
                }
                break;
            case Renewing renewing:
                ForEach(renewing, life => life.Renew(renewing.Ttl));
                break;
            case Releasing releasing:
                ForEach(releasing, life => life.Release(releasing.At));
                break;
            case Lost lost:
                ForEach(lost, life =>
                {
                    if (!life.IsGivenUp)
                        Missed.Add((lost, life));
                    life.Lose(lost.At);
                });
                break;
            case Unseen unseen:
                ForEach(unseen, life => Missed.Add((unseen, life)));
                break;
            case Doomed doomed:
                _doomed.TryAdd(doomed.Writer, doomed.At);
                break;
            case Gone gone:
                _gone.TryAdd(gone.Writer, gone.At);
                break;
            case Told told:
                Told.Add(told);
                break;
        }
    }

    private void Grant(Granted granted, HeldLease lease)
    {
        if (_current.TryGetValue(lease.LeaseId, out var known) && known.Grant.Writer == granted.Writer && !known.IsGivenUp)
        {
            known.Enter(granted, lease);
            return;
        }
        All.Add(_current[lease.LeaseId] = new LeaseLife(granted, lease));
    }

    /// <summary>Ends that the journal may not tell, because whoever brought them about died.</summary>
    private void TellOfEnds()
    {
        var answered = Entries.OfType<Broke>().ToLookup(b => (b.Writer, b.LeaseId));
        foreach (var breaking in Entries.OfType<Breaking>().Where(b => _doomed.ContainsKey(b.Writer) && !answered[(b.Writer, b.LeaseId)].Any(a => a.At >= b.At)))
            _current.GetValueOrDefault(breaking.LeaseId)?.BreaksInDoubt.Add((breaking, _doomed[breaking.Writer]));
        foreach (var life in All.Where(l => l.Grant.HasSession && _doomed.ContainsKey(l.Grant.Writer)))
            life.Doomed = _doomed[life.Grant.Writer];
    }

    private void ForEach(OfLeases entry, Action<LeaseLife> act)
    {
        foreach (string id in entry.Ids)
        {
            if (Find(entry, id) is { } life)
                act(life);
        }
    }

    /// <summary>Only its own process can say anything of a lease.</summary>
    private LeaseLife? Find(HistoryEntry entry, string id) => _current.TryGetValue(id, out var life) && life.Grant.Writer == entry.Writer ? life : null;
}
