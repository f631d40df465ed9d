namespace SwarmLocks.Tests.Stress.Soak;

/// <summary>What agents of a soak ask for: few enough to collide all the time, of every kind, many of which overlap.</summary>
internal static class SoakResources
{
    private static readonly string[] Paths =
        ["src/a.cs", "src/b.cs", "src/c.cs", "src/Upper.cs", "src/deep/a.cs", "src/deep/er/b.cs", "docs/a.md", "docs/b.md", "docs/deep/c.md", "README.md", "app/[id]/page.tsx"];

    private static readonly string[] Globs = ["src/*.cs", "src/**/*.cs", "**/*.md", "glob:src/{a,b}.cs", "docs/?.md", "src/d*/**", "glob:app/[id]/*"];

    private static readonly string[] Directories = ["src/deep/", "docs/", "app/"];

    private static readonly string[] Tasks = ["task:1", "task:2"];

    private static readonly string[] Names = ["project:p", .. Tasks, .. Enumerable.Range(0, 30).Select(i => $"plan:{i}"), .. Enumerable.Range(0, 30).Select(i => $"name:n{i}")];

    /// <summary>How many there are, with the one that makes the store.</summary>
    public static int Count => Paths.Length + Globs.Length + Directories.Length + Names.Length + 1;

    /// <summary>One to three, all different.</summary>
    public static IReadOnlyList<string> Some(Random random) =>
        [.. Enumerable.Range(0, random.Next(4) == 0 ? random.Next(2, 4) : 1).Select(_ => One(random)).Distinct()];

    /// <summary>One that can be abandoned too often.</summary>
    public static string Task(Random random) => Pick(Tasks, random);

    private static string One(Random random) => random.Next(100) switch
    {
        < 45 => Pick(Paths, random),
        < 52 => Pick(Globs, random),
        < 56 => Pick(Directories, random),
        _ => Pick(Names, random),
    };

    private static string Pick(string[] from, Random random) => from[random.Next(from.Length)];
}
