namespace SwarmLocks.Tests.Stress.History;

/// <content>Each lease by itself: its token, its uses, and what the journal tells of it.</content>
internal sealed partial class HistoryCheck
{
    private void CheckTokens()
    {
        CheckTokensAsTold();
        var owners = new Dictionary<long, Granted>();
        var heard = new Queue<Granted>(_lives.Entries.OfType<Granted>());
        long largest = long.MinValue;
        foreach (var asked in _lives.Entries.OfType<Granted>().OrderBy(g => g.Asked))
        {
            // What had been heard before this was asked for must have a smaller token.
            while (heard.TryPeek(out var earlier) && earlier.At < asked.Asked)
                largest = heard.Dequeue().Leases.Where(l => !l.Reentrant).Select(l => l.Token).Append(largest).Max();
            foreach (var lease in asked.Leases.Where(l => !l.Reentrant))
            {
                if (lease.Token <= largest)
                    _violations.Add(new Violation(Promise.Tokens, $"{asked.Agent} asked at {Time(asked.Asked)} and got token {lease.Token} for {lease.Resource}, when {largest} had been given out.", lease.LeaseId));
                if (!owners.TryAdd(lease.Token, asked) && owners[lease.Token] != asked)
                    _violations.Add(new Violation(Promise.Tokens, $"{asked.Agent} and {owners[lease.Token].Agent} got the same token {lease.Token} for {lease.Resource}.", lease.LeaseId));
            }
            if (asked.Leases.Where(l => !l.Reentrant).Select(l => l.Token).Distinct().Count() > 1)
                _violations.Add(new Violation(Promise.Tokens, $"{asked.Agent} got several tokens for one request at {Time(asked.At)}.", [.. asked.LeaseIds]));
        }
        var first = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var lease in _lives.Entries.OfType<Granted>().SelectMany(g => g.Leases))
        {
            if (!first.TryAdd(lease.LeaseId, lease.Token) && first[lease.LeaseId] != lease.Token)
                _violations.Add(new Violation(Promise.Tokens, $"The lease {lease.LeaseId} on {lease.Resource} had token {first[lease.LeaseId]} first and {lease.Token} when it was asked for again.", lease.LeaseId));
        }
    }

    /// <summary>The journal has grants in the order in which they were made; those of one request follow one another.</summary>
    private void CheckTokensAsTold()
    {
        LockEvent? last = null;
        var sameRequest = new HashSet<string>(StringComparer.Ordinal);
        foreach (var grant in _lives.Told.Select(t => t.Event).Where(e => e.Event == LockEventKind.Acquired))
        {
            if (last is null || grant.FencingToken > last.FencingToken)
                sameRequest.Clear();
            else if (grant.FencingToken < last.FencingToken || grant.Agent != last.Agent || sameRequest.Contains(grant.Resource))
                _violations.Add(new Violation(Promise.Tokens, $"{grant.Agent} was granted {grant.Resource} with token {grant.FencingToken}, after {last.Agent} {last.Resource} with {last.FencingToken}.", grant.LeaseId!, last.LeaseId!));
            sameRequest.Add(grant.Resource);
            last = grant;
        }
    }

    private void CheckUses()
    {
        foreach (var (use, id, life) in _lives.Uses)
        {
            string? wrong = life is null ? "before it was granted"
                : life.ReleasedAt < use.At ? $"although it had given it back at {Time(life.ReleasedAt.Value)}"
                : life.LostAt < use.At ? $"although it knew since {Time(life.LostAt.Value)} that it had lost it"
                : use.At >= use.Deadline ? $"past its own deadline at {Time(use.Deadline)}"
                : use.At > ExpiresAt(life, use.At) ? $"after it had expired in the store by {Time(ExpiresAt(life, use.At))}"
                : _lives.WasGone(use.Writer, use.At) ? "after its process had ended"
                : null;
            if (wrong is not null)
                _violations.Add(new Violation(Promise.UseWithinLease, $"{(life is null ? $"{use.Writer} with lease {id}" : Name(life))} used it at {Time(use.At)}, {wrong}.", id));
        }
    }

    /// <summary>By when the store let it expire, as far as it had been extended before <paramref name="at"/>; never where the journal tells nothing.</summary>
    private static long ExpiresAt(LeaseLife life, long at) => life.Told
        .Where(t => t.Event.Event is LockEventKind.Acquired or LockEventKind.Renewed && t.Earliest <= at)
        .Select(t => t.Latest + life.Ttl).DefaultIfEmpty(long.MaxValue).Max();

    /// <summary>Whoever ended a lease and said why was right.</summary>
    private void CheckReasons(long upTo)
    {
        foreach (var life in _lives.All)
        {
            foreach (var told in life.Told.Where(t => t.Latest <= upTo))
            {
                if (IsTrue(life, told))
                    continue;
                Violates(
                    Promise.TrueReasons,
                    $"The lease of {Name(life)} ended at {Time(told.At)} as {told.Event.Event} ({told.Event.By}: {told.Event.Why}), but its deadline was at {Time(life.Deadline)}, and its process {(life.Doomed is { } doomed ? $"lived until {Time(doomed)}" : "lived")}.",
                    life);
            }
        }
    }

    private static bool IsTrue(LeaseLife life, Told told)
    {
        bool isDead = life.Doomed <= told.Latest, isExpired = life.Deadline <= told.Latest;
        return told.Event.Event switch
        {
            // Its process may also give back what it no longer relies on: what it was asked to stop using, or got again too late.
            LockEventKind.Released => life.ReleasedAt <= told.Latest || life.LostAt <= told.Latest || life.BreakAskedAt <= told.Latest || isDead || isExpired,
            LockEventKind.TakenOver or LockEventKind.Reaped => told.Event.Why == "dead" ? isDead : isExpired,
            LockEventKind.Lost => isExpired,
            LockEventKind.Broken => !life.Grant.HasSession || LeaseLife.IsNow(told.Event) || isDead || isExpired,
            _ => true,
        };
    }

    private void CheckEverythingTold()
    {
        var told = _lives.Told.ToLookup(t => t.Event.LeaseId, StringComparer.Ordinal);
        foreach (var granted in _lives.Entries.OfType<Granted>())
        {
            foreach (var lease in granted.Leases)
            {
                var kind = lease.Reentrant ? LockEventKind.Renewed : LockEventKind.Acquired;
                if (!told[lease.LeaseId].Any(t => t.Event.Event == kind && t.Event.FencingToken == lease.Token && t.Event.Agent == granted.Agent && t.Event.Resource == lease.Resource.ToString() && t.Earliest <= granted.At))
                    _violations.Add(new Violation(Promise.EverythingTold, $"{granted.Agent} was granted {lease.Resource} at {Time(granted.At)} with token {lease.Token}, and the journal does not tell.", lease.LeaseId));
            }
        }
    }
}
