namespace SwarmLocks.Tests.Stress.History;

/// <summary>Histories in which a lease ended for a good reason, and such in which it was just gone.</summary>
public sealed class VanishedLeaseTests
{
    /// <summary>Nobody uses anything, so that nobody clashes: it is only that the second got what the first still had.</summary>
    private static Story Two(long firstUntil = 1000, bool hasSession = true) =>
        new Story().Take("a", "L1", at: 10, until: firstUntil, hasSession: hasSession).Take("b", "L2", at: 50);

    [Fact]
    public void A_lease_that_another_gets_without_any_reason_has_vanished() => Two().Breaks(Promise.NothingVanishes);

    [Theory]
    [InlineData(50, true)]
    [InlineData(51, false)]
    public void Its_deadline_is_a_reason(long deadline, bool isReason) => Judge(Two(firstUntil: deadline), isReason);

    [Theory]
    [InlineData(50, true)]
    [InlineData(51, false)]
    public void A_deadline_that_was_put_off_counts_as_it_became(long deadline, bool isReason) =>
        Judge(new Story().Take("a", "L1", at: 10, until: 30).Use("a", "L1", 20, until: deadline).Take("b", "L2", at: 50), isReason);

    [Theory]
    [InlineData(50, true)]
    [InlineData(51, false)]
    public void Its_release_is_a_reason_from_when_it_was_sent(long at, bool isReason) => Judge(Two().Release("a", "L1", at), isReason);

    [Theory]
    [InlineData(50, true)]
    [InlineData(51, false)]
    public void The_end_of_its_process_is_a_reason(long at, bool isReason) => Judge(Two().Kill("a", at), isReason);

    [Fact]
    public void The_end_of_a_process_is_no_reason_for_a_lease_without_a_session() => Judge(Two(hasSession: false).Kill("a", 20), isReason: false);

    [Fact]
    public void The_end_of_another_process_is_no_reason() => Judge(Two().Kill("c", 20), isReason: false);

    [Theory]
    [InlineData(50, true)]
    [InlineData(51, false)]
    public void A_break_is_a_reason_once_its_holder_has_given_it_back(long givenBack, bool isReason) =>
        Judge(Two().Tell(LockEventKind.BreakAsked, "L1", 40, by: "b").Tell(LockEventKind.Released, "L1", givenBack), isReason);

    [Fact]
    public void A_break_is_no_reason_before_its_holder_has_seen_it() => Judge(Two().Tell(LockEventKind.BreakAsked, "L1", 40, by: "b"), isReason: false);

    [Theory]
    [InlineData(50, true)]
    [InlineData(51, false)]
    public void A_break_at_once_whose_breaker_died_before_it_was_told_is_a_reason_from_its_death_on(long died, bool isReason) =>
        Judge(Two().Break("c", "L1", 40, atOnce: true).Kill("c", died), isReason);

    [Fact]
    public void A_break_whose_breaker_died_is_a_reason_only_at_once_or_without_a_session()
    {
        Judge(Two().Break("c", "L1", 40).Kill("c", 45), isReason: false);
        Judge(Two(hasSession: false).Break("c", "L1", 40).Kill("c", 45), isReason: true);
    }

    [Fact]
    public void A_break_that_was_answered_but_not_told_is_no_reason() =>
        Judge(Two().Break("c", "L1", 40, atOnce: true).HearOfBreak("c", "L1", 45).Kill("c", 46), isReason: false);

    [Fact]
    public void A_break_whose_breaker_lives_is_no_reason_before_it_is_told() => Judge(Two().Break("c", "L1", 40, atOnce: true), isReason: false);

    [Fact]
    public void Whoever_shares_may_join_those_who_share() =>
        new Story().Take("a", "L1", at: 10, mode: LockMode.Shared).Take("b", "L2", at: 50, mode: LockMode.Shared).IsAccepted();

    [Fact]
    public void Whoever_shares_vanishes_when_another_raises_its_lease() =>
        new Story().Take("a", "L1", at: 10, mode: LockMode.Shared).Take("b", "L2", at: 20, mode: LockMode.Shared).Take("a", "L1", at: 50, again: true).Breaks(Promise.NothingVanishes);

    [Fact]
    public void A_raised_lease_vanishes_when_another_shares_it() =>
        new Story().Take("a", "L1", at: 10, mode: LockMode.Shared).Take("a", "L1", at: 20, again: true).Take("b", "L2", at: 50, mode: LockMode.Shared).Breaks(Promise.NothingVanishes);

    [Fact]
    public void A_raised_lease_does_not_take_from_those_who_come_after_it() =>
        new Story().Take("a", "L1", at: 10, mode: LockMode.Shared).Take("a", "L1", at: 20, again: true).Release("a", "L1", 30).Take("b", "L2", at: 50).IsAccepted();

    [Fact]
    public void Whoever_was_first_but_heard_late_has_it_first() =>
        new Story().Take("b", "L2", at: 50, token: 300, asked: 5).Take("a", "L1", at: 60, token: 200, asked: 5).Breaks(Promise.NothingVanishes);

    [Fact]
    public void A_glob_that_gets_what_a_path_has_makes_it_vanish() =>
        new Story().Take("a", "L1", at: 10, on: "path:src/a.cs").Take("b", "L2", at: 50, on: "glob:src/*.cs").Breaks(Promise.NothingVanishes);

    [Theory]
    [InlineData(49, false)]
    [InlineData(50, true)]
    public void A_holder_that_loses_it_has_a_reason_in_its_deadline(long at, bool isReason) =>
        Judge(new Story().Take("a", "L1", at: 10, until: 50).Lose("a", "L1", at), isReason);

    [Theory]
    [InlineData(40, true)]
    [InlineData(41, false)]
    public void A_holder_that_loses_it_has_a_reason_in_a_break(long asked, bool isReason) =>
        Judge(new Story().Take("a", "L1", at: 10).Tell(LockEventKind.BreakAsked, "L1", asked).Lose("a", "L1", 40), isReason);

    [Fact]
    public void A_lease_that_the_store_does_not_show_has_vanished() => Judge(new Story().Take("a", "L1", at: 10).Miss("a", "L1", 20), isReason: false);

    [Fact]
    public void A_lease_that_was_broken_need_not_be_shown() =>
        Judge(new Story().Take("a", "L1", at: 10).Tell(LockEventKind.BreakAsked, "L1", 15).Miss("a", "L1", 20), isReason: true);

    private static void Judge(Story story, bool isReason)
    {
        if (isReason)
            story.IsAccepted();
        else
            story.Breaks(Promise.NothingVanishes);
    }
}
