namespace SwarmLocks.Tests.Stress.History;

/// <summary>Histories in which two had the same at the same time, and such in which they did not.</summary>
public sealed class ExclusionTests
{
    private const string AtOnce = "urgent (at once: exclusion given up)";

    /// <summary>Both were promised it no longer than they used it, so that only their uses can clash.</summary>
    private static Story TwoWho(long firstUntil, long secondFrom, string on = "path:a", string alsoOn = "path:a", LockMode first = LockMode.Exclusive, LockMode second = LockMode.Exclusive) =>
        new Story()
            .Take("a", "L1", at: 10, on: on, mode: first).Use("a", "L1", firstUntil).Release("a", "L1", firstUntil)
            .Take("b", "L2", at: secondFrom, on: alsoOn, mode: second, asked: 5).Use("b", "L2", 90).Release("b", "L2", 91);

    [Fact]
    public void Two_who_use_it_at_the_same_time_clash() => TwoWho(firstUntil: 50, secondFrom: 49).Breaks(Promise.Exclusion, Promise.NothingVanishes);

    [Fact]
    public void Spans_that_touch_do_not_meet() => TwoWho(firstUntil: 50, secondFrom: 50).IsAccepted();

    [Fact]
    public void Whoever_never_made_sure_of_it_clashes_with_nobody() =>
        new Story().Take("a", "L1", at: 10, until: 20).Take("b", "L2", at: 20).Use("b", "L2", 40).IsAccepted();

    [Theory]
    [InlineData(LockMode.Shared, LockMode.Exclusive)]
    [InlineData(LockMode.Exclusive, LockMode.Shared)]
    public void One_who_shares_and_one_who_has_it_alone_clash(LockMode first, LockMode second) =>
        TwoWho(60, 40, first: first, second: second).Breaks(Promise.Exclusion, Promise.NothingVanishes);

    [Fact]
    public void Those_who_share_do_not_clash() => TwoWho(60, 40, first: LockMode.Shared, second: LockMode.Shared).IsAccepted();

    [Theory]
    [InlineData("path:src/a.cs", "glob:src/*.cs")]
    [InlineData("glob:src/*.cs", "path:src/a.cs")]
    [InlineData("glob:src/a*", "glob:src/*b")]
    [InlineData("path:src/", "path:src/deep/a.cs")]
    [InlineData("glob:**/*.md", "path:docs/")]
    [InlineData("plan:1", "plan:1")]
    public void What_overlaps_clashes(string one, string other) => TwoWho(60, 40, one, other).Breaks(Promise.Exclusion, Promise.NothingVanishes);

    [Theory]
    [InlineData("path:src/a.cs", "path:src/A.cs")]
    [InlineData("path:src/deep/a.cs", "glob:src/*.cs")]
    [InlineData("glob:src/a*", "glob:src/b*")]
    [InlineData("path:src/", "path:srca")]
    [InlineData("plan:1", "project:1")]
    public void What_does_not_overlap_does_not_clash(string one, string other) => TwoWho(60, 40, one, other).IsAccepted();

    [Fact]
    public void Two_processes_of_one_agent_do_not_clash() =>
        new Story().Take("twin", "L1", at: 10, process: "p").Use("p", "L1", 50).Take("twin", "L2", at: 20, process: "q").Use("q", "L2", 60).IsAccepted();

    [Fact]
    public void One_who_raises_what_another_still_shares_clashes() =>
        Sharing().Take("a", "L1", at: 40, again: true).Use("a", "L1", 60).Use("b", "L2", 41).Lose("b", "L2", 1000).Breaks(Promise.Exclusion, Promise.NothingVanishes);

    [Fact]
    public void One_may_raise_what_nobody_shares_any_more() =>
        Sharing().Use("b", "L2", 40).Release("b", "L2", 40).Take("a", "L1", at: 40, again: true).Use("a", "L1", 60).IsAccepted();

    [Fact]
    public void A_break_at_once_exempts_the_broken_lease_from_then_on() =>
        BrokenAtOnce(at: 40).Use("a", "L1", 70).IsAccepted();

    [Fact]
    public void A_break_at_once_exempts_nothing_before_it() =>
        BrokenAtOnce(at: 46).Use("a", "L1", 70).Breaks(Promise.Exclusion, Promise.NothingVanishes);

    [Fact]
    public void A_break_at_once_exempts_no_other_lease_of_its_holder() =>
        BrokenAtOnce(at: 40).Take("a", "L3", at: 50, token: 300).Use("a", "L3", 70).Breaks(Promise.Exclusion, Promise.NothingVanishes);

    [Fact]
    public void Whoever_got_it_after_a_break_at_once_excludes_the_third() =>
        BrokenAtOnce(at: 40).Take("c", "L3", at: 55, token: 300).Use("c", "L3", 70).Breaks(Promise.Exclusion, Promise.NothingVanishes);

    [Fact]
    public void A_break_that_waits_for_the_holder_exempts_nothing() =>
        new Story().Take("a", "L1", at: 10).Tell(LockEventKind.BreakAsked, "L1", 40, by: "b", why: "urgent")
            .Take("b", "L2", at: 45).Use("a", "L1", 70).Use("b", "L2", 60).Breaks(Promise.Exclusion, Promise.NothingVanishes);

    [Fact]
    public void A_lease_without_a_session_is_broken_at_once_whoever_breaks_it() =>
        new Story().Take("a", "L1", at: 10, hasSession: false).Tell(LockEventKind.Broken, "L1", 40, by: "b", why: "urgent")
            .Take("b", "L2", at: 45).Use("a", "L1", 70).Use("b", "L2", 60).IsAccepted();

    [Fact]
    public void Where_the_time_of_a_break_is_uncertain_it_counts_from_the_earliest() =>
        new Story().Take("a", "L1", at: 10).Tell(LockEventKind.Broken, "L1", 50, by: "b", why: AtOnce, slack: 5).Take("b", "L2", at: 45).Use("a", "L1", 70).Use("b", "L2", 60).IsAccepted();

    private static Story Sharing() =>
        new Story().Take("a", "L1", at: 10, mode: LockMode.Shared).Use("a", "L1", 30).Take("b", "L2", at: 20, mode: LockMode.Shared).Use("b", "L2", 39);

    private static Story BrokenAtOnce(long at) =>
        new Story().Take("a", "L1", at: 10).Tell(LockEventKind.Broken, "L1", at, by: "b", why: AtOnce).Take("b", "L2", at: 45, until: 90).Use("b", "L2", 60, until: 90);
}
