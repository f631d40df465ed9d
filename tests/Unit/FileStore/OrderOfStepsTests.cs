using System.Reflection;
using SwarmLocks.FileStore;
using SwarmLocks.Policy;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.FileStore;

/// <summary>What must come before what inside a transaction, seen by somebody who looks between two steps.</summary>
public sealed class OrderOfStepsTests
{
    private readonly MemoryStore _memory = new();

    [Fact]
    public async Task A_session_is_locked_before_a_record_names_it()
    {
        await using var other = _memory.Open();
        await other.LookAsync();
        await using var store = Watched(out var disk);
        bool locked = false;
        disk.OnOpen = (path, _) =>
        {
            if (IsLock(path))
                locked = Record.Exception(() => _memory.Files.File.ReadAllBytes($"{_memory.Data}/sessions/{store.SessionId}")) is IOException and not FileNotFoundException;
        };
        await store.WriteAsync(Records.Held(_memory.Now, "path:a", session: store.SessionId));
        Assert.True(locked, "whoever had read the record before the session was there would have to take its holder for unknown");
    }

    [Fact]
    public async Task A_reader_between_the_making_and_the_writing_of_a_record_neither_fails_nor_hinders()
    {
        await using var reader = _memory.Open();
        await reader.LookAsync();
        await using var store = Watched(out var disk);
        LockView? seen = null;
        disk.OnOpen = (path, mode) =>
        {
            if (IsLock(path) && mode == FileMode.CreateNew)
                seen = reader.Read(LockScope.All);
        };
        await store.WriteAsync(Records.Held(_memory.Now, "path:a"));
        Assert.Empty(seen!.Records);
        Assert.Empty(seen.Unreadable);
        Assert.Single(reader.Read(LockScope.All).Records);
    }

    [Fact]
    public async Task A_reader_while_a_record_is_being_rewritten_sees_the_old_one()
    {
        await using var reader = _memory.Open();
        await using var store = Watched(out var disk);
        await store.WriteAsync(Records.Held(_memory.Now, "path:a", agent: "old"));
        LockView? seen = null;
        disk.OnOpen = (path, _) =>
        {
            if (path.StartsWith(_memory.Data, StringComparison.Ordinal))
                seen ??= reader.Read(LockScope.All);
        };
        await store.WriteAsync(Records.Held(_memory.Now, "path:a", agent: "new"));
        Assert.Equal("old", seen!.Records.Single().Holders.Single().Agent);
        Assert.Equal("new", reader.Read(LockScope.All).Records.Single().Holders.Single().Agent);
    }

    [Fact]
    public async Task A_lease_that_runs_out_while_it_is_being_read_has_run_out()
    {
        await using var store = Watched(out var disk);
        await store.WriteAsync(Records.Held(_memory.Now, "path:a", ttl: TimeSpan.FromSeconds(5)));
        disk.OnRead = path =>
        {
            if (IsLock(path))
                _memory.Clock.AdvanceUnnoticed(TimeSpan.FromSeconds(6));
        };
        var view = await store.LookAsync();
        Assert.Equal(LeaseState.Expired, view.StateOf(view.Records.Single().Holders.Single()));
    }

    /// <summary>Whoever dies in between leaves less than there was, and never two who exclude each other.</summary>
    [Fact]
    public async Task What_stands_in_the_way_is_gone_before_what_replaces_it_is_there()
    {
        await using var store = Watched(out var disk);
        await store.WriteAsync(Records.Held(_memory.Now, "glob:src/*", "old"));
        bool? isThere = null;
        disk.OnOpen = (path, mode) =>
        {
            if (IsLock(path) && mode == FileMode.CreateNew)
                isThere = _memory.Files.File.Exists(_memory.FileOf("glob:src/*"));
        };
        await store.WriteAsync(view =>
        {
            var changes = Records.Writing(Records.Held(view.Now, "path:src/a", "new"));
            changes.Delete(Records.Resource("glob:src/*"));
            return changes;
        });
        Assert.False(isThere);
    }

    private static bool IsLock(string path) => path.Contains("/locks/", StringComparison.Ordinal);

    private FileLockStore Watched(out WatchedFileSystem disk)
    {
        disk = new WatchedFileSystem(_memory.Files);
        return _memory.Open(disk: disk);
    }

    private sealed class WatchedFileSystem(MemoryFileSystem inner) : InterceptedFileSystem(inner)
    {
        /// <summary>After a stream was opened, and before anything was written to it.</summary>
        public Action<string, FileMode> OnOpen { get; set; } = (_, _) => { };

        /// <summary>After a file was read.</summary>
        public Action<string> OnRead { get; set; } = _ => { };

        protected override Stream OpenStream(MethodInfo method, object?[] arguments)
        {
            var stream = base.OpenStream(method, arguments);
            OnOpen((string)arguments[0]!, (FileMode)arguments[1]!);
            return stream;
        }

        protected override object? OnCall(MethodInfo method, object?[] arguments, Func<object?> call)
        {
            object? result = call();
            if (method.Name == "ReadAllBytes")
                OnRead((string)arguments[0]!);
            return result;
        }
    }
}
