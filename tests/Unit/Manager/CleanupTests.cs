using Microsoft.Extensions.Logging;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Manager;

public sealed class CleanupTests
{
    private readonly MemoryManagers _process = new();

    [Fact]
    public async Task A_cleanup_that_finds_nothing_says_so_only_to_who_debugs()
    {
        await using var manager = _process.Open();
        await manager.AcquireAsync(new LockRequest("a", "x"));
        var result = await manager.CleanupStaleLocksAsync();
        Assert.Empty(result.Removed);
        Assert.Equal([(LogLevel.Debug, "No lock had to be cleaned up")], _process.Log.Lines);
    }

    [Fact]
    public async Task Expired_and_dead_locks_are_counted_shown_and_removed_and_each_is_logged()
    {
        await using var manager = _process.Open();
        await StaleAsync(manager, "x", "y");
        var gone = _process.Open();
        await gone.AcquireAsync(new LockRequest("live", "z"));
        Assert.Equal(2, await manager.CountStaleLocksAsync());
        Assert.Equal(["path:x", "path:y"], (await manager.CleanupStaleLocksAsync(dryRun: true)).Removed.Select(l => l.Resource));
        Assert.Equal(2, await manager.CountStaleLocksAsync());
        var result = await manager.CleanupStaleLocksAsync();
        Assert.Equal(["path:x", "path:y"], result.Removed.Select(l => l.Resource).Order());
        Assert.Equal("path:z", Assert.Single(await manager.ListAsync()).Resource);
        Assert.Equal(
            ["Removed the lock on path:x of a (Expired)", "Removed the lock on path:y of a (Expired)", "Clean-up: 2 removed, 0 pending, 0 failed"],
            _process.Log.Lines.Where(l => l.Level == LogLevel.Information).Select(l => l.Message));
        Assert.Empty((await manager.CleanupStaleLocksAsync()).Removed);
        await gone.DisposeAsync();
    }

    [Fact]
    public async Task An_old_lock_that_cannot_be_read_is_counted_shown_set_aside_and_logged_and_a_young_one_stays()
    {
        await using var manager = _process.Open();
        await StaleAsync(manager, "x");
        // The second has a name too long to be read back, so nothing tells which lock it was.
        string known = Plant("path:old"), hashed = Plant("path:" + new string('n', 300));
        _process.Clock.AdvanceUnnoticed(TimeSpan.FromHours(24));
        string young = Plant("path:young");
        string?[] meant = [null, "path:old", "path:x"];
        Assert.Equal(3, await manager.CountStaleLocksAsync());
        Assert.Equal(meant, (await manager.CleanupStaleLocksAsync(dryRun: true)).Removed.Select(l => l.Resource));
        Assert.Equal(3, await manager.CountStaleLocksAsync());
        var result = await manager.CleanupStaleLocksAsync();
        Assert.Equal(meant, result.Removed.Select(l => l.Resource).Order());
        Assert.Empty(result.Failed);
        foreach (string name in new[] { "path:old", hashed })
            Assert.Single(_process.Log.Lines, l => l == (LogLevel.Information, $"Removed the lock on {name} of unreadable (Expired)"));
        Assert.Contains(_process.Log.Lines, l => l.Message == "Clean-up: 3 removed, 0 pending, 0 failed");
        Assert.Equal([young], _process.Memory.Files.Names.Where(f => f == known || f == hashed || f == young));
        Assert.Equal(2, _process.Memory.Files.Names.Count(f => f.Contains("/corrupt/", StringComparison.Ordinal)));
        Assert.Empty((await manager.CleanupStaleLocksAsync()).Removed);
        Assert.Equal(0, await manager.CountStaleLocksAsync());
    }

