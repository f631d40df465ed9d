using System.IO.Abstractions;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging.Abstractions;
using SwarmLocks.FileStore;
using SwarmLocks.Platform;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.FileStore;

/// <summary>Whoever waits hears of what another process does, on the real disk.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ChangeSignalTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Ages = TimeSpan.FromHours(1);
    private static readonly LockResource A = Records.Resource("path:a");

    private readonly TempTree _tree = new();
    private readonly FileLockStore _store;
    private readonly FileLockStore _other;

    public ChangeSignalTests() => (_store, _other) = (Open(), Open());

    public async Task InitializeAsync()
    {
        await _other.WriteAsync(view => Records.Writing(Records.Held(view.Now, "path:a", session: _other.SessionId)));
        await _store.LookAsync();
    }

    public async Task DisposeAsync()
    {
        await _other.DisposeAsync();
        await _store.DisposeAsync();
    }

    public void Dispose() => _tree.Dispose();

    [Fact]
    public async Task A_lock_that_another_gives_back_is_heard_of()
    {
        using var watch = _store.Watch(new ChangeInterest([A], [], Behind: null));
        var waiting = watch.WaitAsync(Ages, CancellationToken.None).AsTask();
        await _other.WriteAsync(_ =>
        {
            var changes = new SwarmLocks.Policy.LockChanges();
            changes.Delete(A);
            return changes;
        });
        Assert.True(await waiting.WaitAsync(StoreExtensions.Patience));
    }

    [Fact]
    public async Task A_lock_that_another_writes_anew_is_heard_of()
    {
        using var watch = _store.Watch(new ChangeInterest([A], [], Behind: null));
        var waiting = watch.WaitAsync(Ages, CancellationToken.None).AsTask();
        await _other.WriteAsync(view => Records.Writing(Records.Held(view.Now, "path:a", token: 2)));
        Assert.True(await waiting.WaitAsync(StoreExtensions.Patience));
    }

    [Fact]
    public async Task The_end_of_a_holder_is_heard_of()
    {
        using var watch = _store.Watch(new ChangeInterest([], [_other.SessionId, "../../guard"], Behind: null));
        var waiting = watch.WaitAsync(Ages, CancellationToken.None).AsTask();
        await _other.DisposeAsync();
        Assert.True(await waiting.WaitAsync(StoreExtensions.Patience));
    }

    [Fact]
    public async Task Whoever_leaves_the_line_is_heard_of_by_the_next()
    {
        await _other.WriteAsync(view =>
        {
            var changes = new SwarmLocks.Policy.LockChanges();
            changes.WriteWaiter(Records.Waiter(view.Now, 7, "b", session: null, "path:a"));
            return changes;
        });
        using var watch = _store.Watch(new ChangeInterest([], [], Behind: 7));
        var waiting = watch.WaitAsync(Ages, CancellationToken.None).AsTask();
        await _other.WriteAsync(_ =>
        {
            var changes = new SwarmLocks.Policy.LockChanges();
            changes.DeleteWaiter(7);
            return changes;
        });
        Assert.True(await waiting.WaitAsync(StoreExtensions.Patience));
    }

    [Fact]
    public async Task Where_the_system_tells_of_folders_only_they_are_listened_to()
    {
        string file = Path.Combine(_tree.Root, "some.json"), other = Path.Combine(_tree.Root, "other.json");
        await File.WriteAllTextAsync(file, "");
        await File.WriteAllTextAsync(other, "");
        using var notices = new FolderNotices(new FileSystem(), _tree.Root);
        using var signal = new ChangeSignal(_ => notices, TimeProvider.System, paused: () => { });
        using var watch = signal.Watch([file], _tree.Root);
        using var deaf = signal.Watch(["elsewhere"], _tree.Root);
        signal.Watch([file], _tree.Root).Dispose();
        var waiting = watch.WaitAsync(Ages, CancellationToken.None).AsTask();
        File.Delete(other);
        File.Delete(file);
        Assert.True(await waiting.WaitAsync(StoreExtensions.Patience));
        Assert.False(await deaf.WaitAsync(TimeSpan.Zero, CancellationToken.None));
    }

    [Fact]
    public void Where_a_folder_cannot_be_listened_to_nothing_is_told()
    {
        using var notices = new FolderNotices(new FileSystem(), Path.Combine(_tree.Root, "missing"));
        Assert.Null(notices.Tell("file", () => { }));
    }

    private FileLockStore Open() => new(
        new FileSystem(), SystemPlatform.Current, TimeProvider.System, new StoreLocation(_tree.Root, _tree.Store, Path.Combine(_tree.Root, ".git")), NullLogger.Instance, 1 << 20, childrenKeepSession: false);
}
