namespace SwarmLocks.Tests.Stress.Soak;

/// <summary>Stores that have what they may, and more.</summary>
public sealed class StoreBoundsTests
{
    private const int Workers = 2;
    private const int Agents = 3;

    public static TheoryData<string, int> Folders =>
        new() { { "sessions", 3 * Workers }, { "waiting", 2 * Agents }, { "locks", SoakResources.Count }, { "globs", SoakResources.Count }, { "corrupt", 0 } };

    [Theory]
    [MemberData(nameof(Folders))]
    public async Task A_folder_may_have_so_many_files_and_no_more(string folder, int most)
    {
        using var tree = await TreeWithStoreAsync();
        Put(tree, folder, most);
        Assert.Empty(StoreBounds.Excess(tree, Workers, Agents));
        Put(tree, folder, most + 1);
        Assert.Contains($"files in {folder}, where at most", Assert.Single(StoreBounds.Excess(tree, Workers, Agents)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2 << 20, 64 << 10, false)]
    [InlineData(2 << 20, (64 << 10) + 1, true)]
    [InlineData(0, 5 << 20, true)]
    public async Task The_two_halves_of_the_journal_have_one_bound(int newer, int older, bool isTold)
    {
        using var tree = await TreeWithStoreAsync();
        await File.WriteAllBytesAsync(Path.Combine(tree.DataFolder, "journal.jsonl"), new byte[newer]);
        await File.WriteAllBytesAsync(Path.Combine(tree.DataFolder, "journal.1.jsonl"), new byte[older]);
        Assert.Equal(isTold ? [FormattableString.Invariant($"{newer + older} bytes of journal")] : [], StoreBounds.Excess(tree, Workers, Agents));
    }

    [Theory]
    [InlineData("new-0123", true)]
    [InlineData("left.tmp", false)]
    public async Task What_lies_beside_the_store_is_told(string name, bool isFolder)
    {
        using var tree = await TreeWithStoreAsync();
        string other = Path.Combine(tree.Store, name);
        if (isFolder)
            Directory.CreateDirectory(other);
        else
            await File.WriteAllTextAsync(other, "");
        Assert.Equal([$"{other} beside the store"], StoreBounds.Excess(tree, Workers, Agents));
    }

    private static async Task<Tree> TreeWithStoreAsync()
    {
        var tree = Tree.Create();
        await using var locks = tree.Open();
        await locks.CleanupStaleLocksAsync();
        return tree;
    }

    private static void Put(Tree tree, string folder, int count)
    {
        string path = Path.Combine(tree.DataFolder, folder);
        foreach (string file in Directory.EnumerateFiles(path).ToList())
            File.Delete(file);
        for (int i = 0; i < count; i++)
            File.WriteAllText(Path.Combine(path, FormattableString.Invariant($"{i}.json")), "");
    }
}
