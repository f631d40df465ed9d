using SwarmLocks.Cli.Demo;

namespace SwarmLocks.Tests.Unit.Demo;

public sealed class GitIndexTests : IDisposable
{
    private static readonly string[] Names =
        ["a", "a.txt", "dir/deep/er/file.cs", "dir/deep/er/file.cs.bak", "dir/deeper.cs", "exactly-ten", new string('n', 200) + ".txt", "z"];

    private readonly string _root = Directory.CreateTempSubdirectory("swarmlocks-test-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [GitTheory]
    [InlineData(2, "sha1")]
    [InlineData(4, "sha1")]
    [InlineData(2, "sha256")]
    [InlineData(4, "sha256")]
    public void Names_are_those_that_git_lists(int version, string hash)
    {
        MakeRepository(version, hash);
        Assert.Equal(Names, Parse());
        Assert.Equal(Git.Run(_root, "ls-files").Split('\n', StringSplitOptions.RemoveEmptyEntries), Parse());
    }

    [GitTheory]
    [InlineData(4)]
    [InlineData(3)]
    public void Entries_with_further_flags_links_and_removed_files_are_told_apart(int version)
    {
        MakeRepository(version, "sha1");
        if (!OperatingSystem.IsWindows())
            File.CreateSymbolicLink(Path.Combine(_root, "link"), "z");
        File.WriteAllText(Path.Combine(_root, "later"), "text\n");
        Git.Run(_root, "add", "--intent-to-add", "later");
        Git.Run(_root, "add", ".");
        Git.Run(_root, "rm", "-q", "--cached", "a.txt");
        Git.Run(_root, "reset", "-q", "later");
        Git.Run(_root, "add", "--intent-to-add", "later");
        Assert.Equal([.. Names.Where(name => name != "a.txt").Append("later").Order(StringComparer.Ordinal)], Parse());
    }

    [GitTheory]
    [InlineData(2)]
    [InlineData(4)]
    public void A_cut_index_is_none(int version)
    {
        MakeRepository(version, "sha1");
        byte[] index = File.ReadAllBytes(IndexFile);
        for (int length = 0; length < index.Length - 200; length += 7)
        {
            var names = GitIndex.Parse(index.AsSpan(0, length));
            Assert.True(names is null or { Count: 8 }, $"{names?.Count} names in the first {length} bytes");
        }
    }

    [Fact]
    public void What_is_no_index_is_none()
    {
        Assert.Null(GitIndex.Parse([]));
        Assert.Null(GitIndex.Parse("#!/bin/sh is not an index at all"u8));
        Assert.Null(GitIndex.Parse("DIRC\0\0\0\u0009\0\0\0\0 of a version to come"u8));
    }

    [GitTheory]
    [InlineData(2)]
    public void The_demo_takes_text_files_of_the_repository_around_it(int version)
    {
        MakeRepository(version, "sha1");
        File.WriteAllBytes(Path.Combine(_root, "binary"), [1, 0, 2]);
        File.WriteAllText(Path.Combine(_root, "empty"), "");
        File.WriteAllText(Path.Combine(_root, "huge"), new string('x', SampleFile.MaxBytes));
        Git.Run(_root, "add", ".");
        File.Delete(Path.Combine(_root, "z"));
        File.WriteAllText(Path.Combine(_root, "untracked"), "text\n");

        var (files, source) = SampleFile.Choose(Path.Combine(_root, "dir", "deep"));

        Assert.Equal(Names[..^1], files.Select(file => file.Name).Order(StringComparer.Ordinal));
        Assert.Equal("7 files of this repository", source);
        Assert.Equal("text of a.txt\n"u8.ToArray(), files.Single(file => file.Name == "a.txt").Content);
    }

    [Fact]
    public void Without_a_repository_the_demo_has_files_of_its_own()
    {
        Directory.CreateDirectory(Path.Combine(_root, ".git"));
        var (files, source) = SampleFile.Choose(_root);
        Assert.Same(BundledFiles.All, files);
        Assert.Equal("6 bundled files", source);
    }

    private string IndexFile => Path.Combine(_root, ".git", "index");

    private IReadOnlyList<string>? Parse() => GitIndex.Parse(File.ReadAllBytes(IndexFile));

    private void MakeRepository(int version, string hash)
    {
        Git.Run(_root, "init", "-q", "--object-format", hash);
        foreach (string name in Names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_root, name))!);
            File.WriteAllText(Path.Combine(_root, name), $"text of {name}\n");
        }
        Git.Run(_root, "add", ".");
        Git.Run(_root, "update-index", "--index-version", $"{version}");
    }
}
