using System.Text;
using SwarmLocks.Cli.Demo;

namespace SwarmLocks.Tests.Unit.Demo;

public sealed class MarkTallyTests
{
    private static readonly SampleFile[] Before = [File("a.txt", "one\ntwo\n"), File("b.txt", "no line end")];

    [Fact]
    public void Every_mark_that_is_there_is_an_edit_kept()
    {
        var count = Count($"{Mark(0, 0)}one\n{Mark(1, 0)}{Mark(0, 1)}two\n", $"{Mark(1, 1)}no line end", [0, 0], [0, 1]);
        Assert.Equal(new MarkTally.Count(Edits: 4, Lost: 0, Damaged: 0), count);
    }

    [Fact]
    public void A_mark_that_is_missing_is_an_edit_lost()
    {
        var count = Count($"one\n{Mark(1, 0)}two\n", "no line end", [0, 0], [0, 1]);
        Assert.Equal(new MarkTally.Count(Edits: 4, Lost: 3, Damaged: 0), count);
    }

    [Fact]
    public void A_mark_in_another_file_than_was_edited_does_not_count()
    {
        var count = Count($"{Mark(0, 0)}one\ntwo\n", "no line end", [1]);
        Assert.Equal(new MarkTally.Count(Edits: 1, Lost: 1, Damaged: 0), count);
    }

    [Fact]
    public void A_mark_twice_is_one_edit_kept_and_an_unreported_one_is_none()
    {
        var count = Count($"{Mark(0, 0)}{Mark(0, 0)}{Mark(5, 7)}one\ntwo\n", "no line end", [0, 0]);
        Assert.Equal(new MarkTally.Count(Edits: 2, Lost: 1, Damaged: 0), count);
    }

    [Theory]
    [InlineData("[swarm agent 0 edit 0 kep\none\ntwo\n")]
    [InlineData("[swarm agent 0 edit 0 [swarm agent 0 edit 0 kept]\none\ntwo\n")]
    [InlineData("x[swarm agent 0 edit 0 kept]\none\ntwo\n")]
    [InlineData("one\ntwo\n[swarm agent 0 edit 0 kept]")]
    public void A_cut_mark_is_lost_and_its_file_damaged(string after)
    {
        var count = Count(after, "no line end", [0]);
        Assert.Equal(new MarkTally.Count(Edits: 1, Lost: 1, Damaged: 1), count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("one\n")]
    [InlineData("two\none\n")]
    [InlineData("one\ntwo\ntwo\n")]
    public void A_file_that_lost_or_gained_a_line_of_its_own_is_damaged(string after)
    {
        var count = Count(after, "no line end", [[]]);
        Assert.Equal(1, count.Damaged);
    }

    [Fact]
    public void Edits_by_the_real_editor_are_found_again()
    {
        using var tree = DemoTree.Create(Before);
        var files = Before.Select(file => new EditedFile(tree.Root, file.Name)).ToList();
        var random = new Random(1);
        List<int> edited = [];
        for (int edit = 0; edit < 100; edit++)
        {
            Assert.True(files[edit % 2].TryAdd(new EditMark(0, edit), random, beforeWrite: null));
            edited.Add(edit % 2);
        }
        Assert.Equal(new MarkTally.Count(100, 0, 0), MarkTally.Of(Before, tree.ReadAll(), [edited]));
    }

    [Fact]
    public void An_edit_between_read_and_write_of_another_is_counted_as_lost()
    {
        using var tree = DemoTree.Create(Before);
        EditedFile mine = new(tree.Root, "a.txt"), theirs = new(tree.Root, "a.txt");
        mine.TryAdd(new EditMark(0, 0), new Random(1), () => theirs.TryAdd(new EditMark(1, 0), new Random(2), beforeWrite: null));
        Assert.Equal(new MarkTally.Count(2, 1, 0), MarkTally.Of(Before, tree.ReadAll(), [[0], [0]]));
    }

    [Fact]
    public void An_edit_of_a_half_written_file_fails_and_writes_nothing()
    {
        using var tree = DemoTree.Create(Before);
        var file = new EditedFile(tree.Root, "a.txt");
        System.IO.File.WriteAllText(Path.Combine(tree.Root, "a.txt"), "");
        Assert.False(file.TryAdd(new EditMark(0, 0), new Random(1), beforeWrite: null));
        Assert.Empty(tree.ReadAll()[0]);
    }

    private static MarkTally.Count Count(string a, string b, params int[][] edited) =>
        MarkTally.Of(Before, [Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b)], edited);

    private static string Mark(int agent, int edit) => Encoding.ASCII.GetString(new EditMark(agent, edit).ToLine());

    private static SampleFile File(string name, string content) => new(name, Encoding.UTF8.GetBytes(content));
}
