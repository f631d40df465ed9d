using System.IO.Abstractions;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using SwarmLocks.FileStore;
using SwarmLocks.Platform;
using SwarmLocks.Policy;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.FileStore;

/// <summary>Waiting for the guard, in a line that the real kernel keeps.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class GuardLineTests : IAsyncLifetime, IDisposable
{
    /// <summary>Longer than any test waits: whoever waits for so long waits in vain.</summary>
    private static readonly TimeSpan Ages = TimeSpan.FromHours(1);

    private readonly TempTree _tree = new();
    private readonly FileLockStore _store;

    public GuardLineTests() => _store = Open();

    private string Guard => Path.Combine(_tree.Store, "guard");

    private string Line => Guard + ".line";

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
            await Eventually.TrueAsync(IsSomebodyFirst);
            Assert.False(waiting.IsCompleted);
        }
        await waiting;
        Hold().Dispose();
        Hold(Line).Dispose();
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
            Assert.True(CanHold(Line));
            waiting = LookAsync(_store, StoreExtensions.Patience, CancellationToken.None);
            held.Dispose();
            await waiting;
        }
        Assert.True(CanHold());
        Assert.True(CanHold(Line));
    }

    [Fact]
    public async Task Whoever_was_in_line_for_a_lock_stands_in_no_line_before_the_guard()
    {
        await File.WriteAllTextAsync(Line, "");
        using (var watch = _store.Watch(interest: null))
            await watch.WaitAsync(TimeSpan.FromMilliseconds(1), CancellationToken.None);
        using var first = Hold(Line);
        Task waiting;
        using (Hold())
        {
            waiting = LookAsync(_store, Ages, CancellationToken.None);
            await Eventually.TrueAsync(() =>
            {
                Assert.False(IsAnyoneBlockedBy(Line));
                return IsAnyoneBlockedBy(Guard);
            });
        }
        await waiting.WaitAsync(StoreExtensions.Patience);
    }

    [Fact]
    public async Task Nobody_waits_for_a_first_one_that_was_stopped()
    {
        await File.WriteAllTextAsync(Line, "");
        using var stopped = Hold(Line);
        Task waiting;
        using (Hold())
        {
            waiting = LookAsync(_store, Ages, CancellationToken.None);
            await Eventually.TrueAsync(() => IsAnyoneBlockedBy(Line));
        }
        await waiting.WaitAsync(StoreExtensions.Patience);
    }

    [Fact]
    public async Task Whoever_is_the_first_and_does_not_get_in_waits_in_the_kernel()
    {
        Task waiting;
        using (Hold())
        {
            waiting = LookAsync(_store, StoreExtensions.Patience, CancellationToken.None);
            await Eventually.TrueAsync(() => IsAnyoneBlockedBy(Guard));
            Assert.True(IsSomebodyFirst());
        }
        await waiting;
        Assert.True(CanHold(Line));
    }

    [Fact]
    public async Task One_after_the_other_is_the_first()
    {
        var (one, other) = (OpenLine(), OpenLine());
        await StandAsync(one);
        // Once is enough.
        await StandAsync(one);
        Assert.False(CanHold(Line));
        var standing = StandAsync(other);
        await Eventually.TrueAsync(() => IsAnyoneBlockedBy(Line));
        one.Leave();
        await standing;
        Assert.False(CanHold(Line));
        standing = StandAsync(one);
        await Eventually.TrueAsync(() => IsAnyoneBlockedBy(Line));
        other.Close();
        await standing;
        Assert.False(CanHold(Line));
        one.Leave();
        Assert.True(CanHold(Line));
    }

    [Fact]
    public async Task Whoever_gives_up_its_place_in_line_leaves_none_behind()
    {
        var (first, other) = (OpenLine(), OpenLine());
        await StandAsync(first);
        using var cancel = new CancellationTokenSource();
        var standing = StandAsync(other, cancel.Token);
        await Eventually.TrueAsync(() => IsAnyoneBlockedBy(Line));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => standing);
        other.Leave();
        first.Leave();
        await Eventually.TrueAsync(() => CanHold(Line));
        await StandAsync(other);
        Assert.False(CanHold(Line));
        other.Close();
        first.Close();
        Assert.True(CanHold(Line));
    }

    [Fact]
    public async Task Where_the_line_cannot_be_opened_nobody_stands_in_it()
    {
        Directory.CreateDirectory(Line);
        await StandAsync(OpenLine());
        Directory.Delete(Line);
        File.CreateSymbolicLink(Line, Path.Combine(_tree.Root, "elsewhere"));
        await StandAsync(OpenLine());
        Assert.False(File.Exists(Path.Combine(_tree.Root, "elsewhere")));
        await LookAsync(_store, StoreExtensions.Patience, CancellationToken.None);
    }

    [Fact]
    public async Task Whoever_waits_before_the_guard_of_a_deleted_store_turns_to_the_new_one()
    {
        using var old = Hold();
        var waiting = LookAsync(_store, Ages, CancellationToken.None);
        // All at once: whoever waits makes the store anew as soon as the guard is gone.
        Directory.Move(_tree.Store, _tree.Store + "-deleted");
        await using var other = Open();
        await LookAsync(other, StoreExtensions.Patience, CancellationToken.None);
        await waiting.WaitAsync(StoreExtensions.Patience);
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
            await Eventually.TrueAsync(IsSomebodyFirst);
        }
        await waiting;
        await Eventually.TrueAsync(() => CanHold());
    }

    private FileLockStore Open(TimeProvider? time = null) => new(
        new FileSystem(), SystemPlatform.Current, time ?? TimeProvider.System, new StoreLocation(_tree.Root, _tree.Store, Path.Combine(_tree.Root, ".git")), NullLogger.Instance, 1 << 20,
        childrenKeepSession: false);

    /// <summary>Its clock stands still, so it trusts in the line for ever.</summary>
    private GuardLine OpenLine() => new(SystemPlatform.Current, new FakeClock(), Line);

    private static Task StandAsync(GuardLine line, CancellationToken cancellationToken = default) =>
        Task.Run(async () => await line.StandAsync(StoreExtensions.Patience, cancellationToken), CancellationToken.None);

    private bool IsSomebodyFirst() => File.Exists(Line) && !CanHold(Line);

    private static bool IsAnyoneBlockedBy(string file) =>
        SystemPlatform.Current.MarkAt(file) is { } mark && File.ReadLines("/proc/locks").Any(line => line.Contains(" -> FLOCK ", StringComparison.Ordinal) && line.Contains($":{mark.Id.Number} ", StringComparison.Ordinal));

    private FileStream Hold(string? file = null) => new(file ?? Guard, FileMode.Open, FileAccess.ReadWrite, FileShare.None);

    private bool CanHold(string? file = null)
    {
        try
        {
            Hold(file).Dispose();
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
