namespace SwarmLocks.Tests.Unit.TestSupport;

/// <summary>A git working tree of its own on the real disk.</summary>
internal sealed class TempTree : IDisposable
{
    public TempTree()
    {
        Root = Directory.CreateTempSubdirectory("swarmlocks-test-").FullName;
        Directory.CreateDirectory(Path.Combine(Root, ".git"));
    }

    public string Root { get; }

    public string Store => Path.Combine(Root, ".git", "swarmlocks");

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
