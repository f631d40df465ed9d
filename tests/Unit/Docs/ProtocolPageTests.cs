using System.Text.RegularExpressions;

namespace SwarmLocks.Tests.Unit.Docs;

/// <summary>What the documents claim must be there.</summary>
public sealed partial class ProtocolPageTests
{
    private static readonly string Root = Repository.Root;

    [Fact]
    public void Every_test_that_the_protocol_page_names_exists()
    {
        string page = File.ReadAllText(Path.Combine(Root, "docs", "protocol.md"));
        var sources = Directory.EnumerateFiles(Path.Combine(Root, "tests"), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText).ToList();
        var named = TestName().Matches(page).Select(m => (Class: m.Groups["type"].Value, Method: m.Groups["method"].Value)).Distinct().ToList();
        Assert.True(named.Count > 20, "the page names its tests");
        foreach (var (type, method) in named)
        {
            Assert.True(
                sources.Exists(s => Regex.IsMatch(s, $@"class {type}\b", RegexOptions.None, TimeSpan.FromSeconds(10)) && (method.Length == 0 || s.Contains($" {method}(", StringComparison.Ordinal))),
                $"docs/protocol.md names {type}.{method}, which does not exist");
        }
    }

    [Fact]
    public void No_page_holds_the_place_of_something_that_was_to_come()
    {
        foreach (string page in Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md").Append(Path.Combine(Root, "README.md")))
            Assert.DoesNotMatch("[A-Z]+_OUTPUT|TO" + "DO|TB" + "D", File.ReadAllText(page));
    }

    [Fact]
    public void Every_link_from_one_page_to_another_leads_somewhere()
    {
        foreach (string page in Directory.EnumerateFiles(Path.Combine(Root, "docs"), "*.md").Append(Path.Combine(Root, "README.md")))
        {
            foreach (Match link in Link().Matches(File.ReadAllText(page)))
                Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(page)!, link.Groups["page"].Value)), $"{page} links to {link.Groups["page"].Value}");
        }
    }

    [GeneratedRegex(@"`(?<type>\w+Tests|LockStoreContract)(\.(?<method>\w+))?`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex TestName();

    [GeneratedRegex(@"\]\((?<page>(?!http)[^)#]+\.md)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Link();
}
