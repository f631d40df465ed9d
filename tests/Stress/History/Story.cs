namespace SwarmLocks.Tests.Stress.History;

/// <summary>A history written by hand, in ticks from 0. A process has the name of its agent unless it is given one; each request gets the next token.</summary>
internal sealed class Story
{
    private readonly List<HistoryEntry> _entries = [];
    private readonly Dictionary<string, (Granted Grant, HeldLease Lease)> _leases = new(StringComparer.Ordinal);
    private long _token = 100;
    private long _place;

    public Story Take(
        string agent, string lease, long at, long until = 1000, string on = "path:a", LockMode mode = LockMode.Exclusive, long? token = null, string? process = null,
        long? asked = null, bool hasSession = true, bool again = false, long ttl = 1000)
    {
        long given = token ?? (again ? _leases[lease].Lease.Token : ++_token);
        var held = new HeldLease(lease, given, mode, again, ttl, LockResource.FromCanonical(on));
        var grant = new Granted(process ?? agent, at, asked ?? at - 1, agent, hasSession, until, [held]);
        _leases[lease] = (grant, held);
        return Add(grant);
    }

    public Story Use(string process, string lease, long at, long until = 1000) => Add(new Used(process, at, until, [lease]));

    public Story Renew(string process, string lease, long at, long ttl) => Add(new Renewing(process, at, ttl, [lease]));

    public Story Release(string process, string lease, long at) => Add(new Releasing(process, at, [lease]));

    public Story Lose(string process, string lease, long at) => Add(new Lost(process, at, [lease]));

    public Story Miss(string process, string lease, long at) => Add(new Unseen(process, at, [lease]));

    public Story Break(string process, string lease, long at, bool atOnce = false) => Add(new Breaking(process, at, lease, atOnce));

    public Story HearOfBreak(string process, string lease, long at) => Add(new Broke(process, at, lease));

    public Story Kill(string process, long at, long? gone = null) => Add(new Doomed(process, at)).Add(new Gone(process, gone ?? at + 1));

    /// <summary>A line of the journal about a lease that was taken before.</summary>
    public Story Tell(LockEventKind kind, string lease, long at, string? by = null, string? why = null, long slack = 0, long? token = null, string? on = null, string? agent = null) =>
        Add(new Told(at, slack, new LockEvent(
            ++_place, default, kind, on ?? _leases[lease].Lease.Resource.ToString(), agent ?? _leases[lease].Grant.Agent, lease, token ?? _leases[lease].Lease.Token, by, why)));

    public Story Add(HistoryEntry entry)
    {
        _entries.Add(entry);
        return this;
    }

    public void IsAccepted(bool hasJournal = false) => Assert.Empty(Verdict(hasJournal));

    /// <summary>Mostly one wrong deed breaks several promises; but none besides these.</summary>
    public void Breaks(Promise promise, params Promise[] also) => Breaks(hasJournal: false, promise, also);

    public void BreaksWithJournal(Promise promise, params Promise[] also) => Breaks(hasJournal: true, promise, also);

    private void Breaks(bool hasJournal, Promise promise, Promise[] also)
    {
        var broken = Verdict(hasJournal).Select(v => v.Promise).ToHashSet();
        Assert.Contains(promise, broken);
        Assert.Empty(broken.Except([promise, .. also]));
    }

    /// <summary>Checked at once, and also bit by bit as it comes, forgetting what is over: that must find the same.</summary>
    private IReadOnlyList<Violation> Verdict(bool hasJournal)
    {
        var verdict = HistoryCheck.Check(_entries, hasJournal: hasJournal);
        var window = new HistoryWindow(TimeSpan.FromTicks(1), hasJournal);
        var found = new List<Violation>();
        foreach (var instant in _entries.GroupBy(e => e.Since).OrderBy(g => g.Key))
        {
            window.Add(instant);
            found.AddRange(window.Check(instant.Key));
            window.Forget(instant.Key);
        }
        found.AddRange(window.Check(long.MaxValue));
        Assert.Equal(verdict.Select(v => v.Promise).Distinct().Order(), found.Select(v => v.Promise).Distinct().Order());
        return verdict;
    }
}
