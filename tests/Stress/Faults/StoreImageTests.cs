using SwarmLocks.Tests.Stress.CrashPoints;

namespace SwarmLocks.Tests.Stress.Faults;

/// <summary>What a change of a store looks like to those who compare two states of it, and whether a state can be put back.</summary>
public sealed class StoreImageTests
{
    private const string Record = "locks/path=src+a.cs.json";

    /// <summary>Each a change of a file, and whether it counts.</summary>
    public static TheoryData<string, bool> Changes => new()
    {
        { Record, true },
        { "sessions/0123", true },
        { "corrupt/0123.json", true },
        { "waiting/0123.json", true },
        { "next.tmp", true },
        { "journal.jsonl", false },
        { "root", false },
        { "../guard", false },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_byte_more_in_any_file_but_those_that_are_there_to_grow_is_told_and_can_be_taken_back(string name, bool counts)
    {
        using var tree = await HeldAsync("a");
        var before = StoreImage.Of(tree);
        var all = Everything(tree);
        Assert.Equal("", StoreImage.Of(tree).DifferenceFrom(before));
        await File.AppendAllTextAsync(Path.Combine(tree.DataFolder, name), " ");
        Assert.Equal(counts, StoreImage.Of(tree).DifferenceFrom(before).Contains(Path.GetFileName(name), StringComparison.Ordinal));
        before.Restore();
        Assert.Equal(all, Everything(tree));
    }

    [Fact]
    public async Task A_record_that_is_gone_is_told_and_can_be_put_back()
    {
        using var tree = await HeldAsync("a");
        var before = StoreImage.Of(tree);
        var all = Everything(tree);
        File.Delete(Path.Combine(tree.DataFolder, Record));
        Assert.StartsWith("- ", StoreImage.Of(tree).DifferenceFrom(before), StringComparison.Ordinal);
        Directory.Delete(tree.Store, recursive: true);
        before.Restore();
        Assert.Equal(all, Everything(tree));
    }

    [Fact]
    public async Task A_snapshot_puts_back_what_was_changed_removed_and_added()
    {
        using var tree = await HeldAsync("a");
        var before = StoreSnapshot.Take(tree);
        var all = Everything(tree);
        string data = tree.DataFolder;
        await File.WriteAllTextAsync(Path.Combine(data, "journal.jsonl"), "changed");
        File.Delete(Path.Combine(data, Record));
        Directory.CreateDirectory(Path.Combine(tree.Store, "new-0123", "locks"));
        await File.WriteAllTextAsync(Path.Combine(tree.Store, "new-0123", "root"), "");
        Directory.Delete(Path.Combine(data, "corrupt"));
        before.Restore();
        Assert.Equal(all, Everything(tree));
    }

    [Fact]
    public async Task A_snapshot_of_no_store_removes_one()
    {
        using var tree = Tree.Create();
        var before = StoreSnapshot.Take(tree);
        await Arranged.HoldAsync(tree, "a", "src/a.cs");
        before.Restore();
        Assert.False(Directory.Exists(tree.Store));
    }

    [Theory]
    [InlineData("a", 300, LockMode.Exclusive, true)]
    [InlineData("b", 300, LockMode.Exclusive, false)]
    [InlineData("a", 301, LockMode.Exclusive, false)]
    [InlineData("a", 300, LockMode.Shared, false)]
    public async Task The_same_change_of_another_store_means_the_same_and_another_change_does_not(string agent, int seconds, LockMode mode, bool isSame)
    {
        using var tree = await HeldAsync("a");
        using var other = await HeldAsync(agent, seconds, mode);
        Assert.Equal(isSame, StoreImage.Of(tree).Meaning == StoreImage.Of(other).Meaning);
    }

    private static async Task<Tree> HeldAsync(string agent, int seconds = 300, LockMode mode = LockMode.Exclusive)
    {
        var tree = Tree.Create();
        await Arranged.HoldAsync(tree, agent, "src/a.cs", mode, TimeSpan.FromSeconds(seconds));
        return tree;
    }

    private static List<string> Everything(Tree tree) =>
    [
        .. Directory.EnumerateFileSystemEntries(tree.Store, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(entry => $"{entry} {(File.Exists(entry) ? Convert.ToHexString(File.ReadAllBytes(entry)) : "")}"),
    ];
}
