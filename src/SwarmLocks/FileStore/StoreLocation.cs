using System.IO.Abstractions;

namespace SwarmLocks.FileStore;

/// <summary>Which tree, and where its locks are: one tree has one store, whoever asks from wherever in it.</summary>
/// <param name="Root">The top of the working tree.</param>
/// <param name="Store">The folder of the store; it may not exist yet.</param>
/// <param name="GitDirectory">The git folder of the tree; null without git.</param>
internal sealed record StoreLocation(string Root, string Store, string? GitDirectory)
{
    /// <summary>The folder at the root that holds the store of a tree that asked for one of its own.</summary>
    public const string OwnFolder = ".swarmlocks";

    /// <summary>The folder below the git folder otherwise: it survives <c>git clean -fdx</c>, and <c>git status</c> does not see it.</summary>
    public const string GitFolder = "swarmlocks";

    /// <summary>Finds the store for <paramref name="directory"/>: the first ancestor with <c>.git</c> is the root, else the first with <c>.swarmlocks/</c>.</summary>
    /// <exception cref="LockUsageException">There is no tree.</exception>
    public static StoreLocation Discover(IFileSystem files, string directory) =>
        Find(files, directory) ?? throw new LockUsageException(
            $"There is no git working tree around '{directory}', so there is nothing to lock in: run this inside one, or make this folder a tree of its own with 'swarmlocks init'.");

    /// <summary>The same, or null when there is no tree.</summary>
    /// <exception cref="LockStoreException">The disk does not say.</exception>
    public static StoreLocation? Find(IFileSystem files, string directory) => DiskLook.Asking(directory, () => FindAround(files, directory));

    private static StoreLocation? FindAround(IFileSystem files, string directory)
    {
        var path = files.Path;
        for (string? at = directory; at is not null; at = path.GetDirectoryName(at))
        {
            string marker = path.Combine(at, ".git");
            if (GitDirectoryOf(files, marker) is { } git)
            {
                string own = path.Combine(at, OwnFolder);
                return new StoreLocation(at, files.HasDirectory(own) ? own : path.Combine(git, GitFolder), git);
            }
        }
        for (string? at = directory; at is not null; at = path.GetDirectoryName(at))
        {
            string own = path.Combine(at, OwnFolder);
            if (files.HasDirectory(own))
                return new StoreLocation(at, own, GitDirectory: null);
        }
        return null;
    }

    /// <summary>A folder, or the target of the <c>gitdir:</c> file that worktrees and submodules have; null when there is neither.</summary>
    private static string? GitDirectoryOf(IFileSystem files, string marker)
    {
        const string prefix = "gitdir:";
        if (files.HasDirectory(marker))
            return marker;
        if (!files.HasFile(marker))
            return null;
        string text = files.File.ReadAllText(marker).Trim();
        string target = text.StartsWith(prefix, StringComparison.Ordinal)
            ? files.Path.GetFullPath(files.Path.Combine(files.Path.GetDirectoryName(marker)!, text[prefix.Length..].Trim()))
            : marker;
        return files.HasDirectory(target) ? target : throw new LockUsageException(
            $"'{marker}' does not lead to a git folder that exists, so the tree around it has no place for locks: repair the worktree or submodule, or run 'swarmlocks init' in the folder above it.");
    }
}
