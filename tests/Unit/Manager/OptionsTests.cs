using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Manager;

public sealed class OptionsTests
{
    [Theory]
    [InlineData("SWARMLOCKS_TTL=10m", "path", 600)]
    [InlineData("SWARMLOCKS_TTL=10m;SWARMLOCKS_TTL_PATH=90", "path", 90)]
    [InlineData("SWARMLOCKS_TTL=10m;SWARMLOCKS_TTL_PATH=90", "glob", 600)]
    [InlineData("SWARMLOCKS_KINDS=big-thing;SWARMLOCKS_TTL_BIG_THING=2h", "big-thing", 7200)]
    [InlineData("", "task", 600)]
    public void The_ttl_of_a_kind_comes_from_its_variable_then_the_general_one(string variables, string kind, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), From(variables).Kinds[kind].Ttl);

    [Fact]
    public void Every_variable_is_read()
    {
        var options = From("SWARMLOCKS_DIR=/locks;SWARMLOCKS_RENEW=20s;SWARMLOCKS_RENEW_PLAN=15s;SWARMLOCKS_MAX_ABANDONMENTS_PATH=5;SWARMLOCKS_GUARD_TIMEOUT=3s;SWARMLOCKS_POLL_MIN=20ms;SWARMLOCKS_POLL_MAX=1s;SWARMLOCKS_JOURNAL_BYTES=8192");
        options.Validate();
        Assert.Equal("/locks", options.StoreDirectory);
        Assert.Equal(TimeSpan.FromSeconds(20), options.Kinds["path"].RenewEvery);
        Assert.Equal(TimeSpan.FromSeconds(15), options.Kinds["plan"].RenewEvery);
        Assert.Equal(5, options.Kinds["path"].MaxAbandonments);
        Assert.Equal(3, options.Kinds["task"].MaxAbandonments);
        Assert.Equal((3.0, 0.02, 1.0), (options.GuardTimeout.TotalSeconds, options.PollMin.TotalSeconds, options.PollMax.TotalSeconds));
        Assert.Equal(8192, options.JournalBytes);
    }

    [Theory]
    [InlineData("SWARMLOCKS_TTL=soon", "SWARMLOCKS_TTL is 'soon', which is no duration: write one such as 500ms, 90s, 5m, 1h30m, or plain seconds.")]
    [InlineData("SWARMLOCKS_JOURNAL_BYTES=1e6", "SWARMLOCKS_JOURNAL_BYTES is '1e6', which is no whole number: write one with digits only.")]
    [InlineData("SWARMLOCKS_TTL=500ms", "The TTL of kind 'path' (SWARMLOCKS_TTL, SWARMLOCKS_TTL_PATH) is 500ms: give 1s to 24h.")]
    [InlineData("SWARMLOCKS_TTL=25h", "The TTL of kind 'path' (SWARMLOCKS_TTL, SWARMLOCKS_TTL_PATH) is 1d1h: give 1s to 24h.")]
    [InlineData("SWARMLOCKS_RENEW=200s", "The renewal interval of kind 'path' (SWARMLOCKS_RENEW, SWARMLOCKS_RENEW_PATH) is 3m20s: give 1ms to 2m30s.")]
    [InlineData("SWARMLOCKS_MAX_ABANDONMENTS_TASK=0", "SWARMLOCKS_MAX_ABANDONMENTS_TASK is '0': give 1 to 1000.")]
    [InlineData("SWARMLOCKS_GUARD_TIMEOUT=10ms", "The guard timeout (SWARMLOCKS_GUARD_TIMEOUT) is 10ms: give 100ms to 5m.")]
    [InlineData("SWARMLOCKS_POLL_MIN=1s", "The shortest poll pause (SWARMLOCKS_POLL_MIN) is 1s and the longest (SWARMLOCKS_POLL_MAX) 500ms: give a shorter one or a longer one, from 10ms to 10s.")]
    [InlineData("SWARMLOCKS_POLL_MAX=11s", "The longest poll pause (SWARMLOCKS_POLL_MAX) is 11s: give 10ms to 10s.")]
    [InlineData("SWARMLOCKS_JOURNAL_BYTES=10", "SWARMLOCKS_JOURNAL_BYTES is '10': give 4096 to 1073741824.")]
    [InlineData("SWARMLOCKS_JOURNAL_BYTES=5000000000", "SWARMLOCKS_JOURNAL_BYTES is '5000000000': give 4096 to 1073741824.")]
    [InlineData("SWARMLOCKS_MAX_ABANDONMENTS_TASK=99999999999999999999", "SWARMLOCKS_MAX_ABANDONMENTS_TASK is '99999999999999999999': give 1 to 1000.")]
    [InlineData("SWARMLOCKS_KINDS=Big", "'Big' cannot be a kind of resource: use 1–32 lower-case letters, digits and '-', a letter first.")]
    [InlineData("SWARMLOCKS_DIR=locks", "The store folder (--dir, SWARMLOCKS_DIR) is 'locks': give an absolute path.")]
    public void What_is_out_of_range_is_refused_by_name_with_what_is_accepted(string variables, string message) =>
        Assert.Equal(message, Assert.Throws<LockUsageException>(() => From(variables).Validate()).Message);

    public static TheoryData<Action<LockManagerOptions>, string> WrongInCode => new()
    {
        { o => o.Kinds["path"].Ttl = TimeSpan.FromMinutes(-5), "The TTL of kind 'path' (SWARMLOCKS_TTL, SWARMLOCKS_TTL_PATH) is -5m: give 1s to 24h." },
        { o => o.Kinds["path"].Ttl = TimeSpan.FromMilliseconds(999.9), "The TTL of kind 'path' (SWARMLOCKS_TTL, SWARMLOCKS_TTL_PATH) is 999ms: give 1s to 24h." },
        { o => o.Kinds["path"].Ttl = TimeSpan.FromHours(24) + TimeSpan.FromTicks(1), "The TTL of kind 'path' (SWARMLOCKS_TTL, SWARMLOCKS_TTL_PATH) is 1d0.001s: give 1s to 24h." },
        { o => o.GuardTimeout = TimeSpan.MinValue, "The guard timeout (SWARMLOCKS_GUARD_TIMEOUT) is -10675199d2h48m5.477s: give 100ms to 5m." },
        { o => o.GuardTimeout = TimeSpan.MaxValue, "The guard timeout (SWARMLOCKS_GUARD_TIMEOUT) is 10675199d2h48m5.477s: give 100ms to 5m." },
        { o => o.Kinds["x"] = null!, "The settings of kind 'x' are null: give a LockKindOptions, or remove the kind." },
        { o => o.Kinds["task"].MaxAbandonments = 0, "The limit of abandonments of kind 'task' is 0: give 1 to 1000, or none." },
        { o => o.JournalBytes = 10, "The size of the journal is 10 bytes: give 4096 to 1073741824." },
        { o => o.Directory = "", "The folder to look for the working tree in is empty: give one, or null for the current folder." },
    };

    [Theory]
    [MemberData(nameof(WrongInCode))]
    public void What_code_gives_out_of_range_is_refused_with_what_is_accepted(Action<LockManagerOptions> change, string message) =>
        Assert.Equal(message, Assert.Throws<LockUsageException>(() => new MemoryManagers().Open(change)).Message);

    [Fact]
    public void A_manager_checks_its_options_at_the_door() =>
        Assert.Throws<LockUsageException>(() => new MemoryManagers().Open(options => options.GuardTimeout = TimeSpan.Zero));

    [Fact]
    public async Task Options_that_are_changed_after_a_manager_was_made_change_nothing()
    {
        LockManagerOptions? given = null;
        await using var manager = new MemoryManagers().Open(options => given = options);
        given!.Kinds["path"].Ttl = TimeSpan.FromDays(365);
        given.Kinds["plan"] = new LockKindOptions { Ttl = TimeSpan.FromDays(365) };
        given.Kinds["more"] = new LockKindOptions();
        given.PollMin = TimeSpan.FromDays(1);
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x", "plan:1"));
        Assert.All(handle.Leases, granted => Assert.Equal(TimeSpan.FromMinutes(5), granted.Lease.Ttl));
        Assert.All(await manager.ListAsync(), lease => Assert.Equal(LeaseState.Live, lease.State));
        await Assert.ThrowsAsync<LockUsageException>(() => manager.AcquireAsync(new LockRequest("a", "more:1")));
    }

    private static LockManagerOptions From(string variables)
    {
        var table = variables.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(v => v.Split('=', 2)).ToDictionary(v => v[0], v => v[1], StringComparer.Ordinal);
        return LockManagerOptions.FromEnvironment(table.GetValueOrDefault);
    }
}
