namespace SwarmLocks.Tests.Stress.History;

/// <summary>Histories in which a lease was used by whoever had it, and such in which it was not.</summary>
public sealed class UseTests
{
    [Fact]
    public void A_use_before_the_grant_is_wrong() => new Story().Use("a", "L1", 9).Take("a", "L1", at: 10).Breaks(Promise.UseWithinLease);

    [Fact]
    public void A_use_at_the_grant_is_right() => new Story().Take("a", "L1", at: 10).Use("a", "L1", 10).IsAccepted();

    [Fact]
    public void A_use_of_what_another_process_has_is_wrong() => new Story().Take("a", "L1", at: 10).Use("b", "L1", 11).Breaks(Promise.UseWithinLease);

    [Theory]
    [InlineData(49, true)]
    [InlineData(50, false)]
    [InlineData(51, false)]
    public void A_use_is_right_before_the_deadline_only(long at, bool isRight) =>
        Judge(new Story().Take("a", "L1", at: 10, until: 50).Use("a", "L1", at, until: 50), isRight);

    [Theory]
    [InlineData(50, true)]
    [InlineData(51, false)]
    public void A_use_is_wrong_after_the_release(long at, bool isRight) =>
        Judge(new Story().Take("a", "L1", at: 10).Release("a", "L1", 50).Use("a", "L1", at), isRight);

    [Theory]
    [InlineData(50, true)]
    [InlineData(51, false)]
    public void A_use_is_wrong_once_the_loss_is_known(long at, bool isRight) =>
        Judge(new Story().Take("a", "L1", at: 10).Tell(LockEventKind.BreakAsked, "L1", 20).Lose("a", "L1", 50).Use("a", "L1", at), isRight);

    [Fact]
    public void A_lease_that_was_lost_and_got_again_may_be_used_again() =>
        new Story().Take("a", "L1", at: 10, until: 50).Lose("a", "L1", 50).Take("a", "L1", at: 55, again: true).Use("a", "L1", 60).IsAccepted();

    [Theory]
    [InlineData(50, true)]
    [InlineData(51, false)]
    public void A_use_after_the_end_of_its_process_is_wrong(long at, bool isRight) =>
        Judge(new Story().Take("a", "L1", at: 10).Kill("a", 40, gone: 50).Use("a", "L1", at), isRight);

    [Theory]
    [InlineData(110, true)]
    [InlineData(111, false)]
    public void A_use_is_wrong_past_what_the_journal_tells_however_long_the_holder_believes(long at, bool isRight) =>
        Judge(new Story().Take("a", "L1", at: 11, ttl: 100).Tell(LockEventKind.Acquired, "L1", 10).Use("a", "L1", at), isRight);

    [Theory]
    [InlineData(120, 115, 5, true)]
    [InlineData(121, 115, 5, false)]
    [InlineData(190, 90, 0, true)]
    [InlineData(191, 90, 0, false)]
    public void What_the_journal_tells_counts_from_its_latest_extension_before_the_use(long at, long renewed, long slack, bool isRight)
    {
        var story = new Story().Take("a", "L1", at: 11, ttl: 100).Tell(LockEventKind.Acquired, "L1", 15, slack: slack);
        Judge((renewed <= 100 ? story.Tell(LockEventKind.Renewed, "L1", renewed) : story.Tell(LockEventKind.Renewed, "L1", renewed + 100)).Use("a", "L1", at), isRight);
    }

    [Fact]
    public void A_renewal_by_name_may_prolong_the_extensions() =>
        new Story().Take("a", "L1", at: 11, ttl: 100).Tell(LockEventKind.Acquired, "L1", 10).Renew("a", "L1", 50, ttl: 200).Tell(LockEventKind.Renewed, "L1", 55).Use("a", "L1", 250).IsAccepted();

    private static void Judge(Story story, bool isRight)
    {
        if (isRight)
            story.IsAccepted();
        else
            story.Breaks(Promise.UseWithinLease);
    }
}
