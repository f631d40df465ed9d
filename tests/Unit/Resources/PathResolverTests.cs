using System.IO.Abstractions;
using SwarmLocks.Platform;
using SwarmLocks.Resources;

namespace SwarmLocks.Tests.Unit.Resources;

/// <summary>On the real disk, because it is the kernel that must be agreed with.</summary>
public sealed class PathResolverTests : IDisposable
{
    private readonly string _top = Directory.CreateTempSubdirectory("swarmlocks").FullName;
    private readonly string _root;

    public PathResolverTests()
    {
        _root = Path.Join(_top, "tree");
        Write("src/auth/login.cs");
        Write("README.md");
        Directory.CreateDirectory(Path.Join(_root, ".git"));
    }

    public void Dispose() => Directory.Delete(_top, recursive: true);

    [Theory]
    [InlineData("src/auth/login.cs")]
    [InlineData("./src/auth/login.cs")]
    [InlineData("src//auth/./login.cs")]
    [InlineData("src/auth/../auth/login.cs")]
    [InlineData("path:src/auth/login.cs")]
    [InlineData("../tree/src/auth/login.cs")]
    [InlineData("missing/../src/auth/login.cs")]
    public void One_file_has_one_name_in_every_spelling(string text) => Assert.Equal("path:src/auth/login.cs", Resolve(text));

    [Theory]
    [InlineData("src/new.cs", "path:src/new.cs")]
    [InlineData("new/deep/", "path:new/deep/")]
    [InlineData("new/.", "path:new/")]
    [InlineData("new/x/..", "path:new/")]
    [InlineData("src", "path:src/")]
    [InlineData("src/auth/", "path:src/auth/")]
    [InlineData("src/auth/..", "path:src/")]
    [InlineData(".", "path:./")]
    [InlineData("./", "path:./")]
    [InlineData("src/..", "path:./")]
    [InlineData("@x", "path:@x")]
    [InlineData("-x", "path:-x")]
    [InlineData("./a:b", "path:a:b")]
    [InlineData(".hidden", "path:.hidden")]
    [InlineData("...", "path:...")]
    [InlineData("日本/é", "path:日本/é")]
    [InlineData("app/[id]/page.tsx", "path:app/[id]/page.tsx")]
    [InlineData("README.md/x", "path:README.md/x")]
    [InlineData("src/*.cs", "glob:src/*.cs")]
    [InlineData("./src/./*.cs", "glob:src/*.cs")]
    [InlineData("glob:src/auth", "glob:src/auth")]
    [InlineData("plan:../x", "plan:../x")]
    public void Texts_resolve(string text, string canonical) => Assert.Equal(canonical, Resolve(text));

    [Fact]
    public void Absolute_paths_and_paths_from_a_base_directory_are_the_same_file()
    {
        Assert.Equal("path:README.md", Resolve(Path.Join(_root, "README.md")));
        Assert.Equal("path:./", Resolve(_root));
        Assert.Equal("path:src/auth/login.cs", Resolve("login.cs", Path.Join(_root, "src/auth")));
        Assert.Equal("path:README.md", Resolve("../../README.md", Path.Join(_root, "src/auth")));
        Assert.Equal("glob:src/*.cs", Resolve("src/*.cs", Path.Join(_root, "src/auth")));
    }

