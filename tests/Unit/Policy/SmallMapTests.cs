using SwarmLocks.Policy;

namespace SwarmLocks.Tests.Unit.Policy;

public sealed class SmallMapTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(500)]
    public void It_finds_and_replaces_what_was_put_and_keeps_the_order_of_the_keys(int count)
    {
        var map = new SmallMap<string, int>();
        for (int round = 1; round <= 2; round++)
        {
            for (int i = 0; i < count; i++)
            {
                map.Put($"key {i}", i * round);
                Assert.True(map.TryGet($"key {i}", out int value));
                Assert.Equal(i * round, value);
            }
        }
        Assert.Equal(count, map.Count);
        Assert.Equal(Enumerable.Range(0, count).Select(i => i * 2), Enumerable.Range(0, count).Select(i => map[i]));
        Assert.False(map.TryGet("another key", out _));
    }

    [Fact]
    public void Each_goes_through_a_list_in_order_as_it_was()
    {
        List<string> items = ["a", "b"];
        string seen = "";
        foreach (string text in items.Each())
        {
            items.Add("later");
            seen += text;
        }
        foreach (string text in ((IReadOnlyList<string>)[]).Each())
            seen += text;
        Assert.Equal("ab", seen);
    }
}
