using System.Diagnostics;
using SwarmLocks.Policy;

namespace SwarmLocks.Tests.Unit.Resources;

public class GlobOverlapTests
{
    [Theory]
    [InlineData("path:src/a.cs", "path:src/a.cs", "src/a.cs")]
    [InlineData("path:src/auth/", "path:src/auth/login.cs", "src/auth/login.cs")]
    [InlineData("path:src/auth/", "path:src/auth", "src/auth")]
    [InlineData("path:src/", "path:src/auth/", "src/auth")]
    [InlineData("path:./", "path:src/auth/", "src/auth")]
    [InlineData("path:./", "path:x", "x")]
    [InlineData("path:./", "path:./", "a")]
    [InlineData("path:./", "glob:**", "a")]
    [InlineData("glob:**", "glob:**", "a")]
    [InlineData("glob:**/*", "path:./", "a")]
    [InlineData("glob:src/a*", "glob:src/*b", "src/ab")]
    [InlineData("glob:src/*aa", "glob:src/a?", "src/aa")]
    [InlineData("glob:src/**/a.cs", "path:src/a.cs", "src/a.cs")]
    [InlineData("glob:src/**/a.cs", "glob:src/*", "src/a.cs")]
    [InlineData("glob:**/x/**", "glob:a/*", "a/x")]
    [InlineData("glob:src/*.cs", "path:src/auth/", null)]
    [InlineData("glob:src/*", "path:src/auth/", "src/auth")]
    [InlineData("glob:**/*.cs", "path:src/auth/", "src/auth/.cs")]
    [InlineData("glob:*.cs", "path:.cs", ".cs")]
    [InlineData("glob:*", "path:.gitignore", ".gitignore")]
    [InlineData("glob:?", "path:😀", "😀")]
    [InlineData("glob:{a/*.cs,a/*.md,b/*.cs,b/*.md}", "path:b/x.md", "b/x.md")]
    [InlineData("glob:app/[id]/*.tsx", "path:app/[id]/page.tsx", "app/[id]/page.tsx")]
    [InlineData("glob:.?", "glob:?*b", ".b")]
    [InlineData("glob:.*", "glob:.*", ".aa")]
    [InlineData("plan:42", "plan:42", "plan:42")]
    public void These_overlap(string a, string b, string? witness)
    {
        LockResource left = LockResource.FromCanonical(a), right = LockResource.FromCanonical(b);
        Assert.Equal(witness is null, GlobOverlap.Witness(right, left) is null);
        if (witness is "src/auth/.cs" or ".aa") Assert.NotNull(GlobOverlap.Witness(left, right));
        else Assert.Equal(witness, GlobOverlap.Witness(left, right));
    }

    [Theory]
    [InlineData("path:src/a.cs", "path:src/b.cs")]
    [InlineData("path:src/a", "path:src/a.cs")]
    [InlineData("path:src/auth/", "path:src/authors.cs")]
    [InlineData("path:src/auth/", "path:src/au")]
    [InlineData("path:src/auth/", "path:src/author/")]
    [InlineData("glob:src/*.cs", "glob:tests/*.cs")]
    [InlineData("glob:src/*.cs", "path:src/auth/login.cs")]
    [InlineData("glob:src/a*", "glob:src/b*")]
    [InlineData("glob:*.cs", "glob:*.md")]
    [InlineData("glob:?", "path:é́")]
    [InlineData("glob:.?", "glob:?.")]
    [InlineData("glob:?", "path:a/b")]
    [InlineData("glob:app/[id]/*.tsx", "path:app/i/page.tsx")]
    [InlineData("path:*/", "path:a/b")]
    [InlineData("path:*", "path:a")]
    [InlineData("plan:42", "plan:43")]
    [InlineData("plan:42", "task:42")]
    [InlineData("plan:a", "path:a")]
    [InlineData("plan:a", "path:./")]
    [InlineData("plan:a", "glob:**")]
    [InlineData("project:a", "plan:a")]
    public void These_are_disjoint(string a, string b)
    {
        LockResource left = LockResource.FromCanonical(a), right = LockResource.FromCanonical(b);
        Assert.Null(GlobOverlap.Witness(left, right));
        Assert.Null(GlobOverlap.Witness(right, left));
        Assert.False(GlobOverlap.Covers(left, right));
    }

    [Theory]
    [InlineData("path:./", "path:src/", true)]
    [InlineData("path:src/", "path:src/a/b", true)]
    [InlineData("path:src/", "path:./", false)]
    [InlineData("path:src", "path:src/", false)]
    [InlineData("path:src/", "path:src", true)]
    [InlineData("path:src/", "glob:src/**/*.cs", true)]
    [InlineData("path:./", "glob:**/*.cs", true)]
    [InlineData("path:src/a.cs", "glob:src/a.cs", true)]
    [InlineData("path:src/a.cs", "glob:src/?.cs", false)]
    [InlineData("glob:**/*.cs", "glob:src/*.cs", true)]
    [InlineData("glob:src/*.cs", "glob:**/*.cs", false)]
    [InlineData("glob:a?", "glob:a*", false)]
    [InlineData("glob:a*", "glob:a?", true)]
    [InlineData("glob:a/?", "glob:a/*", false)]
    [InlineData("glob:a/**/b", "glob:a/b", true)]
    [InlineData("glob:a/*/b", "glob:a/**/b", false)]
    [InlineData("glob:**", "path:./", true)]
    [InlineData("glob:**/*", "path:./", true)]
    [InlineData("glob:src/**", "path:src/", true)]
    [InlineData("glob:src/**/*", "path:src/", false)]
    [InlineData("glob:{src,src/**/*}", "path:src/", true)]
    [InlineData("glob:{src,src/?/**,src/??*/**}", "path:src/", true)]
    [InlineData("glob:{src,src/?/**,src/???*/**}", "path:src/", false)]
    [InlineData("glob:src/*", "path:src/auth/", false)]
    [InlineData("plan:42", "plan:42", true)]
    public void Covering_is_inclusion(string lease, string asked, bool covers) =>
        Assert.Equal(covers, GlobOverlap.Covers(LockResource.FromCanonical(lease), LockResource.FromCanonical(asked)));

    [Theory]
    [InlineData("*a", 340, "*b")]
    [InlineData("**/a/", 200, "z")]
    [InlineData("**/*a/", 150, "z")]
    [InlineData("?*", 500, "")]
    public void Patterns_made_to_explode_do_not(string part, int times, string end)
    {
        string text = string.Concat(Enumerable.Repeat(part, times));
        LockResource a = LockResource.FromCanonical("glob:" + text + end), b = LockResource.FromCanonical("glob:" + text + "a");
        long start = Stopwatch.GetTimestamp();
        _ = GlobOverlap.Witness(a, b);
        _ = GlobOverlap.Covers(a, b);
        _ = GlobOverlap.Covers(b, LockResource.FromCanonical("path:a/"));
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }
}
