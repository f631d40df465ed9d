using FsCheck;
using FsCheck.Fluent;

namespace SwarmLocks.Tests.Unit.Cli;

public class DurationsTests
{
    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("90s", 90_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("2d", 172_800_000)]
    [InlineData("1h2m3s4ms", 3_723_004)]
    [InlineData("90", 90_000)]
    [InlineData("0", 0)]
    [InlineData("0.25", 250)]
    [InlineData("1.5s", 1_500)]
    [InlineData("0.5h", 1_800_000)]
    [InlineData(".5s", 500)]
    public void Durations_are_read_as_people_write_them(string text, double ms)
    {
        Assert.True(Durations.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromMilliseconds(ms), duration);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("s")]
    [InlineData("5 m")]
    [InlineData(" 5m")]
    [InlineData("5M")]
    [InlineData("-5s")]
    [InlineData("+5s")]
    [InlineData("1e3")]
    [InlineData("1,5s")]
    [InlineData("1.2.3s")]
    [InlineData(".")]
    [InlineData("5min")]
    [InlineData("30m1h")]
    [InlineData("1m1m")]
    [InlineData("1h30")]
    [InlineData("Infinity")]
    [InlineData("NaN")]
    [InlineData("forever")]
    [InlineData("10000d")]
    [InlineData("999999999999999999999999999999d")]
    [InlineData("5m\n")]
    [InlineData("٥s")]
    public void Anything_else_is_no_duration(string? text) => Assert.False(Durations.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0ms")]
    [InlineData(250, "250ms")]
    [InlineData(1_500, "1.5s")]
    [InlineData(252_000, "4m12s")]
    [InlineData(5_400_000, "1h30m")]
    [InlineData(86_400_000, "1d")]
    [InlineData(3_600_001, "1h0.001s")]
    [InlineData(-300_000, "-5m")]
    [InlineData(-1, "-1ms")]
    public void Durations_are_written_short(double ms, string text) => Assert.Equal(text, Durations.Format(TimeSpan.FromMilliseconds(ms)));

    [Fact]
    public void What_is_written_is_read_back()
    {
        // Small ones and large ones alike: up to the longest that is accepted.
        var durations = Gen.Choose(0, 60).SelectMany(bits => Gen.Choose(0, int.MaxValue).Select(n => (((long)n << 20) % (1L << bits)) % (10_000L * 86_400_000)));
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(2000),
            Prop.ForAll(durations.ToArbitrary(), ms =>
            {
                var duration = TimeSpan.FromMilliseconds(ms);
                return Durations.TryParse(Durations.Format(duration), out var back) && back == duration;
            }));
    }
}
