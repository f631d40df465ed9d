using FsCheck;
using FsCheck.Fluent;
using SwarmLocks.FileStore;
using SwarmLocks.Policy;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.FileStore;

/// <summary>Deciding overlap from file names is an optimisation: it must find what looking into every file finds.</summary>
public sealed class OverlapByNameTests
{
    /// <summary>A name that does not begin like any of these is not even decoded.</summary>
    [Theory]
    [InlineData("path:src/", "path:src")]
    [InlineData("path:src/", "path:src/a/b.cs")]
    [InlineData("path:./", "path:x")]
    [InlineData("glob:a/**", "path:a")]
    [InlineData("glob:**", "path:z/z")]
    [InlineData("glob:**/*.cs", "path:a.cs")]
    [InlineData("glob:src/foo*.cs", "path:src/foobar.cs")]
    [InlineData("glob:src/f?o", "path:src/fXo")]
    [InlineData("glob:a/*/c", "path:a/B/c")]
    [InlineData("glob:{a,b/c}/x?", "path:b/c/xy")]
    [InlineData("glob:Ä/É*", "path:Ä/Éé")]
    public void What_a_pattern_matches_has_a_name_that_begins_as_told(string pattern, string path)
    {
        Assert.NotNull(GlobOverlap.Witness(Records.Resource(pattern), Records.Resource(path)));
        string name = LockFileName.Encode(Records.Resource(path));
        Assert.Contains(LockFileName.BeginningsOfPaths(Records.Resource(pattern)), beginning => name.StartsWith(beginning, StringComparison.Ordinal));
    }

    private static readonly string Long = new('l', 220);

    private static readonly Gen<string> Segment = Gen.Elements("a", "b", "A", "a.b", "é", ".x", Long, Long + "2");

    private static readonly Gen<string> GlobSegment = Gen.Elements("a", "*", "**", "?", "a*", "*b", "*.b", Long, Long + "*");

    private static readonly Gen<string> Paths = PathOf(Segment);

    private static readonly Gen<LockResource> Resources = Gen.OneOf(
        Paths.Select(p => Records.Resource("path:" + p)),
        Paths.Select(p => Records.Resource("path:" + p + "/")),
        Gen.Constant(Records.Resource("path:./")),
        PathOf(GlobSegment).Where(IsGlob).Select(Glob),
        Gen.Two(PathOf(GlobSegment)).Where(p => IsGlob(p.Item1) && IsGlob(p.Item2)).Select(p => Glob($"{{{p.Item1},{p.Item2}}}")),
        Segment.Select(s => Records.Resource("plan:" + s)));

    [Fact]
    public void Names_find_what_a_full_load_finds()
    {
        var cases =
            from held in Resources.ArrayOf(12)
            from unreadable in Resources.ArrayOf(2)
            from waited in Resources.ArrayOf(2)
            from asked in Resources.ArrayOf(3).Where(a => a.Length > 0)
            from line in Gen.Elements(true, false)
            select (Held: held, Unreadable: unreadable, Waited: waited, Asked: asked.Distinct().ToArray(), Line: line);
        Prop.ForAll(cases.ToArbitrary(), c => Holds(c.Held, c.Unreadable, c.Waited, c.Asked, c.Line)).Check(Config.QuickThrowOnFailure.WithMaxTest(300));
    }

    private static bool Holds(LockResource[] held, LockResource[] unreadable, LockResource[] waited, LockResource[] asked, bool line)
    {
        var memory = new MemoryStore();
        var paths = new StorePaths(memory.Files, MemoryStore.Folder, new string('0', 32));
        foreach (string directory in paths.Directories)
            memory.Files.CreateDirectory(directory);
        foreach (var resource in held)
            memory.Files.File.WriteAllBytes(paths.FileOf(resource), LockFileFormat.ToBytes(Records.Held(memory.Now, resource.ToString())));
        foreach (var resource in unreadable)
            memory.Files.File.WriteAllText(paths.FileOf(resource), "nonsense\n");
        if (waited.Length > 0)
            memory.Files.File.WriteAllBytes(paths.FileOf(5), LockFileFormat.ToBytes(Records.Waiter(memory.Now, 5, "w", session: null, [.. waited.Select(w => w.ToString())])));

        var all = new RecordFiles(memory.Files, memory.Platform, paths, occupied: null).Load(LockScope.All);
        var named = new RecordFiles(memory.Files, memory.Platform, paths, occupied: null).Load(new LockScope(asked, Overlapping: true, Waiters: line));
        LockResource[] wanted = line ? [.. asked, .. waited] : asked;
        bool Meant(LockResource? resource) => resource is null || wanted.Any(w => GlobOverlap.Witness(w, resource) is not null);

        // A hashed name tells nothing, so its file is opened and may turn out not to be meant.
        var expected = all.Records.Where(r => Meant(r.Resource)).Select(r => r.Resource.ToString()).Order(StringComparer.Ordinal);
        var found = named.Records.Where(r => Meant(r.Resource)).Select(r => r.Resource.ToString()).Order(StringComparer.Ordinal);
        var expectedUnreadable = all.Unreadable.Where(f => f.Resource is not null && Meant(f.Resource)).Select(f => f.File).Order(StringComparer.Ordinal);
        var foundUnreadable = named.Unreadable.Where(f => f.Resource is not null && !LockFileName.IsHashed(Path.GetFileNameWithoutExtension(f.File))).Select(f => f.File).Order(StringComparer.Ordinal);
        return expected.SequenceEqual(found) && expectedUnreadable.SequenceEqual(foundUnreadable);
    }

    private static Gen<string> PathOf(Gen<string> segment) =>
        from segments in segment.NonEmptyListOf()
        select string.Join('/', segments.Take(3));

    private static bool IsGlob(string text) => text.Contains('*', StringComparison.Ordinal) || text.Contains('?', StringComparison.Ordinal);

    private static LockResource Glob(string text) => LockResource.OfGlob(GlobPattern.Parse(text));
}
