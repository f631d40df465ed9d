using System.IO.Abstractions;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using SwarmLocks.FileStore;
using SwarmLocks.Platform;
using SwarmLocks.Policy;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Platform;

/// <summary>Waiting for the guard in the line of the real kernel.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class KernelLineTests : IAsyncLifetime, IDisposable
{
    private readonly TempTree _tree = new();
    private readonly FileLockStore _store;

    public KernelLineTests() => _store = Open();

    private string Guard => Path.Combine(_tree.Store, "guard");

    public Task InitializeAsync() => LookAsync(_store, StoreExtensions.Patience, CancellationToken.None);

    public async Task DisposeAsync() => await _store.DisposeAsync();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public async Task Whoever_waits_gets_in_when_the_guard_is_let_go()
    {
        Task waiting;
        using (Hold())
        {
            waiting = LookAsync(_store, StoreExtensions.Patience, CancellationToken.None);
            Assert.False(waiting.IsCompleted);
        }
        await waiting;
        Hold().Dispose();
    }

    [Fact]
    public async Task Whoever_gives_up_leaves_no_lock_behind()
    {
        using (var held = Hold())
        {
            Assert.Equal(StoreProblem.Busy, (await Assert.ThrowsAsync<LockStoreException>(() => LookAsync(_store, TimeSpan.FromMilliseconds(120), CancellationToken.None))).Problem);
            using var cancel = new CancellationTokenSource();
            var waiting = LookAsync(_store, StoreExtensions.Patience, cancel.Token);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
            // It waits again, behind those that it gave up.
            waiting = LookAsync(_store, StoreExtensions.Patience, CancellationToken.None);
            held.Dispose();
            await waiting;
        }
        await Eventually.TrueAsync(() => CanHold());
    }

    [Fact]
    public async Task Whoever_waits_before_the_guard_of_a_deleted_store_turns_to_the_new_one()
    {
        using var old = Hold();
        var waiting = LookAsync(_store, StoreExtensions.Patience, CancellationToken.None);
        // All at once: whoever waits makes the store anew as soon as the guard is gone.
        Directory.Move(_tree.Store, _tree.Store + "-deleted");
        await using var other = Open();
        await LookAsync(other, StoreExtensions.Patience, CancellationToken.None);
        await waiting;
    }

    [Fact]
    public async Task A_store_that_is_closed_while_somebody_waits_lets_the_guard_go()
    {
        using (var held = Hold())
        {
            var waiting = LookAsync(_store, StoreExtensions.Patience, CancellationToken.None);
            var closing = _store.DisposeAsync();
            held.Dispose();
            await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
            await closing;
        }
        await Eventually.TrueAsync(() => CanHold());
    }

    [Fact]
    public async Task Whoever_never_had_the_guard_stands_in_the_same_line()
    {
        // Its clock stands still: by itself it would not ask a second time.
        await using var newcomer = Open(new FakeClock());
        Task waiting;
        using (Hold())
        {
            waiting = LookAsync(newcomer, StoreExtensions.Patience, CancellationToken.None);
            if (File.Exists("/proc/locks"))
                await Eventually.TrueAsync(() => File.ReadLines("/proc/locks").Any(line => line.Contains(" -> FLOCK ", StringComparison.Ordinal) && line.Contains($" {Environment.ProcessId} ", StringComparison.Ordinal)));
        }
        await waiting;
        await Eventually.TrueAsync(() => CanHold());
    }

    private FileLockStore Open(TimeProvider? time = null) => new(
        new FileSystem(), SystemPlatform.Current, time ?? TimeProvider.System, new StoreLocation(_tree.Root, _tree.Store, Path.Combine(_tree.Root, ".git")), NullLogger.Instance, 1 << 20,
        childrenKeepSession: false);

    private FileStream Hold() => new(Guard, FileMode.Open, FileAccess.ReadWrite, FileShare.None);

    private bool CanHold()
    {
        try
        {
            Hold().Dispose();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>On another thread: this one may be blocked for a moment.</summary>
    private static Task LookAsync(FileLockStore store, TimeSpan bound, CancellationToken cancellationToken) =>
        Task.Run(async () => await store.TransactAsync(LockScope.All, bound, _ => new Decision<bool>(true), cancellationToken), CancellationToken.None);
}
