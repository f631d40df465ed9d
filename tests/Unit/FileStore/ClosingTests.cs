using System.IO.Abstractions;
using System.Reflection;
using SwarmLocks.FileStore;
using SwarmLocks.Policy;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.FileStore;

/// <summary>A store that is closed while somebody has its guard: what he began he ends, and nothing stays open.</summary>
public sealed class ClosingTests
{
    private readonly MemoryStore _memory = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whoever_is_inside_ends_what_he_began_journal_and_all(bool tellsFilesApart)
    {
        _memory.Platform.TellsFilesApart = tellsFilesApart;
        var disk = new ClosingDisk(_memory.Files);
        var store = _memory.Open(disk: disk);
        await WriteAsync(store, "path:a");
        Task? closing = null;
        disk.OnNewRecord = () => closing = store.DisposeAsync().AsTask();
        await WriteAsync(store, "path:b");
        await closing!;

        await using var other = _memory.Open();
        Assert.Equal(["path:a", "path:b"], other.ReadJournal().Select(e => e.Resource));
        // Nothing of it keeps anybody out.
        Assert.Equal(2, (await other.LookAsync()).Records.Count);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => WriteAsync(store, "path:c"));
        await other.LookAsync();
    }

    private Task WriteAsync(FileLockStore store, string resource) => store.WriteAsync(view =>
    {
        var record = Records.Held(_memory.Now, resource);
        return new LockChanges
        {
            Writes = [record],
            Events = [new LockEvent(0, view.Now.Wall, LockEventKind.Acquired, resource, "a", LeaseId: null, FencingToken: null, By: null, Why: null)],
        };
    });

    /// <summary>Does something right before a record is made.</summary>
    private sealed class ClosingDisk(IFileSystem inner) : InterceptedFileSystem(inner)
    {
        public Action? OnNewRecord { get; set; }

        protected override object? OnCall(MethodInfo method, object?[] arguments, Func<object?> call)
        {
            if (arguments is [string path, ..] && path.Contains("/locks/", StringComparison.Ordinal) && method.Name == "Create")
                OnNewRecord?.Invoke();
            return call();
        }
    }
}
