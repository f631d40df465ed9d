using SwarmLocks.Cli.Demo;

namespace SwarmLocks.Tests.Unit.Demo;

public sealed class DemoReportTests
{
    private static readonly DemoResult Good = new()
    {
        Agents = 8,
        Seconds = 5,
        Files = 40,
        Source = "40 files of this repository",
        Unlocked = new HalfResult { Edits = 47_379, Lost = 13_449, Failed = 26_888, Damaged = 12 },
        Locked = new HalfResult { Edits = 1_264, Lost = 0, Conflicts = 370, AcquireP50 = 871, AcquireP99 = 210_810 },
    };

    [Fact]
    public void The_table_shows_both_halves_side_by_side()
    {
        string[] expected =
        [
            "",
            "8 agent processes, 40 files of this repository, 5 s without locks and 5 s with them",
            "",
            "                                 unlocked      locked",
            "  edits made                       47,379       1,264",
            "  edits lost                       13,449           0",
            "                                   28.4 %       0.0 %",
            "  edits failed, file broken        26,888           0",
            "  files garbled at the end             12           0",
            "  conflicts, waited out                 -         370",
            "  time to get a lock, median            -      871 us",
            "  time to get a lock, 99 %              -    210.8 ms",
            "",
            "  All agents edit the same 40 files (at most 40), the n-th most popular 1/n times as often as the first (Zipf).",
            "",
            "Without locks, 28.4 % of the edits vanished and nobody was told; with locks, all 1,264 were kept.",
        ];
        Assert.Equal(expected, DemoReport.Lines(Good, color: false));
    }

    [Fact]
    public void Colour_changes_nothing_but_colour()
    {
        var plain = DemoReport.Lines(Good, color: true).Select(line => System.Text.RegularExpressions.Regex.Replace(line, "\u001b\\[[0-9;]*m", "", default, TimeSpan.FromSeconds(1)));
        Assert.Equal(DemoReport.Lines(Good, color: false), plain);
        Assert.Contains(DemoReport.Lines(Good, color: true), line => line.Contains("\u001b[1;31m", StringComparison.Ordinal));
    }

    [Fact]
    public void The_json_is_that_of_the_contract() => Assert.Equal(
        """{"agents":8,"seconds":5,"unlocked":{"edits":47379,"lost":13449},"locked":{"edits":1264,"lost":0,"conflicts":370,"acquire_p50_us":871,"acquire_p99_us":210810}}""",
        DemoReport.Json(Good));

    [Fact]
    public void Anything_wrong_in_the_locked_half_fails_and_is_said()
    {
        HalfResult[] bad = [Good.Locked with { Lost = 1 }, Good.Locked with { Failed = 1 }, Good.Locked with { Damaged = 1 }, Good.Locked with { Edits = 0 }];
        Assert.Equal(0, Good.ExitCode);
        Assert.All(bad, locked => Assert.Equal(1, (Good with { Locked = locked }).ExitCode));
        Assert.Equal(
            "With locks, 1 of 1,264 edits were lost, 0 found a broken file and 0 files were garbled, which must never happen: run 'swarmlocks doctor', and please report this.",
            DemoReport.Lines(Good with { Locked = bad[0] }, color: false).Last());
        Assert.Equal(
            "With locks no edit was made at all, so this shows nothing: give it more seconds or fewer agents.",
            DemoReport.Lines(Good with { Locked = bad[3] }, color: false).Last());
    }

    [Theory]
    [InlineData(0, "Without locks no edit happened to be lost this time; with locks, all 1,264 were kept, and not by chance.")]
    [InlineData(1, "Without locks, < 0.1 % of the edits vanished and nobody was told; with locks, all 1,264 were kept.")]
    public void A_small_loss_is_not_rounded_away_and_none_is_not_invented(int lost, string conclusion) =>
        Assert.Equal(conclusion, DemoReport.Lines(Good with { Unlocked = Good.Unlocked with { Lost = lost } }, color: false).Last());

    [Theory]
    [InlineData(0.50, 5)]
    [InlineData(0.99, 10)]
    [InlineData(0.10, 1)]
    public void A_percentile_is_one_of_the_values(double share, int expected) =>
        Assert.Equal(expected, DemoHalf.Percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], share));

    [Fact]
    public void There_is_no_percentile_of_nothing() => Assert.Equal(0, DemoHalf.Percentile([], 0.5));
}
