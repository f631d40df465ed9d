using SwarmLocks.FileStore;

namespace SwarmLocks.Tests.Unit.Resources;

public class LockFileNameTests
{
    /// <summary>The values that its authors publish.</summary>
    [Theory]
    [InlineData("", "6c62272e07bb014262b821756295c58d")]
    [InlineData("a", "d228cb696f1a8caf78912b704e4a8964")]
    [InlineData("foobar", "343e1662793c64bf6f0d3597ba446f18")]
    public void The_hash_of_long_names_is_that_of_FNV(string text, string hash) =>
        Assert.Equal(hash, LockFileName.Hash(System.Text.Encoding.UTF8.GetBytes(text)).ToString("x32", System.Globalization.CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("path:src/auth/login.cs", "path=src+auth+login.cs")]
    [InlineData("path:src/auth/", "path=src+auth+")]
    [InlineData("path:./", "path=.+")]
    [InlineData("path:.gitignore", "path=.gitignore")]
    [InlineData("path:README.md", "path=^r^e^a^d^m^e.md")]
    [InlineData("path:a/b", "path=a+b")]
    [InlineData("path:a-b", "path=a-b")]
    [InlineData("path:a%2Fb", "path=a%252^fb")]
    [InlineData("path:a+b=c^d~e", "path=a%2bb%3dc%5ed%7ee")]
    [InlineData("path:é 日", "path=%c3%a9%20%e6%97%a5")]
    [InlineData("path:@x", "path=%40x")]
    [InlineData("path:a:b", "path=a%3ab")]
    [InlineData("glob:src/**/*.cs", "glob=src+%2a%2a+%2a.cs")]
    [InlineData("plan:42", "plan=42")]
    [InlineData("X-y:a", "^x-y=a")]
    public void A_name_is_readable_and_reads_back(string canonical, string name)
    {
        Assert.Equal(name, LockFileName.Encode(LockResource.FromCanonical(canonical)));
        Assert.Equal(canonical, LockFileName.TryDecode(name)?.ToString());
        Assert.False(LockFileName.IsHashed(name));
    }

    [Theory]
    [InlineData("")]
    [InlineData("plan")]
    [InlineData("plan=")]
    [InlineData("=42")]
    [InlineData("plan=4=2")]
    [InlineData("plan=A")]
    [InlineData("plan=%41")]
    [InlineData("plan=%3A")]
    [InlineData("plan=%61")]
    [InlineData("plan=%2")]
    [InlineData("plan=%ff")]
    [InlineData("plan=%+1")]
    [InlineData("plan=^")]
    [InlineData("plan=^1")]
    [InlineData("plan=a~b")]
    [InlineData("path=..+a")]
    [InlineData("path=a+b.json.tmp~")]
    [InlineData("plan%3d42")]
    [InlineData("readme.txt")]
    public void A_foreign_name_is_no_resource(string name)
    {
        Assert.Null(LockFileName.TryDecode(name));
        Assert.False(LockFileName.IsHashed(name));
    }

    /// <summary>What it reads back is what it would write: no second name of a resource is taken for its lock file.</summary>
    [Fact]
    public void Only_the_name_that_is_written_is_read_back()
    {
        var random = new Random(20261122);
        string[] kinds = ["path=", "glob=", "plan=", "^x-y=", ""];
        int read = 0;
        for (int i = 0; i < 100_000; i++)
        {
            string name = kinds[random.Next(kinds.Length)] + new string(random.GetItems<char>("aab.-_+=^%6c1A~", random.Next(1, random.Next(2, 14))));
            if (LockFileName.TryDecode(name) is not { } resource)
                continue;
            Assert.Equal(name, LockFileName.Encode(resource));
            read++;
        }
        Assert.InRange(read, 10_000, 90_000);
    }

    [Fact]
    public void A_long_name_is_cut_and_told_apart_by_a_hash()
    {
        foreach (string letter in (string[])["a", "A", "é", "日", "a+", "/b"])
        {
            string text = "path:x" + string.Concat(Enumerable.Repeat(letter, 400));
            string name = LockFileName.Encode(LockResource.FromCanonical(text)), other = LockFileName.Encode(LockResource.FromCanonical(text + "x"));
            Assert.InRange(name.Length, 190, 200);
            Assert.NotEqual(name, other, StringComparer.Ordinal);
            Assert.True(LockFileName.IsHashed(name));
            Assert.Null(LockFileName.TryDecode(name));
            Assert.DoesNotContain("^~", name, StringComparison.Ordinal);
            Assert.DoesNotContain("%~", name, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_longest_plain_name_is_200_bytes()
    {
        Assert.Equal("plan=" + new string('a', 195), LockFileName.Encode(LockResource.FromCanonical("plan:" + new string('a', 195))));
        Assert.True(LockFileName.IsHashed(LockFileName.Encode(LockResource.FromCanonical("plan:" + new string('a', 196)))));
    }
}
