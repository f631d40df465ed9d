namespace SwarmLocks.Cli.Demo;

/// <summary>A git working tree of its own, in the folder for temporary files, for as long as it is needed.</summary>
internal sealed class DemoTree : IDisposable
{
    private readonly IReadOnlyList<SampleFile> _files;

    private DemoTree(string root, IReadOnlyList<SampleFile> files) => (Root, _files) = (root, files);

    public string Root { get; }

    /// <summary>Makes a tree with <paramref name="files"/>. Nothing is tracked in it yet, as after <c>git init</c>.</summary>
    public static DemoTree Create(IReadOnlyList<SampleFile> files)
    {
        var tree = new DemoTree(CreateFolder(), files);
        try
        {
            tree.Fill();
            return tree;
        }
        catch
        {
            tree.Dispose();
            throw;
        }
    }

    /// <exception cref="LockUsageException">There is no folder for temporary files.</exception>
    private static string CreateFolder()
    {
        try
        {
            return Directory.CreateTempSubdirectory("swarmlocks-demo-").FullName;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new LockUsageException($"The demo can make no folder in '{Path.GetTempPath()}' ({error.Message.TrimEnd('.')}): set TMPDIR to a folder that can be written.", error);
        }
    }

    /// <summary>What is in the files now, in the order in which they were given.</summary>
    public IReadOnlyList<byte[]> ReadAll() => [.. _files.Select(file => File.ReadAllBytes(Path.Combine(Root, file.Name)))];

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private void Fill()
    {
        // The least that git takes for a repository; see gitrepository-layout(5).
        string git = Path.Combine(Root, ".git");
        Directory.CreateDirectory(Path.Combine(git, "objects"));
        Directory.CreateDirectory(Path.Combine(git, "refs", "heads"));
        File.WriteAllText(Path.Combine(git, "HEAD"), "ref: refs/heads/main\n");
        File.WriteAllText(Path.Combine(git, "config"), "[core]\n\trepositoryformatversion = 0\n\tbare = false\n");
        foreach (var file in _files)
        {
            string path = Path.Combine(Root, file.Name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, file.Content);
        }
    }
}
