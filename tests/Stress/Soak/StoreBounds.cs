namespace SwarmLocks.Tests.Stress.Soak;

/// <summary>What a store in use may have on disk, right after a clean-up.</summary>
internal static class StoreBounds
{
    /// <summary>As far as it gets before it is rotated, and the older half.</summary>
    private const long JournalBytes = (2 << 20) + (64 << 10);

    /// <summary>What is there beyond that. Each worker process has one session, and those that are killed meanwhile leave theirs until the next clean-up.</summary>
    public static IEnumerable<string> Excess(Tree tree, int workers, int agents)
    {
        string data = tree.DataFolder;
        foreach (var (folder, most) in new[] { ("sessions", 3 * workers), ("waiting", 2 * agents), ("locks", SoakResources.Count), ("globs", SoakResources.Count), ("corrupt", 0) })
        {
            string path = Path.Combine(data, folder);
            int count = Directory.Exists(path) ? Directory.EnumerateFiles(path).Count() : 0;
            if (count > most)
                yield return FormattableString.Invariant($"{count} files in {folder}, where at most {most} belong");
        }
        long journal = Directory.EnumerateFiles(data, "journal*").Sum(SizeOf);
        if (journal > JournalBytes)
            yield return FormattableString.Invariant($"{journal} bytes of journal");
        foreach (string other in Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(data)!).Where(e => e != data && Path.GetFileName(e) is not ("guard" or "guard.line")))
            yield return $"{other} beside the store";
    }

    private static long SizeOf(string file)
    {
        try
        {
            return new FileInfo(file).Length;
        }
        catch (FileNotFoundException)
        {
            // A worker rotates it at this moment.
            return 0;
        }
    }
}
