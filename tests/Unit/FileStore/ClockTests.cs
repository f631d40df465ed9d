using Microsoft.Extensions.Logging.Abstractions;
using SwarmLocks.FileStore;
using SwarmLocks.Policy;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.FileStore;

public sealed class ClockTests
{
    private static readonly DateTimeOffset Wall = FakeClock.Start;

    // A lease of 300 s, granted at 1,000,000 ms of clock "boot-1/ns-1".
    private static readonly Expiry Lease = new StoreTime(1_000_000, Wall, "boot-1/ns-1", Wall.AddHours(-5)).After(TimeSpan.FromSeconds(300));

    [Theory]
    [InlineData(1_299_999, -86_400, false)]
    [InlineData(1_299_999, 86_400, false)]
    [InlineData(1_299_999, 3_600, false)]
    [InlineData(1_300_000, -86_400, true)]
    [InlineData(1_300_000, -3_600, true)]
    public void Within_one_clock_the_monotonic_time_decides_whatever_the_wall_says(long ms, int wallStep, bool passed) =>
        Assert.Equal(passed, new StoreTime(ms, Wall.AddSeconds(wallStep), "boot-1/ns-1", Wall).HasPassed(Lease));

    [Fact]
    public void A_record_keeps_milliseconds_and_its_end_by_the_wall_is_rounded_up_to_one()
    {
        var within = new StoreTime(1_000_000, Wall.AddTicks(1), "boot-1/ns-1", Wall).After(TimeSpan.FromSeconds(300));
        Assert.Equal(Wall.AddSeconds(300).AddMilliseconds(1), within.At);
        Assert.Equal(Wall.AddSeconds(300), Lease.At);
    }

    [Theory]
    [InlineData("boot-1/ns-2", 299, false)]
    [InlineData("boot-1/ns-2", 300, true)]
    [InlineData(null, 299, false)]
    [InlineData(null, 300, true)]
    public void In_another_time_namespace_or_an_unknown_clock_the_wall_decides(string? clock, int seconds, bool passed) =>
        Assert.Equal(passed, new StoreTime(long.MaxValue, Wall.AddSeconds(seconds), clock, Wall.AddHours(-5)).HasPassed(Lease));

    [Theory]
    [InlineData(299, false)]
    [InlineData(300, true)]
    public void A_record_of_an_unknown_clock_is_judged_by_the_wall_and_null_equals_nothing(int seconds, bool passed)
    {
        var expiry = Lease with { Clock = null };
        Assert.Equal(passed, new StoreTime(0, Wall.AddSeconds(seconds), "boot-1/ns-1", null).HasPassed(expiry));
        Assert.Equal(passed, new StoreTime(0, Wall.AddSeconds(seconds), null, null).HasPassed(expiry));
        Assert.False(new StoreTime(0, Wall, null, null).IsThisBoot(null));
    }

    [Fact]
    public void A_record_from_before_this_boot_has_passed() =>
        Assert.True(new StoreTime(0, Wall.AddSeconds(10), "boot-2/ns-1", Wall.AddSeconds(1)).HasPassed(Lease));

    [Fact]
    public void A_record_that_another_kernel_renewed_after_our_boot_is_refused() =>
        Assert.Equal(StoreProblem.Untrusted, Assert.Throws<LockStoreException>(
            () => new StoreTime(0, Wall.AddSeconds(1000), "boot-2/ns-1", Wall.AddSeconds(-1)).HasPassed(Lease)).Problem);

    [Theory]
    [InlineData(-1, false)]
    [InlineData(1, true)]
    public void An_unreadable_file_from_before_this_boot_excludes_no_more(int seconds, bool excludes)
    {
        var view = new LockView { Now = new StoreTime(0, Wall.AddMinutes(5), "boot-2/ns-1", Wall), LastToken = 0, Records = [] };
        Assert.Equal(excludes, view.IsLive(new UnreadableLock("f", Records.Resource("path:a"), Wall.AddSeconds(seconds), "bad")));
    }

    [Theory]
    [InlineData(-86_400)]
    [InlineData(-3_600)]
    [InlineData(3_600)]
    [InlineData(86_400)]
    public async Task Stepping_the_wall_clock_neither_ends_nor_prolongs_a_lease(int seconds)
    {
        var memory = new MemoryStore();
        await using var store = memory.Open();
        await store.WriteAsync(Records.Held(memory.Now, "path:a"));
        memory.Clock.StepWall(TimeSpan.FromSeconds(seconds));
        memory.Clock.Advance(TimeSpan.FromSeconds(299));
        var view = await store.LookAsync();
        Assert.True(view.IsLive(view.Records.Single().Holders.Single()));
        memory.Clock.Advance(TimeSpan.FromSeconds(1));
        view = await store.LookAsync();
        Assert.Equal(LeaseState.Expired, view.StateOf(view.Records.Single().Holders.Single()));
    }

    [Fact]
    public async Task After_a_reboot_every_lease_from_before_is_over()
    {
        var memory = new MemoryStore();
        await using var store = memory.Open();
        await store.WriteAsync(Records.Held(memory.Now, "path:a"));
        memory.Clock.Advance(TimeSpan.FromSeconds(30));
        memory.Platform.ClockId = "boot-2/time:[1]";
        memory.Platform.Running = () => TimeSpan.FromSeconds(10);
        var view = await store.LookAsync();
        Assert.Equal(LeaseState.Expired, view.StateOf(view.Records.Single().Holders.Single()));
        memory.Platform.Running = () => TimeSpan.FromSeconds(40);
        view = await store.LookAsync();
        Assert.Throws<LockStoreException>(() => view.IsLive(view.Records.Single().Holders.Single()));
    }

    [Fact]
    public async Task What_a_process_that_is_stopped_between_the_two_clocks_grants_does_not_end_early_by_the_wall_clock()
    {
        var memory = new MemoryStore();
        var time = new StoppingClock();
        await using var store = new FileLockStore(
            memory.Files, memory.Platform, time, new StoreLocation(MemoryStore.Root, MemoryStore.Folder, "/tree/.git"), NullLogger.Instance, 1 << 20, childrenKeepSession: false);
        var now = (await store.LookAsync()).Now;
        Assert.True(now.Wall - StoppingClock.Origin >= TimeSpan.FromMilliseconds(now.Ms), "the wall clock was read first");
    }

    /// <summary>Five seconds pass before each reading.</summary>
    private sealed class StoppingClock : TimeProvider
    {
        public static readonly DateTimeOffset Origin = FakeClock.Start;

        private TimeSpan _passed;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => (_passed += TimeSpan.FromSeconds(5)).Ticks;

        public override DateTimeOffset GetUtcNow() => Origin + (_passed += TimeSpan.FromSeconds(5));
    }
}
