using System.IO.Abstractions;
using SwarmLocks.Platform;
using SwarmLocks.Resources;

namespace SwarmLocks.FileStore;

/// <summary>The folder of a store: making it, recognising it, and never mistaking the remains of one for a new one.</summary>
internal sealed class StoreFolder(IFileSystem files, IPlatform platform, StoreLocation location)
{
    private const int IdLength = 32;

    /// <summary>A folder of locks gets its name when it is complete, in one step: readers and other makers never see half of one.</summary>
    private const string Unfinished = "new-";

    // Whatever is in one of these may matter to somebody.
    private static readonly string[] Precious = ["locks", "globs", "waiting", "sessions"];

    // A disk does not change its rule while it is mounted: one look for each process is enough.
    private readonly Lazy<bool> _foldsCase = new(() => FoldsCase(files, location.Root), LazyThreadSafetyMode.PublicationOnly);

    public StoreLocation Location => location;

    /// <summary>Makes the folder when there is no guard file, unless locks are left whose guard somebody deleted.</summary>
    public void EnsureExists()
    {
        // The guard comes before all else: when it is there by now, another process made the store since we looked, and nothing is lost.
        if (DataFolders().Exists(HoldsFiles) && !files.HasFile(StorePaths.GuardOf(files, location.Store)) && DataFolders().Exists(HoldsFiles))
            throw LostGuard();
        RefuseLinkedGuard();
        if (!files.HasDirectory(location.Store))
            platform.CreateDirectory(location.Store, location.GitDirectory is { } git && location.Store.StartsWith(git, StringComparison.Ordinal) ? git : null);
    }

    /// <summary>
    /// Fills a guard that is empty, or whose locks somebody deleted: the folders first, then the header in one write, so that a writer killed in between
    /// leaves what the next one cleans up.
    /// </summary>
    /// <param name="guard">The guard, held.</param>
    /// <param name="token">The counter to go on from.</param>
    /// <returns>
    /// Null when the guard's name leads to another file by now: somebody deleted the store after this guard was opened, and another process may be making
    /// it anew under the guard that is there. Also when somebody removed a part of what was made before it had its name: then it is to be made once more.
    /// </returns>
    public StoreHeader? CreateUnderGuard(Stream guard, long token)
    {
        RefuseLinkedGuard();
        string name = StorePaths.GuardOf(files, location.Store);
        // Listed before the look at the guard: while that was in its place nobody else made a folder of locks, so none of these is of another process that
        // makes the store anew from here on, after somebody deleted it.
        var leftovers = DataFolders();
        if (!platform.IsAt(guard, name))
            return null;
        if (leftovers.Exists(HoldsFiles))
            throw LostGuard();
        foreach (string leftover in leftovers)
            files.Directory.Delete(leftover, recursive: true);
        if (location.Root.Any(char.IsControl))
            throw new LockUsageException($"The tree {ResourceText.Quote(location.Root)} has a control character in its path: move it to a plain one.");
        var header = new StoreHeader(token, Occupied: default, IsMoved: false, Guid.CreateVersion7().ToString("n"), _foldsCase.Value, location.Root);
        var made = new StorePaths(files, location.Store, Unfinished + header.Id);
        foreach (string directory in made.Directories)
            platform.CreateDirectory(directory, location.Store);
        platform.CreateDirectory(made.Data, location.Store);
        files.File.WriteAllText(made.Tree, location.Root + "\n");
        if (location.Store == files.Path.Combine(location.Root, StoreLocation.OwnFolder))
            files.File.WriteAllText(files.Path.Combine(location.Store, ".gitignore"), "*\n");
        // Once more, now that our folder is there: whoever deletes the store from here on deletes it too, and there is nothing to rename.
        if (!platform.IsAt(guard, name))
        {
            files.Directory.Delete(made.Data, recursive: true);
            return null;
        }
        var named = new StorePaths(files, location.Store, header.Id);
        files.Directory.Move(made.Data, named.Data);
        // Whoever cleans up, still under the guard of a store that was deleted, takes our unfinished folder for the remnant of a dead maker. With its own name it is out of that
        // one's reach, so what is whole now stays so; what is not, the next maker removes.
        if (!HasData(header) || !files.HasFile(named.Tree))
            return null;
        guard.SetLength(0);
        guard.Position = 0;
        guard.Write(header.ToBytes());
        return header;
    }

    /// <summary>Whether all the folders that <paramref name="header"/> stands for are there.</summary>
    public bool HasData(StoreHeader header) => new StorePaths(files, location.Store, header.Id).Directories.All(d => files.HasDirectory(d));

    /// <summary>Removes what makers left that died before they were done.</summary>
    public void SweepUnderGuard()
    {
        foreach (string unfinished in Folders().Where(d => files.Path.GetFileName(d).StartsWith(Unfinished, StringComparison.Ordinal)))
            files.Directory.Delete(unfinished, recursive: true);
    }

    /// <summary>Whether this store is for this tree, and still in use.</summary>
    public void Check(StoreHeader header)
    {
        if (header.IsMoved)
            throw Moved();
        CheckTree(header.Root);
        if (header.FoldsCase != _foldsCase.Value)
            throw new LockStoreException(StoreProblem.Untrusted, $"The disk of '{location.Root}' treats upper and lower case otherwise than when its store was made: {Remedy}.");
    }

