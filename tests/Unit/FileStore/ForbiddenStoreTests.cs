using System.Reflection;
using SwarmLocks.Policy;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.FileStore;

/// <summary>A folder that this user may not write to.</summary>
public sealed class ForbiddenStoreTests
{
    [Theory]
    [InlineData(MemoryStore.Folder, false, "let this user write there, or make a store at the root of the tree with 'swarmlocks init'.")]
    [InlineData(MemoryStore.Folder, true, "let this user write there, or make a store at the root of the tree with 'swarmlocks init'.")]
    [InlineData("/tree/.swarmlocks", false, "check its disk and permissions, and try again.")]
    public async Task A_store_that_may_not_be_written_names_the_way_out(string folder, bool readOnlyDisk, string remedy)
    {
        var memory = new MemoryStore();
        Exception trouble = readOnlyDisk ? new IOException("planted", 30) : new UnauthorizedAccessException("planted");
        await using var store = memory.Open(store: folder, disk: new Forbidden(memory.Files, trouble));
        var error = await Assert.ThrowsAsync<LockStoreException>(
            () => store.TransactAsync(LockScope.All, TimeSpan.FromSeconds(1), _ => new Decision<bool>(true), CancellationToken.None).AsTask());
        Assert.Equal(StoreProblem.Unavailable, error.Problem);
        Assert.EndsWith($"(planted), and nothing was changed: {remedy}", error.Message, StringComparison.Ordinal);
    }

    private sealed class Forbidden(MemoryFileSystem files, Exception trouble) : InterceptedFileSystem(files)
    {
        protected override Stream OpenStream(MethodInfo method, object?[] arguments) => throw trouble;
    }
}
