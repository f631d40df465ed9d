using Microsoft.Extensions.Logging;
using SwarmLocks.FileStore;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Manager;

/// <summary>Clean-ups that cannot do all they should: because of the store as a whole, or because of one lock.</summary>
public sealed class CleanupFailureTests
{
    private readonly MemoryManagers _process = new();

    [Theory]
    [InlineData(StoreProblem.Busy, 1)]
    [InlineData(StoreProblem.Untrusted, 1)]
    [InlineData(StoreProblem.Moved, 1)]
    [InlineData(StoreProblem.Unavailable, 2)]
    [InlineData(StoreProblem.NewerVersion, 2)]
    public async Task A_store_that_lets_nobody_in_is_asked_no_more_and_what_is_left_has_failed(StoreProblem problem, int vainly)
    {
        await LeaveStaleAsync(40);
        int asked = 0;
        await using var cleaner = _process.Open(inner => new WrappedStore(inner) { Before = () => Refuse(++asked > 1, problem) });
        var result = await cleaner.CleanupStaleLocksAsync();
        Assert.Equal((32, 8), (result.Removed.Count, result.Failed.Count));
        Assert.Equal(40, result.Removed.Select(l => l.Resource).Concat(result.Failed.Select(f => f.Resource)).Distinct().Count());
        Assert.All(result.Failed, f => Assert.Equal("planted", f.Why));
        Assert.Equal(1 + vainly, asked);
    }

    [Theory]
    [InlineData(StoreProblem.Busy, 40)]
    [InlineData(StoreProblem.Busy, 0)]
    [InlineData(StoreProblem.Unavailable, 40)]
    [InlineData(StoreProblem.Unavailable, 0)]
    [InlineData(StoreProblem.NewerVersion, 40)]
    [InlineData(StoreProblem.Untrusted, 40)]
    [InlineData(StoreProblem.Moved, 40)]
    public async Task A_store_that_lets_nobody_in_at_all_is_the_error_and_no_lock_has_failed(StoreProblem problem, int stale)
    {
        await LeaveStaleAsync(stale);
        await using var cleaner = _process.Open(inner => new WrappedStore(inner) { Before = () => Refuse(true, problem) });
        var error = await Assert.ThrowsAsync<LockStoreException>(() => cleaner.CleanupStaleLocksAsync());
        Assert.Equal((problem, "planted"), (error.Problem, error.Message));
        if (stale > 0)
            await Assert.ThrowsAsync<LockStoreException>(() => cleaner.CleanupAgentLocksAsync("a"));
        Assert.DoesNotContain(_process.Log.Lines, l => l.Level == LogLevel.Error);
    }

    [Fact]
    public async Task A_failed_sweep_after_something_was_removed_is_logged_and_is_no_failed_lock()
    {
        await LeaveStaleAsync(1);
        int asked = 0;
        await using var cleaner = _process.Open(inner => new WrappedStore(inner) { Before = () => Refuse(++asked > 1, StoreProblem.Busy) });
        var result = await cleaner.CleanupStaleLocksAsync();
        Assert.Single(result.Removed);
        Assert.Empty(result.Failed);
        Assert.Single(_process.Log.Lines, (LogLevel.Error, "What ended processes left in the store could not be removed: planted"));
    }

    [Fact]
    public async Task A_lock_that_would_grow_too_large_does_not_stop_its_neighbours()
    {
        await using var holder = _process.Memory.Open();
        await holder.WriteAsync(view =>
        {
            var full = Records.Held(view.Now, "path:y", session: holder.SessionId);
            var entry = full.Holders[0] with { Reason = "" };
            entry = entry with { Reason = new string('r', LockFileFormat.MaxBytes - LockFileFormat.ToBytes(full with { Holders = [entry] }).Length) };
            return Records.Writing(Records.Held(view.Now, "path:x"), full with { Holders = [entry] }, Records.Held(view.Now, "path:z"));
        });
        await using var cleaner = _process.Open();
        var result = await cleaner.CleanupAgentLocksAsync("a", by: "boss");
        Assert.Equal(["path:x", "path:z"], result.Removed.Select(l => l.Resource).Order());
        Assert.Contains("1 MiB", Assert.Single(result.Failed, f => f.Resource == "path:y").Why, StringComparison.Ordinal);
        Assert.Equal("path:y", Assert.Single(await cleaner.ListAsync()).Resource);
    }

    [Fact]
    public async Task Whoever_cleans_up_is_named_like_any_agent()
    {
        await LeaveStaleAsync(1);
        await using var cleaner = _process.Open();
        foreach (string by in new[] { "", "boss\n!", new string('b', 129) })
        {
            await Assert.ThrowsAsync<LockUsageException>(() => cleaner.CleanupStaleLocksAsync(by: by));
            await Assert.ThrowsAsync<LockUsageException>(() => cleaner.CleanupAgentLocksAsync("a", by: by));
        }
        Assert.Single(await cleaner.ListAsync());
    }

    private static void Refuse(bool isRefused, StoreProblem problem)
    {
        if (isRefused)
            throw new LockStoreException(problem, "planted");
    }

    private async Task LeaveStaleAsync(int count)
    {
        await using var store = _process.Memory.Open();
        await store.WriteAsync(view => Records.Writing([.. Enumerable.Range(0, count).Select(i => Records.Held(view.Now, $"path:file{i}", ttl: TimeSpan.Zero))]));
    }
}
