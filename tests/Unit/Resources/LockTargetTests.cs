namespace SwarmLocks.Tests.Unit.Resources;

public class LockTargetTests
{
    [Theory]
    [InlineData("src/a.cs", "path", "src/a.cs")]
    [InlineData("path:a:b", "path", "a:b")]
    [InlineData("./a:b", "path", "./a:b")]
    [InlineData("path:a*{b", "path", "a*{b")]
    [InlineData("src/*.cs", "glob", "src/*.cs")]
    [InlineData("a?", "glob", "a?")]
    [InlineData("glob:a", "glob", "a")]
    [InlineData("glob:{a,b}", "glob", "{a,b}")]
    [InlineData("app/[id]/page.tsx", "path", "app/[id]/page.tsx")]
    [InlineData("plan:42", "plan", "42")]
    [InlineData("task:a:b/*", "task", "a:b/*")]
    [InlineData("project:x", "project", "x")]
    [InlineData("name:x", "name", "x")]
    [InlineData("db:main", "db", "main")]
    [InlineData("@x", "path", "@x")]
    [InlineData("-x", "path", "-x")]
    [InlineData(":x", "path", ":x")]
    [InlineData("日本/é", "path", "日本/é")]
    public void A_text_has_a_kind_and_a_value(string text, string kind, string value)
    {
        LockTarget target = LockTarget.Parse(text, new HashSet<string>(StringComparer.Ordinal) { "db" });
        Assert.Equal((text, kind, value), (target.Text, target.Kind, target.Value));
        Assert.Equal(text, target.ToString());
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("path:", "nothing after")]
    [InlineData("plan:", "nothing after")]
    [InlineData("foo:bar", "unknown kind 'foo:'; the kinds are path, glob, plan, project, task, name, and")]
    [InlineData("a:b", "./a:b or path:a:b")]
    [InlineData("Plan:1", "unknown kind")]
    [InlineData("a{b", "write glob: or path:")]
    [InlineData("src/*.{cs,md}", "write glob: or path:")]
    [InlineData("a\0b", "control character U+0000")]
    [InlineData("a\nb", "control character U+000A")]
    [InlineData("plan:a\u0085", "control character U+0085")]
    [InlineData("glob:{a", "'{' without")]
    [InlineData("glob:a}", "'}' without")]
    [InlineData("glob:a\\", "ends in '\\'")]
    [InlineData("glob:a\\/b", "escapes a '/'")]
    [InlineData("a**", "whole segment")]
    [InlineData("a/***", "whole segment")]
    [InlineData("glob:{*,a}{*b,c}", "whole segment")]
    [InlineData("../*", "anchored at the root of the tree")]
    [InlineData("glob:a/{b,..}/c", "anchored at the root of the tree")]
    [InlineData("/src/*", "anchored at the root of the tree")]
    [InlineData("glob:{/a,b}", "anchored at the root of the tree")]
    [InlineData("src/*/", "write /**")]
    [InlineData("glob:.", "path:./")]
    [InlineData("glob:{,a}", "path:./")]
    [InlineData("glob:{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}", "at most 64")]
    public void Bad_input_gets_one_sentence(string text, string says)
    {
        LockUsageException error = Assert.Throws<LockUsageException>(() => LockTarget.Parse(text));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    // Not table rows: the test runner replaces such texts in its reports and then takes them for others.
    [Fact]
    public void Half_a_surrogate_pair_is_refused()
    {
        foreach (string text in (string[])["a\ud83d", "\ude00b", "plan:\ud83d\ud83d", "*\ud83d/"])
            Assert.Contains("surrogate", Assert.Throws<LockUsageException>(() => LockTarget.Parse(text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lengths_are_limited_and_messages_stay_short()
    {
        Assert.Equal(4096, LockTarget.Parse(new string('a', 4096)).Value.Length);
        Assert.Equal(1024, LockTarget.Parse("plan:" + new string('é', 1024)).Value.Length);
        foreach (string text in (string[])[new('a', 10_240), new('é', 2049), "plan:" + new string('x', 1025), "*" + new string('x', 1024)])
            Assert.InRange(Assert.Throws<LockUsageException>(() => LockTarget.Parse(text)).Message.Length, 10, 200);
    }

    [Fact]
    public void Deep_braces_and_long_expansions_are_refused()
    {
        Assert.Throws<LockUsageException>(() => LockTarget.Parse("glob:" + new string('{', 500) + new string('}', 500)));
        Assert.Throws<LockUsageException>(() => LockTarget.Parse("glob:{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}" + new string('x', 900)));
    }

    [Fact]
    public void A_slash_at_the_end_makes_a_path_a_directory()
    {
        Assert.True(LockTarget.Parse("src/").IsDirectory);
        Assert.True(LockTarget.Parse("path:./").IsDirectory);
        Assert.False(LockTarget.Parse("src").IsDirectory);
        Assert.False(LockTarget.Parse("plan:x/").IsDirectory);
    }
}
