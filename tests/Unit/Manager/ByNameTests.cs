using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Manager;

/// <summary>Leases that are released, renewed and broken by name.</summary>
public sealed class ByNameTests
{
    private readonly MemoryManagers _process = new();

    [Fact]
    public async Task A_renewal_of_what_another_holds_or_nobody_ever_did_says_so()
    {
        await using var manager = _process.Open();
        await manager.TryAcquireAsync(new LockRequest("b", "x") { OutlivesProcess = true, Reason = "rename login" });
        var error = await Assert.ThrowsAsync<LockExpiredException>(() => manager.RenewAsync(LeaseSelector.On("a", "x", "never")));
        Assert.Equal(
            [new("never", "a never acquired it, as far as the journal goes back"), new("path:x", "b holds x, for \"rename login\", until 10:05:00 (in 5m) unless renewed")],
            error.Lost.OrderBy(l => l.Resource, StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_break_of_nothing_names_what_overlaps()
    {
        await using var manager = _process.Open();
        await manager.TryAcquireAsync(new LockRequest("b", "src/a.cs") { OutlivesProcess = true });
        var nothing = await manager.BreakAsync("src/", "lead", "it hangs");
        Assert.Empty(nothing.Broken);
        Assert.Equal("path:src/a.cs", Assert.Single(nothing.Overlapping).Resource);
        Assert.Empty((await manager.BreakAsync("src/a.cs", "lead", "it hangs")).Overlapping);
    }

    [Fact]
    public async Task What_was_not_released_is_told_apart_each_with_its_reason()
    {
        await using var manager = _process.Open();
        await using var other = _process.Open();
        await manager.TryAcquireAsync(new LockRequest("a", "lapsed") { OutlivesProcess = true, Ttl = TimeSpan.FromSeconds(60) });
        _process.Clock.Advance(TimeSpan.FromSeconds(60));
        await manager.AcquireAsync(new LockRequest("b", "others"));
        await other.AcquireAsync(new LockRequest("a", "elsewhere"));
        await (await manager.AcquireAsync(new LockRequest("a", "done"))).DisposeAsync();
        var result = await manager.ReleaseAsync(LeaseSelector.On("a", "lapsed", "others", "elsewhere", "done", "never"));
        Assert.Empty(result.Released);
        Assert.Equal("b", Assert.Single(result.HeldByOthers).Agent);
        var why = result.NotHeld.ToDictionary(n => n.Resource, n => n.Why, StringComparer.Ordinal);
        Assert.Contains("expired", why["path:lapsed"], StringComparison.Ordinal);
        Assert.Contains("another process of a", why["elsewhere"], StringComparison.Ordinal);
        Assert.Contains("it was released at 10:01:00", why["done"], StringComparison.Ordinal);
        Assert.Equal("a never acquired it, as far as the journal goes back", why["never"]);
    }

    [Fact]
    public async Task A_release_by_name_ends_the_handles_and_does_not_end_a_later_lease()
    {
        await using var manager = _process.Open();
        var old = await manager.AcquireAsync(new LockRequest("a", "x"));
        Assert.Single((await manager.ReleaseAllAsync("a")).Released);
        Assert.True(old.LeaseLost.IsCancellationRequested);
        await using var next = await manager.AcquireAsync(new LockRequest("a", "x"));
        await old.DisposeAsync();
        next.ThrowIfLost();
        Assert.Single(manager.Read("x"));
    }

    [Fact]
    public async Task What_has_expired_is_not_renewed_and_the_rest_is()
    {
        await using var manager = _process.Open();
        await manager.TryAcquireAsync(new LockRequest("a", "x") { OutlivesProcess = true, Ttl = TimeSpan.FromSeconds(60) });
        await manager.TryAcquireAsync(new LockRequest("a", "y") { OutlivesProcess = true });
        _process.Clock.Advance(TimeSpan.FromSeconds(60));
        var error = await Assert.ThrowsAsync<LockExpiredException>(() => manager.RenewAsync(LeaseSelector.All("a")));
        Assert.Equal("path:x", error.Lost.Single().Resource);
        Assert.Equal("path:y", error.Renewed.Single().Resource);
        Assert.False(await manager.IsLockedAsync("x"));
    }

    [Fact]
    public async Task Nothing_named_is_never_everything()
    {
        await using var manager = _process.Open();
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "x"));
        string[] tooMany = [.. Enumerable.Range(0, 201).Select(i => $"f{i}")];
        Assert.Equal("0 resources were given: give 1 to 200.", Assert.Throws<LockUsageException>(() => LeaseSelector.On("a", null!)).Message);
        Assert.Equal("0 resources were given: give 1 to 200.", Assert.Throws<LockUsageException>(() => LeaseSelector.On("a")).Message);
        Assert.Equal("201 resources were given: give 1 to 200.", Assert.Throws<LockUsageException>(() => LeaseSelector.On("a", tooMany)).Message);
        Assert.Equal("One of the resources is null: name each, or leave it out.", Assert.Throws<LockUsageException>(() => LeaseSelector.On("a", "x", null!)).Message);
        Assert.Equal("0 lease ids were given: give 1 to 200.", Assert.Throws<LockUsageException>(() => LeaseSelector.ById("a", null!)).Message);
        Assert.Equal("0 lease ids were given: give 1 to 200.", Assert.Throws<LockUsageException>(() => LeaseSelector.ById("a", [])).Message);
        Assert.Equal("201 lease ids were given: give 1 to 200.", Assert.Throws<LockUsageException>(() => LeaseSelector.ById("a", tooMany)).Message);
        List<string> named = ["none"];
        var selector = LeaseSelector.ById("a", named);
        named.Clear();
        Assert.Empty((await manager.ReleaseAsync(selector)).Released);
        handle.ThrowIfLost();
    }

    [Fact]
    public async Task A_renewal_by_name_waits_for_the_guard_as_long_as_the_lease_lasts()
    {
        await using var manager = _process.Open(options => options.GuardTimeout = TimeSpan.FromSeconds(1));
        await manager.TryAcquireAsync(new LockRequest("a", "x") { OutlivesProcess = true, Ttl = TimeSpan.FromSeconds(60) });
        Task<IReadOnlyList<Lease>> renewing;
        using (_process.HoldGuard())
        {
            renewing = manager.RenewAsync(LeaseSelector.On("a", "x"));
            await _process.PassAsync(TimeSpan.FromSeconds(15));
            Assert.False(renewing.IsCompleted);
        }
        Assert.Single(await Eventually.EndAsync(renewing, _process.Clock));
        using (_process.HoldGuard())
        {
            renewing = manager.RenewAsync(LeaseSelector.All("a"));
            await _process.PassAsync(TimeSpan.FromSeconds(59));
            Assert.False(renewing.IsCompleted);
            var busy = await Assert.ThrowsAsync<LockStoreException>(() => Eventually.EndAsync(renewing, _process.Clock));
            Assert.Equal(StoreProblem.Busy, busy.Problem);
        }
    }

    [Fact]
    public async Task A_renewal_of_nothing_makes_no_store()
    {
        await using var manager = _process.Open();
        Assert.Empty(await manager.RenewAsync(LeaseSelector.All("a")));
        Assert.False(_process.Memory.Files.Directory.Exists(MemoryStore.Folder));
    }
}
