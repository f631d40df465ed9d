namespace SwarmLocks.Tests.Unit.Docs;

/// <summary>Where the sources and documents are.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    private static string FindRoot()
    {
        string? at = AppContext.BaseDirectory;
        while (at is not null && !File.Exists(Path.Combine(at, "SwarmLocks.sln")))
            at = Path.GetDirectoryName(at);
        return at ?? throw new InvalidOperationException("The tests run inside the repository.");
    }
}
