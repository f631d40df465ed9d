using System.Globalization;
using SwarmLocks.Cli.Demo;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Demo;

public sealed class DemoProgressTests
{
    [Fact]
    public void A_second_counts_when_it_is_over()
    {
        var clock = new FakeClock();
        var said = new StringWriter(CultureInfo.InvariantCulture);
        var progress = new DemoProgress(said, live: true, clock);
        progress.Begin("unlocked", seconds: 1);
        clock.Advance(TimeSpan.FromMilliseconds(600));
        progress.Tick(7);
        Assert.EndsWith("[##############..........] 0/1 s, 7 edits", said.ToString(), StringComparison.Ordinal);
        clock.Advance(TimeSpan.FromSeconds(2));
        progress.Tick(8);
        Assert.EndsWith("] 1/1 s, 8 edits", said.ToString(), StringComparison.Ordinal);
    }
}
