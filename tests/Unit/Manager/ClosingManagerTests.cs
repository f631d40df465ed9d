using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Manager;

/// <summary>A manager that is closed while something of it is under way.</summary>
public sealed class ClosingManagerTests
{
    private readonly MemoryManagers _process = new();

    [Fact]
    public async Task A_release_on_its_way_is_waited_for_and_the_lock_is_given_back_properly()
    {
        var manager = _process.Open();
        var handle = await manager.AcquireAsync(new LockRequest("a", "task:t"));
        Task releasing, closing;
        using (_process.HoldGuard())
        {
            releasing = handle.DisposeAsync().AsTask();
            closing = manager.DisposeAsync().AsTask();
            await _process.PassAsync(TimeSpan.FromSeconds(1));
            Assert.False(releasing.IsCompleted || closing.IsCompleted);
        }
        await Eventually.TrueAsync(() => closing.IsCompleted && releasing.IsCompleted, _process.Clock);
        await Task.WhenAll(releasing, closing);
        await GivenBackAsync("task:t");
    }

    [Fact]
    public async Task Whoever_closes_it_a_second_time_waits_for_the_first()
    {
        var manager = _process.Open();
        await manager.AcquireAsync(new LockRequest("a", "task:t"));
        Task first, second;
        using (_process.HoldGuard())
        {
            first = manager.DisposeAsync().AsTask();
            second = manager.DisposeAsync().AsTask();
            await _process.PassAsync(TimeSpan.FromSeconds(1));
            Assert.False(first.IsCompleted || second.IsCompleted);
        }
        await Eventually.TrueAsync(() => first.IsCompleted && second.IsCompleted, _process.Clock);
        await Task.WhenAll(first, second);
        await manager.DisposeAsync();
        await GivenBackAsync("task:t");
    }

    [Fact]
    public async Task A_grant_on_its_way_is_given_back()
    {
        WrappedStore? store = null;
        var manager = _process.Open(inner => store = new WrappedStore(inner));
        Task? closing = null;
        store!.After = () => closing ??= manager.DisposeAsync().AsTask();
        var handle = await manager.AcquireAsync(new LockRequest("a", "task:t"));
        await closing!;
        Assert.True(handle.LeaseLost.IsCancellationRequested);
        Assert.Contains("closed", handle.LossReason, StringComparison.Ordinal);
        await handle.DisposeAsync();
        await GivenBackAsync("task:t");
    }

    [Fact]
    public async Task Who_waits_is_told_at_once_and_leaves_the_line()
    {
        await using var holder = _process.Open();
        await using var handle = await holder.AcquireAsync(new LockRequest("a", "x"));
        var manager = _process.Open();
        var inLine = manager.AcquireAsync(new LockRequest("b", "x") { Wait = Timeout.InfiniteTimeSpan });
        var untilFree = manager.WaitUntilFreeAsync(["x"], Timeout.InfiniteTimeSpan);
        await Eventually.TrueAsync(() => holder.WhoHasAsync("x").Result.Waiting.Count == 1);
        // The clock stands still: nobody goes on by himself.
        await manager.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => inLine);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => untilFree);
        Assert.Empty(_process.Memory.Files.Directory.EnumerateFiles(_process.Memory.Data + "/waiting"));
    }

    [Fact]
    public async Task A_closed_manager_answers_nothing_any_more()
    {
        var manager = _process.Open();
        await (await manager.AcquireAsync(new LockRequest("a", "x"))).DisposeAsync();
        await manager.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => manager.TryAcquireAsync(new LockRequest("a", "x")));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => manager.AcquireAsync(new LockRequest("a", "x") { Wait = TimeSpan.FromSeconds(1) }));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => manager.WaitUntilFreeAsync(["x"], TimeSpan.Zero));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => manager.ListAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => manager.WhoHasAsync("x"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => manager.CheckAsync("a", ["x"]));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => manager.HistoryAsync(new HistoryQuery()));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => manager.ReleaseAllAsync("a"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => manager.CleanupStaleLocksAsync());
    }

    /// <summary>Not left to a takeover, which would count as an abandonment.</summary>
    private async Task GivenBackAsync(string resource)
    {
        await using var other = _process.Open();
        Assert.Empty(await other.ListAsync());
        Assert.False(_process.Memory.Files.File.Exists(_process.Memory.FileOf(resource)));
        Assert.DoesNotContain(_process.Log.Lines, line => line.Message.Contains("could not be released", StringComparison.Ordinal));
    }
}
