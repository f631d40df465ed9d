namespace SwarmLocks.Tests.Stress.Soak;

/// <summary>Series of looks with a leak and without.</summary>
public sealed class SoakUsageTests
{
    private const int Count = 24;
    private const long MiB = 1 << 20;

    private static readonly SoakUsage Usual = new(20 * MiB, 200 * MiB, 60);

    [Fact]
    public void What_stays_the_same_is_no_leak() => Assert.Empty(Leaks(_ => Usual));

    [Fact]
    public void What_comes_and_goes_is_no_leak() => Assert.Empty(Leaks(i => i % 3 == 0 ? Usual : new(80 * MiB, 900 * MiB, 400)));

    [Fact]
    public void What_grows_while_all_is_new_is_no_leak() => Assert.Empty(Leaks(i => i < Count / 3 ? new(i * MiB, i * 10 * MiB, i) : Usual));

    [Fact]
    public void What_becomes_less_is_no_leak() => Assert.Empty(Leaks(i => new(Usual.HeapBytes - (i * MiB / 2), Usual.ResidentBytes - (i * MiB), Usual.Files - i)));

    [Theory]
    [InlineData("bytes of heap")]
    [InlineData("bytes of memory")]
    [InlineData("file handles")]
    public void What_grows_with_every_look_is_told(string what) => Assert.Contains(what, Assert.Single(Leaks(i => Growing(what, i))), StringComparison.Ordinal);

    [Fact]
    public void What_grows_under_its_ups_and_downs_is_told() =>
        Assert.Single(Leaks(i => i % 2 == 0 ? Usual with { Files = 500 } : Growing("file handles", i)));

    [Fact]
    public void What_begins_to_grow_late_is_told() =>
        Assert.Single(Leaks(i => i < Count * 3 / 4 ? Usual : Growing("bytes of heap", i)));

    [Fact]
    public void A_few_looks_tell_nothing() =>
        Assert.Contains("only 10 times", Assert.Single(SoakUsage.Leaks("it", [.. Enumerable.Repeat(Usual, 10)])), StringComparison.Ordinal);

    [Fact]
    public void A_look_is_the_same_after_it_was_told() => Assert.Equal(Usual, SoakUsage.Parse(Usual.ToString()));

    private static IEnumerable<string> Leaks(Func<int, SoakUsage> look) => SoakUsage.Leaks("it", [.. Enumerable.Range(0, Count).Select(look)]);

    /// <summary>From a third of the looks to the end by more than it may.</summary>
    private static SoakUsage Growing(string what, int i) => what switch
    {
        "bytes of heap" => Usual with { HeapBytes = Usual.HeapBytes + (i * MiB) },
        "bytes of memory" => Usual with { ResidentBytes = Usual.ResidentBytes + (i * 10 * MiB) },
        _ => Usual with { Files = Usual.Files + (3 * i) },
    };
}
