using System.IO.Abstractions;
using System.Reflection;
using SwarmLocks.Policy;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.FileStore;

/// <summary>Readers do not open again what has not changed: what has must never be missed.</summary>
public sealed class ReaderMemoryTests
{
    private static readonly LockScope Request = LockScope.Request([Records.Resource("path:src/a.cs")]);
    private readonly MemoryStore _memory = new();

    /// <summary>Each change at once, and after a look at what is long the same; on a disk that knows only seconds, too.</summary>
    [Theory]
    [InlineData(0.0000001)]
    [InlineData(2)]
    public async Task Whatever_changes_between_two_looks_is_seen_by_the_second(double tickSeconds)
    {
        _memory.Files.Tick = TimeSpan.FromSeconds(tickSeconds);
        await using var store = _memory.Open();
        await using var reader = _memory.Open();
        foreach (double pause in (double[])[0, 0.1, 1, 10])
        {
            await ChangeAsync(view => Records.Writing(Records.Held(view.Now, "path:src/a.cs", token: 1)), "1 1");
            await ChangeAsync(view => Records.Writing(Records.Held(view.Now, "path:src/a.cs", token: 2)), "1 2");
            await ChangeAsync(view => Records.Writing(Records.Held(view.Now, "glob:src/*", token: 3)), "2 2,3");
            await ChangeAsync(view => new LockChanges { WaiterWrites = [Records.Waiter(view.Now, 3, "w", session: null, "path:src/a.cs")] }, "2 2,3 w3");
            await ChangeAsync(_ => new LockChanges { Deletes = [Records.Resource("glob:src/*")] }, "1 2 w3");
            await ChangeAsync(_ => new LockChanges { Deletes = [Records.Resource("path:src/a.cs")], WaiterDeletes = [3] }, "0 ");

            async Task ChangeAsync(Func<LockView, LockChanges> change, string expected)
            {
                Told(reader.Read(Request));
                _memory.Clock.Advance(TimeSpan.FromSeconds(pause));
                Told(reader.Read(Request));
                await store.WriteAsync(change);
                Assert.Equal(expected, Told(reader.Read(Request)));
            }
        }
    }

    [Fact]
    public async Task What_is_long_the_same_is_not_opened_again()
    {
        await using var store = _memory.Open();
        await store.WriteAsync(view => Records.Writing(Records.Held(view.Now, "path:src/a.cs")));
        _memory.Clock.Advance(TimeSpan.FromSeconds(10));
        var opens = new OpenCount(_memory.Files);
        await using var reader = _memory.Open(disk: opens);
        Assert.Single(reader.Read(Request).Records);
        int first = opens.Count;
        Assert.True(first > 0);
        Assert.Single(reader.Read(Request).Records);
        Assert.Equal(first, opens.Count);
    }

    private static string Told(LockView view) =>
        $"{view.Records.Count} {string.Join(',', view.Records.Select(r => r.Holders[0].FencingToken).Order())}{string.Concat(view.Waiters.Select(w => $" {w.Agent}{w.Ticket}"))}";

    /// <summary>Counts what is read and listed in the folders of the locks.</summary>
    private sealed class OpenCount(IFileSystem inner) : InterceptedFileSystem(inner)
    {
        public int Count { get; private set; }

        protected override object? OnCall(MethodInfo method, object?[] arguments, Func<object?> call)
        {
            if (method.Name is nameof(IFile.ReadAllBytes) or nameof(IDirectory.EnumerateFiles))
                Count++;
            return call();
        }
    }
}