    /// <summary>The paths of the store as a reader finds them, who does not open the guard; null when there is no store yet.</summary>
    public StorePaths? FindForReader()
    {
        var folders = DataFolders();
        if (folders.Count == 0)
        {
            // What stands in its place may hide locks; whoever wants to write there is refused too.
            return files.HasFile(location.Store)
                ? throw new LockStoreException(StoreProblem.Unavailable, $"The store '{location.Store}' is no folder, so nothing is known about its locks: {Remedy}.")
                : null;
        }
        if (folders.Count > 1)
            throw new LockStoreException(StoreProblem.Untrusted, $"The store '{location.Store}' has more than one set of locks, so it was put together by hand: {Remedy}.");
        var paths = new StorePaths(files, location.Store, files.Path.GetFileName(folders[0]));
        if (files.HasFile(paths.Moved))
            throw Moved();
        if (ReadTree(files, paths) is not { } root)
            return null;
        CheckTree(root);
        return paths;
    }

    /// <summary>Which tree an existing store belongs to; null when it does not exist or does not say.</summary>
    /// <exception cref="LockStoreException">The disk does not say.</exception>
    public static string? TreeOf(IFileSystem files, string store) => DiskLook.Asking(store, () => TreeNamedBy(files, store));

    private static string? TreeNamedBy(IFileSystem files, string store)
    {
        var folder = new StoreFolder(files, SystemPlatform.Current, new StoreLocation("", store, GitDirectory: null));
        foreach (string data in folder.DataFolders())
        {
            if (ReadTree(files, new StorePaths(files, store, files.Path.GetFileName(data))) is { } root)
                return root;
        }
        return null;
    }

    /// <summary>Whether upper and lower case are the same name there: told by the marker that every root has.</summary>
    /// <exception cref="LockStoreException">The disk does not say.</exception>
    public static bool FoldsCase(IFileSystem files, string root) => DiskLook.Asking(root, () => MarkerFoldsCase(files, root));

    private static bool MarkerFoldsCase(IFileSystem files, string root)
    {
        foreach (string marker in (ReadOnlySpan<string>)[".git", StoreLocation.OwnFolder])
        {
            if (Exists(files, files.Path.Combine(root, marker)))
                return Exists(files, files.Path.Combine(root, marker.ToUpperInvariant()));
        }
        return false;
    }

    private static bool Exists(IFileSystem files, string path) => files.HasDirectory(path) || files.HasFile(path);

    /// <summary>The tree that a store names; null while it is being made or deleted.</summary>
    private static string? ReadTree(IFileSystem files, StorePaths paths)
    {
        try
        {
            return files.Look(paths.Tree) is { IsPlain: true } && files.File.ReadAllText(paths.Tree) is [.. var root, '\n'] ? root : null;
        }
        catch (IOException error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private LockStoreException Moved()
    {
        string own = files.Path.Combine(location.Root, StoreLocation.OwnFolder);
        return new LockStoreException(StoreProblem.Moved, files.HasDirectory(own)
            ? $"The locks of '{location.Root}' are in '{own}' now: ask again, without naming the old place."
            : $"The locks of '{location.Root}' were moved to '{own}', which is gone: make it anew with 'swarmlocks init'.");
    }

    private void CheckTree(string root)
    {
        if (root != location.Root)
            throw new LockStoreException(StoreProblem.Untrusted, $"The store '{location.Store}' belongs to the tree '{root}', not to '{location.Root}': if this tree is a copy or was moved, {Remedy}.");
    }

    private string Remedy => $"delete '{location.Store}' when no agent works here, and ask again";

    private LockStoreException LostGuard() => new(
        StoreProblem.Untrusted, $"The guard or another part of the store '{location.Store}' is gone but locks are left, so whoever relies on them could not be excluded: {Remedy}.");

    /// <summary>Before anything is created or written where it leads to.</summary>
    private void RefuseLinkedGuard()
    {
        if (files.Look(StorePaths.GuardOf(files, location.Store)) is { IsLink: true })
            throw new LockStoreException(StoreProblem.Untrusted, $"The guard of the store '{location.Store}' is a symbolic link, so what it leads to would be overwritten: {Remedy}.");
    }

    private bool HoldsFiles(string data)
    {
        try
        {
            // Something else in the place of a folder is nobody's work here: what it stands for may have been locks.
            return Precious.Select(name => files.Path.Combine(data, name)).Any(d => files.HasFile(d) || (files.HasDirectory(d) && files.Directory.EnumerateFiles(d).Any()));
        }
        catch (DirectoryNotFoundException)
        {
            // The process that makes the store removes what one that died left, or somebody deletes it all.
            return false;
        }
    }

    private List<string> DataFolders() => [.. Folders().Where(d => files.Path.GetFileName(d) is { Length: IdLength } name && name.All(char.IsAsciiHexDigitLower))];

    private IReadOnlyList<string> Folders()
    {
        try
        {
            return files.HasDirectory(location.Store) ? [.. files.Directory.EnumerateDirectories(location.Store)] : [];
        }
        catch (DirectoryNotFoundException)
        {
            // Deleted since we looked.
            return [];
        }
    }
}