    [Fact]
    public void Links_are_followed_in_every_component_and_at_the_end()
    {
        Link("lib", "src/auth");
        Link("src/up", "..");
        Link("entry.cs", "lib/login.cs");
        Link("abs", Path.Join(_root, "src"));
        Link("dangling", "src/not-yet.cs");
        Link("top", ".");
        Assert.Equal("path:src/auth/login.cs", Resolve("lib/login.cs"));
        Assert.Equal("path:src/auth/login.cs", Resolve("entry.cs"));
        Assert.Equal("path:src/auth/login.cs", Resolve("abs/auth/login.cs"));
        Assert.Equal("path:src/auth/", Resolve("lib"));
        Assert.Equal("path:README.md", Resolve("src/up/README.md"));
        Assert.Equal("path:src/x", Resolve("lib/../x"));
        Assert.Equal("path:src/auth/login.cs", Resolve("missing/deep/../../lib/login.cs"));
        Assert.Equal("path:src/not-yet.cs", Resolve("dangling"));
        Assert.Equal("path:./", Resolve("top"));
        Assert.Equal("path:src/auth/login.cs", Resolve("login.cs", Path.Join(_root, "lib")));
        Assert.Equal("glob:src/auth/*.cs", Resolve("lib/*.cs"));
        Assert.Equal("glob:src/auth/login.cs", Resolve("glob:entry.cs"));
        Assert.Equal("glob:src/auth/{*.cs,*.md}", Resolve("glob:{lib,src/auth}/*.{cs,md}"));
        Assert.Equal("glob:*.md", Resolve("top/*.md"));
        Assert.Contains("path:./", Refused("glob:top"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_to_a_name_with_wildcards_is_escaped_in_the_glob()
    {
        Directory.CreateDirectory(Path.Join(_root, "a*{b,c}"));
        Link("odd", "a*{b,c}");
        Assert.Equal("glob:a\\*\\{b,c\\}/?", Resolve("odd/?"));
        Assert.Equal("glob:{a\\*\\{b\\,c\\},x}/?", Resolve("glob:{odd,x}/?"));
    }

    [Fact]
    public void A_tree_reached_through_a_link_is_the_same_tree()
    {
        Directory.CreateSymbolicLink(Path.Join(_top, "alias"), _root);
        string alias = Path.Join(_top, "alias");
        var resolver = new PathResolver(new FileSystem(), new LinkReader(), alias, alias, foldsCase: false);
        Assert.Equal("path:README.md", resolver.Resolve(LockTarget.Parse(Path.Join(_root, "README.md"))).ToString());
        Assert.Equal("path:README.md", resolver.Resolve(LockTarget.Parse(Path.Join(alias, "README.md"))).ToString());
        Assert.Equal("path:README.md", resolver.Resolve(LockTarget.Parse("../tree/README.md")).ToString());
        Assert.Equal("path:README.md", Resolve(Path.Join(alias, "README.md")));
    }

    [Fact]
    public void Forty_links_are_followed_and_no_more()
    {
        Link("l0", "README.md");
        for (int i = 1; i <= 40; i++) Link($"l{i}", $"l{i - 1}");
        Link("loop", "loop");
        Assert.Equal("path:README.md", Resolve("l39"));
        Assert.Contains("40 symbolic links", Refused("l40"), StringComparison.Ordinal);
        Assert.Contains("40 symbolic links", Refused("loop"), StringComparison.Ordinal);
        File.ReadAllText(Path.Join(_root, "l39"));
        Assert.ThrowsAny<IOException>(() => File.ReadAllText(Path.Join(_root, "l40")));
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("../../../../../../../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("/")]
    [InlineData("src/../../x")]
    [InlineData("missing/../../x")]
    [InlineData("../treetop")]
    [InlineData("out")]
    [InlineData("out/x")]
    [InlineData("out/*")]
    public void Outside_of_the_tree_is_refused(string text)
    {
        Link("out", "..");
        Assert.Contains("outside of the tree", Refused(text), StringComparison.Ordinal);
    }

    [Fact]
    public void A_neighbour_whose_name_starts_like_the_root_is_outside()
    {
        Link("beside", _root + "top/x");
        Assert.Contains("outside of the tree", Refused(_root + "top/x"), StringComparison.Ordinal);
        Assert.Contains("outside of the tree", Refused("beside"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sub")]
    [InlineData("sub/")]
    [InlineData("sub/a.c")]
    [InlineData("sub/new/a.c")]
    [InlineData("into/a.c")]
    [InlineData("sub/*.c")]
    [InlineData("glob:{src,sub/x}/*.c")]
    [InlineData("clone/x")]
    public void Inside_another_working_tree_is_refused(string text)
    {
        Write("sub/.git");
        Directory.CreateDirectory(Path.Join(_root, "clone/.git"));
        Link("into", "sub");
        string tree = text.StartsWith("clone", StringComparison.Ordinal) ? "clone'" : "sub'";
        string message = Refused(text);
        Assert.Contains("working tree", message, StringComparison.Ordinal);
        Assert.Contains(tree, message, StringComparison.Ordinal);
        Assert.Equal("path:subway", Resolve("subway"));
    }

    [Fact]
    public void Inside_another_working_tree_is_refused_however_long_its_name_is()
    {
        string folder = new('d', 120);
        for (int letters = 1; letters <= 200; letters++)
        {
            string tree = $"{folder}/{new string('t', letters)}";
            Write($"{tree}/.git");
            Assert.Contains("working tree", Refused(tree), StringComparison.Ordinal);
            Assert.Contains("working tree", Refused($"{tree}/a.c"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("README.md/")]
    [InlineData("README.md/.")]
    public void A_file_is_no_directory(string text) => Assert.Contains("is a file", Refused(text), StringComparison.Ordinal);

    [Fact]
    public void What_a_link_makes_unspeakable_is_refused()
    {
        Link("bad", "a\nb");
        Assert.Contains("control character", Refused("bad"), StringComparison.Ordinal);
        Assert.Contains("control character", Refused("bad/*"), StringComparison.Ordinal);
    }

    [Fact]
    public void Long_names_resolve_or_are_refused_in_a_sentence()
    {
        Assert.Equal("path:" + new string('n', 255), Resolve(new string('n', 255)));
        Assert.Contains("cannot be resolved", Refused(new string('n', 256)), StringComparison.Ordinal);
        string deep = string.Join('/', Enumerable.Repeat(new string('d', 100), 30));
        Assert.Equal("path:" + deep, Resolve(deep));
    }

    [Fact]
    public void Paths_resolve_on_both_sides_of_the_usual_length()
    {
        Link("src/here", "..");
        for (int length = PathWalk.UsualRoom - 3; length <= PathWalk.UsualRoom + 3; length++)
        {
            string folder = new('f', 200), rest = new('r', length - _root.Length - 1 - folder.Length - 1 - "/x".Length);
            string path = $"{folder}/{rest[..(rest.Length / 2)]}/{rest[(rest.Length / 2)..^1]}/x";
            Assert.Equal(length, Path.Join(_root, path).Length);
            Assert.Equal("path:" + path, Resolve(path));
            Assert.Equal("path:README.md", Resolve($"{path}/../../../../src/here/README.md"));
        }
    }

    [Fact]
    public void Folding_disks_have_one_name_for_every_case_and_normalisation()
    {
        Assert.Equal("path:src/auth/login.cs", Resolve("src/auth/LOGIN.cs", folds: true));
        Assert.Equal("path:readme.md", Resolve("README.md", folds: true));
        Assert.Equal("glob:src/*.cs", Resolve("src/*.CS", folds: true));
        Assert.Equal("plan:X", Resolve("plan:X", folds: true));
        Assert.Equal("path:\u00e9\u03c3", Resolve("E\u0301\u03c2", folds: true));
        Assert.Equal("path:\ud801\udc28", Resolve("\ud801\udc00", folds: true));
        Assert.Equal("path:E\u0301", Resolve("E\u0301"));
    }

    [Fact]
    public void A_path_costs_few_looks_and_no_link_costs_none_at_readlink()
    {
        var reader = new LinkReader();
        var resolver = new PathResolver(new FileSystem(), reader, _root, _root, foldsCase: false);
        int before = reader.Calls;
        resolver.Resolve(LockTarget.Parse("src/auth/login.cs"));
        resolver.Resolve(LockTarget.Parse(Path.Join(_root, "src/auth/login.cs")));
        Assert.Equal(before, reader.Calls);
    }

    private string Resolve(string text, string? from = null, bool folds = false) =>
        new PathResolver(new FileSystem(), new LinkReader(), _root, from ?? _root, folds).Resolve(LockTarget.Parse(text)).ToString();

    private string Refused(string text)
    {
        string message = Assert.Throws<LockUsageException>(() => Resolve(text)).Message;
        Assert.EndsWith(".", message, StringComparison.Ordinal);
        return message;
    }

    private void Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Join(_root, path))!);
        File.WriteAllText(Path.Join(_root, path), "");
    }

    private void Link(string path, string target) => File.CreateSymbolicLink(Path.Join(_root, path), target);

    private sealed class LinkReader : IPlatform
    {
        public int Calls { get; private set; }

        public string? ClockId => null;

        public TimeSpan? Uptime => null;

        public bool IsContended(IOException error) => false;

        public bool IsReadOnly(IOException error) => false;

        public string? VerifyLock(Stream file, bool shared) => null;

        public bool IsAt(Stream file, string path) => throw new NotSupportedException();

        public FileMark? MarkOf(Stream file) => null;

        public FileMark? MarkAt(string path) => null;

        public IReusableLock? Reuse(Stream file) => null;

        public Stream? OpenUnlocked(string path, bool create) => null;

        public FileAttributes? AttributesAt(ReadOnlySpan<char> path) => null;

        public bool CreateFile(string path, byte[] content) => throw new NotSupportedException();

        public bool? Exchange(string one, string other) => throw new NotSupportedException();

        public int? ReadStart(string path, byte[] content, out bool isMissing) => throw new NotSupportedException();

        public bool? IsLocked(string path) => null;

        public IFileNotices? OpenNotices() => throw new NotSupportedException();

        public void LetChildrenInherit(Stream file) => throw new NotSupportedException();

        public string? ReadLink(string path)
        {
            Calls++;
            return new FileInfo(path).LinkTarget;
        }

        public void CreateDirectory(string path, string? like) => throw new NotSupportedException();

        public IReadOnlyList<string> Openers(string path) => [];
    }
}
