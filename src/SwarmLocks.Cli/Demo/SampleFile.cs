namespace SwarmLocks.Cli.Demo;

/// <summary>A file to work on.</summary>
/// <param name="Name">Its path, with slashes.</param>
/// <param name="Content">What is in it.</param>
internal sealed record SampleFile(string Name, byte[] Content)
{
    public const int MaxFiles = 40;
    public const int MaxBytes = 64 * 1024;

    /// <summary>The tracked text files of the repository around <paramref name="directory"/>, at most <see cref="MaxFiles"/>; else a bundled few.</summary>
    public static (IReadOnlyList<SampleFile> Files, string Source) Choose(string directory)
    {
        var tracked = Tracked(directory);
        return tracked.Count > 0
            ? (tracked, tracked.Count == 1 ? "the one text file of this repository" : $"{tracked.Count} files of this repository")
            : (BundledFiles.All, $"{BundledFiles.All.Count} bundled files");
    }

    private static List<SampleFile> Tracked(string directory)
    {
        try
        {
            if (FindIndex(directory) is not var (root, index) || GitIndex.Parse(File.ReadAllBytes(index)) is not { } names)
                return [];
            var plain = names.Distinct(StringComparer.OrdinalIgnoreCase).Where(IsPlain).ToList();
            // The files get their popularity by their order here: the same one each time, but not the one by name.
            var files = new List<SampleFile>();
            foreach (string name in plain.OrderBy(StableHash).ThenBy(n => n, StringComparer.Ordinal))
            {
                if (files.Count < MaxFiles && Read(root, name) is { } file)
                    files.Add(file);
            }
            return files;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Somebody works in that repository and it changes under us, or it is not ours to read: the demo has files of its own.
            return [];
        }
    }

    private static (string Root, string Index)? FindIndex(string directory)
    {
        const string link = "gitdir:";
        for (string? at = Path.GetFullPath(directory); at is not null; at = Path.GetDirectoryName(at))
        {
            string git = Path.Combine(at, ".git");
            // A worktree or a submodule has a file that says where the folder is.
            if (File.Exists(git) && File.ReadAllText(git).Trim() is var text && text.StartsWith(link, StringComparison.Ordinal))
                git = Path.GetFullPath(Path.Combine(at, text[link.Length..].Trim()));
            if (Directory.Exists(git))
                return File.Exists(Path.Combine(git, "index")) ? (at, Path.Combine(git, "index")) : null;
        }
        return null;
    }

    /// <summary>Whether a name means the same on every system, and leads nowhere but below the root.</summary>
    private static bool IsPlain(string name) =>
        name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '/') && !name.StartsWith('-')
        && name.Split('/').All(part => part.Length > 0 && !part.EndsWith('.') && !part.Equals(".git", StringComparison.OrdinalIgnoreCase));

    /// <summary>The file, if it is text of a fit size.</summary>
    private static SampleFile? Read(string root, string name)
    {
        var info = new FileInfo(Path.Combine(root, name));
        if (!info.Exists || info.LinkTarget is not null || info.Length is 0 or >= MaxBytes)
            return null;
        byte[] content = File.ReadAllBytes(info.FullName);
        return content.Length is 0 or >= MaxBytes || content.Contains((byte)0) ? null : new SampleFile(name, content);
    }

    /// <summary>FNV-1a: string.GetHashCode differs from run to run.</summary>
    private static uint StableHash(string name) => name.Aggregate(2166136261u, (hash, c) => unchecked((hash ^ c) * 16777619));
}
