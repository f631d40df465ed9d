using FsCheck.Fluent;
using SwarmLocks.FileStore;
using SwarmLocks.Policy;

namespace SwarmLocks.Tests.Unit.Resources;

public class LockResourceTests
{
    [Theory]
    [InlineData("path:src/a.cs", false)]
    [InlineData("path:src/auth/", true)]
    [InlineData("path:./", true)]
    [InlineData("path:a:b, {c} *", false)]
    [InlineData("glob:src/**/*.cs", true)]
    [InlineData("glob:src/{*.cs,*.md}", true)]
    [InlineData("glob:a,b\\{\\*", true)]
    [InlineData("plan:42", false)]
    [InlineData("whatever:x/", false)]
    public void Canonical_text_reads_back(string canonical, bool isPattern)
    {
        LockResource resource = LockResource.FromCanonical(canonical);
        Assert.Equal(canonical, resource.ToString());
        Assert.Equal(isPattern, resource.IsPattern);
        Assert.Equal(canonical[..canonical.IndexOf(':', StringComparison.Ordinal)], resource.Kind);
        Assert.True(resource == LockResource.FromCanonical(canonical) && resource.GetHashCode() == LockResource.FromCanonical(canonical).GetHashCode());
    }

    [Theory]
    [InlineData("")]
    [InlineData("src/a.cs")]
    [InlineData(":x")]
    [InlineData("a b:x")]
    [InlineData("path:")]
    [InlineData("path:/a")]
    [InlineData("path:/")]
    [InlineData("path:a//b")]
    [InlineData("path:a//")]
    [InlineData("path:./a")]
    [InlineData("path:.")]
    [InlineData("path:../a")]
    [InlineData("path:a/..")]
    [InlineData("path:a/./")]
    [InlineData("path:a\nb")]
    [InlineData("plan:a\0b")]
    [InlineData("glob:./a")]
    [InlineData("glob:a//b")]
    [InlineData("glob:\\a")]
    [InlineData("glob:a\\,b")]
    [InlineData("glob:**/**")]
    [InlineData("glob:{a}")]
    [InlineData("glob:{b,a}")]
    [InlineData("glob:{a,a}")]
    [InlineData("glob:{a/b,a/c}")]
    [InlineData("glob:{a")]
    [InlineData("glob:../a")]
    public void What_is_not_canonical_is_refused(string text) => Assert.Throws<FormatException>(() => LockResource.FromCanonical(text));

    [Fact]
    public void Too_long_is_refused()
    {
        Assert.Throws<FormatException>(() => LockResource.FromCanonical("path:" + new string('é', 2049)));
        Assert.Throws<FormatException>(() => LockResource.FromCanonical("plan:" + new string('x', 1025)));
        Assert.Throws<FormatException>(() => LockResource.FromCanonical("glob:" + new string('{', 500_000)));
        Assert.Throws<FormatException>(() => LockResource.FromCanonical("plan:\ud83d"));
    }

    [Theory]
    [InlineData("src/*.{md,cs}", "src/{*.cs,*.md}")]
    [InlineData("{src,tests}/**/*.cs", "{src,tests}/**/*.cs")]
    [InlineData("a/{b,b}/./c", "a/b/c")]
    [InlineData("{src,src/**}", "{src,src/**}")]
    [InlineData("{a\\,b,c}", "{a\\,b,c}")]
    [InlineData("a\\,b", "a,b")]
    [InlineData("{a,{b,c/d}}/**/**/x", "{a,b,c/d}/**/x")]
    [InlineData("[\\i]", "[i]")]
    public void A_glob_has_one_way_to_write_it(string glob, string canonical) => Assert.Equal(canonical, GlobPattern.Parse(glob).Render());

    [Fact]
    public void Rendering_keeps_the_meaning_and_is_stable() =>
        Samples.Check(Prop.ForAll(Samples.Texts, text =>
        {
            string canonical = Samples.Resource(text).ToString();
            NaiveGlob before = new(text), after = new(canonical.Replace("path:", "", StringComparison.Ordinal));
            return LockResource.FromCanonical(canonical).ToString() == canonical
                && Array.TrueForAll(Samples.Paths, p => before.Matches(p) == after.Matches(p));
        }), 300);

    [Fact]
    public void Any_text_is_refused_or_reads_back_and_so_does_its_file_name() =>
        Samples.Check(Prop.ForAll(Samples.Odd, text =>
        {
            LockResource resource;
            try
            {
                resource = LockResource.FromCanonical(text);
            }
            catch (FormatException)
            {
                return true;
            }

            string name = LockFileName.Encode(resource);
            return resource.ToString() == text
                && name.Length <= 200 && !name.StartsWith('.') && !name.Any(char.IsAsciiLetterUpper)
                && (LockFileName.IsHashed(name) ? LockFileName.TryDecode(name) is null : resource.Equals(LockFileName.TryDecode(name)));
        }), 5000);

    [Fact]
    public void Different_resources_have_different_names_when_case_is_ignored() =>
        Samples.Check(Prop.ForAll(Samples.Odd, Samples.Odd, (a, b) =>
            TryRead(a) is not { } left || TryRead(b) is not { } right || left == right
            || !LockFileName.Encode(left).Equals(LockFileName.Encode(right), StringComparison.OrdinalIgnoreCase)), 5000);

    private static LockResource? TryRead(string text)
    {
        try
        {
            return LockResource.FromCanonical(text);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
