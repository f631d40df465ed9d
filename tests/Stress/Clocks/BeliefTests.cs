using SwarmLocks.Tests.Stress.Worker;

namespace SwarmLocks.Tests.Stress.Clocks;

/// <summary>Spans in which somebody believed, that meet and that do not.</summary>
public sealed class BeliefTests
{
    [Theory]
    [InlineData(10, 20, 20, 30)]
    [InlineData(10, 20, 0, 10)]
    [InlineData(10, 20, 15, 15)]
    [InlineData(20, 10, 0, 30)]
    public void Spans_that_only_touch_or_never_were_do_not_clash(long from, long until, long otherFrom, long otherUntil) =>
        Assert.Empty(Belief.Clashes([new("a", "L1", from, until), new("a", "L2", otherFrom, otherUntil)]));

    [Theory]
    [InlineData(10, 20, 19, 30)]
    [InlineData(10, 20, 0, 11)]
    [InlineData(10, 20, 10, 20)]
    [InlineData(10, 20, 12, 13)]
    [InlineData(12, 13, 10, 20)]
    public void Spans_of_two_leases_that_share_one_tick_clash_in_either_order(long from, long until, long otherFrom, long otherUntil)
    {
        Belief one = new("a", "L1", from, until), other = new("a", "L2", otherFrom, otherUntil);
        Assert.Equal(["L1", "L2"], Ids(Assert.Single(Belief.Clashes([one, other]))));
        Assert.Equal(["L1", "L2"], Ids(Assert.Single(Belief.Clashes([other, one]))));
    }

    [Fact]
    public void A_span_clashes_with_a_long_one_before_its_neighbour() =>
        Assert.Equal(["L1", "L3"], Ids(Belief.Clashes([new("a", "L1", 0, 100), new("a", "L2", 10, 20), new("a", "L3", 30, 40)]).Last()));

    [Fact]
    public void Renewals_of_one_lease_and_leases_on_other_resources_do_not_clash() =>
        Assert.Empty(Belief.Clashes([new("a", "L1", 0, 20), new("a", "L1", 10, 30), new("b", "L2", 5, 25)]));

    [Fact]
    public void A_span_is_the_same_after_it_was_told()
    {
        var belief = new Belief("src/a.cs", "L1", 10, 20);
        Assert.Equal(belief, Belief.Parse(belief.ToString()));
    }

    private static IEnumerable<string> Ids((Belief First, Belief Second) clash) => ((string[])[clash.First.LeaseId, clash.Second.LeaseId]).Order(StringComparer.Ordinal);
}
