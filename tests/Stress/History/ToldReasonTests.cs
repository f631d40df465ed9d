namespace SwarmLocks.Tests.Stress.History;

/// <summary>Histories with journals that tell the truth, and such that do not.</summary>
public sealed class ToldReasonTests
{
    private static Story Held(bool hasSession = true) => new Story().Take("a", "L1", at: 10, until: 50, hasSession: hasSession, ttl: 40);

    [Theory]
    [InlineData(LockEventKind.TakenOver, "expired", 49, false)]
    [InlineData(LockEventKind.TakenOver, "expired", 50, true)]
    [InlineData(LockEventKind.Reaped, "expired", 49, false)]
    [InlineData(LockEventKind.Reaped, "expired", 50, true)]
    [InlineData(LockEventKind.Lost, "expired before its release", 49, false)]
    [InlineData(LockEventKind.Lost, "expired before its release", 50, true)]
    [InlineData(LockEventKind.Broken, "urgent", 49, false)]
    [InlineData(LockEventKind.Broken, "urgent", 50, true)]
    [InlineData(LockEventKind.Broken, "urgent (at once: exclusion given up)", 49, true)]
    public void What_is_called_expired_has_expired(LockEventKind kind, string why, long at, bool isTrue) => Judge(Held().Tell(kind, "L1", at, by: "b", why: why), isTrue);

    [Theory]
    [InlineData(LockEventKind.TakenOver)]
    [InlineData(LockEventKind.Reaped)]
    public void What_is_called_dead_is_dead(LockEventKind kind)
    {
        Judge(Held().Tell(kind, "L1", 30, by: "b", why: "dead"), isTrue: false);
        Judge(Held().Kill("a", 31).Tell(kind, "L1", 30, by: "b", why: "dead"), isTrue: false);
        Judge(Held().Kill("a", 30).Tell(kind, "L1", 30, by: "b", why: "dead"), isTrue: true);
        // It had expired as well, but that is not what was told: a session that lives must not look dead.
        Judge(Held().Tell(kind, "L1", 60, by: "b", why: "dead"), isTrue: false);
        Judge(Held(hasSession: false).Kill("a", 20).Tell(kind, "L1", 30, by: "b", why: "dead"), isTrue: false);
    }

    [Fact]
    public void What_is_called_released_was_released_by_its_holder()
    {
        Judge(Held().Tell(LockEventKind.Released, "L1", 30), isTrue: false);
        Judge(Held().Release("a", "L1", 31).Tell(LockEventKind.Released, "L1", 30), isTrue: false);
        Judge(Held().Release("b", "L1", 20).Tell(LockEventKind.Released, "L1", 30), isTrue: false);
        Judge(Held().Release("a", "L1", 30).Tell(LockEventKind.Released, "L1", 30), isTrue: true);
        Judge(Held().Kill("a", 20).Tell(LockEventKind.Released, "L1", 30), isTrue: true);
    }

    [Fact]
    public void A_lease_without_a_session_may_be_broken_at_any_time() => Judge(Held(hasSession: false).Tell(LockEventKind.Broken, "L1", 30, by: "b", why: "urgent"), isTrue: true);

    [Theory]
    [InlineData(45, 5, true)]
    [InlineData(44, 5, false)]
    public void Where_the_time_is_uncertain_the_journal_is_believed(long at, long slack, bool isTrue) =>
        Judge(Held().Tell(LockEventKind.TakenOver, "L1", at, by: "b", why: "expired", slack: slack), isTrue);

    [Fact]
    public void Every_grant_is_told()
    {
        new Story().Take("a", "L1", at: 10).BreaksWithJournal(Promise.EverythingTold);
        new Story().Take("a", "L1", at: 10).Tell(LockEventKind.Acquired, "L1", 9).IsAccepted(hasJournal: true);
        new Story().Take("a", "L1", at: 10).Tell(LockEventKind.Acquired, "L1", 11).BreaksWithJournal(Promise.EverythingTold);
        new Story().Take("a", "L1", at: 10).Tell(LockEventKind.Acquired, "L1", 9, token: 999).BreaksWithJournal(Promise.EverythingTold);
        new Story().Take("a", "L1", at: 10).Tell(LockEventKind.Acquired, "L1", 9, on: "path:b").BreaksWithJournal(Promise.EverythingTold);
        new Story().Take("a", "L1", at: 10).Tell(LockEventKind.Acquired, "L1", 9).Take("a", "L1", at: 20, again: true).BreaksWithJournal(Promise.EverythingTold);
        new Story().Take("a", "L1", at: 10).Tell(LockEventKind.Acquired, "L1", 9).Take("a", "L1", at: 20, again: true).Tell(LockEventKind.Renewed, "L1", 19).IsAccepted(hasJournal: true);
    }

    [Fact]
    public void A_failure_is_told_as_it_is() => new Story().Add(new Failed("a", 10, "out of luck")).Breaks(Promise.NoFailure);

    private static void Judge(Story story, bool isTrue)
    {
        if (isTrue)
            story.IsAccepted();
        else
            story.Breaks(Promise.TrueReasons);
    }
}
