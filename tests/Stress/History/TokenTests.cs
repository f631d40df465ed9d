namespace SwarmLocks.Tests.Stress.History;

/// <summary>Histories with fencing tokens as they must be, and as they must not.</summary>
public sealed class TokenTests
{
    private static readonly LockResource A = LockResource.FromCanonical("path:a"), B = LockResource.FromCanonical("path:b");

    [Fact]
    public void A_later_request_with_a_smaller_token_is_wrong() =>
        new Story().Take("a", "L1", at: 10, token: 7).Take("b", "L2", at: 20, asked: 11, on: "path:b", token: 6).Breaks(Promise.Tokens);

    [Fact]
    public void Requests_that_crossed_may_hear_in_any_order() =>
        new Story().Take("a", "L1", at: 10, token: 7).Take("b", "L2", at: 20, asked: 10, on: "path:b", token: 6).IsAccepted();

    [Fact]
    public void Two_requests_with_one_token_are_wrong() =>
        new Story().Take("a", "L1", at: 10, token: 7).Take("b", "L2", at: 12, asked: 5, on: "path:b", token: 7).Breaks(Promise.Tokens);

    [Fact]
    public void Two_requests_of_one_agent_with_one_token_are_wrong() =>
        new Story().Take("a", "L1", at: 10, token: 7).Take("a", "L2", at: 12, asked: 5, on: "path:b", token: 7).Breaks(Promise.Tokens);

    [Fact]
    public void One_request_has_one_token_for_all_it_asked_for()
    {
        Request(7, 7).IsAccepted();
        Request(7, 8).Breaks(Promise.Tokens);
    }

    [Fact]
    public void Asking_again_keeps_the_token()
    {
        new Story().Take("a", "L1", at: 10, token: 7).Take("b", "L2", at: 15, on: "path:b", token: 8).Take("a", "L1", at: 20, again: true).IsAccepted();
        new Story().Take("a", "L1", at: 10, token: 7).Take("a", "L1", at: 20, again: true, token: 8).Breaks(Promise.Tokens);
    }

    [Fact]
    public void The_journal_tells_tokens_that_grow() =>
        Told(7, 8).IsAccepted();

    [Theory]
    [InlineData(8, 7)]
    [InlineData(8, 8)]
    public void The_journal_tells_of_a_token_that_does_not_grow(long first, long second) =>
        Told(first, second).Breaks(Promise.Tokens);

    [Fact]
    public void The_journal_may_tell_one_token_for_several_resources_of_one_request_but_not_twice_for_one()
    {
        Story Twice(string on, string agent) => new Story().Take("a", "L1", at: 10).Take("b", "L2", at: 10, on: "path:b", asked: 9)
            .Tell(LockEventKind.Acquired, "L1", 9, token: 300).Tell(LockEventKind.Acquired, "L2", 9, token: 300, on: on, agent: agent);

        Twice("path:b", "a").IsAccepted();
        Twice("path:a", "a").Breaks(Promise.Tokens);
        Twice("path:b", "b").Breaks(Promise.Tokens);
    }

    private static Story Told(long first, long second) => new Story()
        .Take("a", "L1", at: 10, token: first, asked: 5).Tell(LockEventKind.Acquired, "L1", 9)
        .Add(new Told(11, 0, new LockEvent(99, default, LockEventKind.Acquired, "path:b", "b", "L2", second, null, null)));

    private static Story Request(long first, long second) => new Story().Add(new Granted(
        "p", 10, 9, "a", true, 1000, [new HeldLease("L1", first, LockMode.Exclusive, false, 1000, A), new HeldLease("L2", second, LockMode.Exclusive, false, 1000, B)]));
}