    [Fact]
    public async Task What_was_removed_before_it_was_cancelled_is_logged()
    {
        await using var manager = _process.Open();
        await StaleAsync(manager, [.. Enumerable.Range(0, 33).Select(i => $"file{i}")]);
        using var stop = new CancellationTokenSource();
        await using var cleaner = _process.Open(inner => new WrappedStore(inner) { After = stop.Cancel });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cleaner.CleanupStaleLocksAsync(cancellationToken: stop.Token));
        Assert.Equal(32, _process.Log.Lines.Count(l => l.Level == LogLevel.Information && l.Message.StartsWith("Removed the lock", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task One_that_fails_does_not_stop_its_neighbours()
    {
        await using var manager = _process.Open();
        await StaleAsync(manager, "x", "y", "z");
        // Another program replaced one by something newer after we looked; only that one fails.
        WrappedStore? store = null;
        string file = _process.Memory.FileOf("path:y");
        await using var cleaner = _process.Open(inner => store = new WrappedStore(inner));
        store!.Before = () => _process.Memory.Files.File.WriteAllText(file, "{\"version\":2}\n");
        var result = await cleaner.CleanupStaleLocksAsync();
        Assert.Equal(["path:x", "path:z"], result.Removed.Select(l => l.Resource).Order());
        Assert.Equal("path:y", Assert.Single(result.Failed).Resource);
        Assert.Contains(_process.Log.Lines, l => l.Level == LogLevel.Error && l.Message.Contains("path:y", StringComparison.Ordinal));
        Assert.Contains(_process.Log.Lines, l => l.Message.StartsWith("Clean-up: 2 removed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_locks_of_an_agent_end_at_once_without_a_session_and_as_a_break_with_one()
    {
        await using var manager = _process.Open();
        await using var other = _process.Open();
        await manager.TryAcquireAsync(new LockRequest("a", "x") { OutlivesProcess = true });
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "y"));
        await using var untouched = await manager.AcquireAsync(new LockRequest("b", "z"));
        var result = await other.CleanupAgentLocksAsync("a", by: "boss");
        Assert.Equal("path:x", Assert.Single(result.Removed).Resource);
        Assert.Equal("path:y", Assert.Single(result.Pending).Resource);
        Assert.Contains((LogLevel.Information, "Asked a to give up the lock on path:y"), _process.Log.Lines);
        _process.Clock.Advance(TimeSpan.FromSeconds(2.1));
        await Eventually.TrueAsync(() => handle.LeaseLost.IsCancellationRequested);
        untouched.ThrowIfLost();
    }

    [Fact]
    public async Task An_age_ends_old_leases_without_a_session_and_leaves_live_sessions_alone()
    {
        await using var manager = _process.Open();
        await manager.TryAcquireAsync(new LockRequest("a", "old") { OutlivesProcess = true, Ttl = TimeSpan.FromHours(1) });
        await using var handle = await manager.AcquireAsync(new LockRequest("a", "kept") { Ttl = TimeSpan.FromHours(1) });
        _process.Clock.AdvanceUnnoticed(TimeSpan.FromMinutes(10));
        await manager.TryAcquireAsync(new LockRequest("a", "young") { OutlivesProcess = true, Ttl = TimeSpan.FromHours(1) });
        var result = await manager.CleanupStaleLocksAsync(TimeSpan.FromMinutes(10));
        Assert.Equal("path:old", Assert.Single(result.Removed).Resource);
        Assert.Equal(2, (await manager.ListAsync()).Count);
    }

    /// <summary>A file that is no lock, in the place of one.</summary>
    private string Plant(string resource)
    {
        string file = _process.Memory.FileOf(resource);
        _process.Memory.Files.File.WriteAllText(file, "nonsense\n");
        return file;
    }

    private async Task StaleAsync(LockManager manager, params string[] resources)
    {
        await manager.TryAcquireAsync(new LockRequest("a", resources) { OutlivesProcess = true, Ttl = TimeSpan.FromSeconds(1) });
        _process.Clock.Advance(TimeSpan.FromSeconds(1));
    }
}
