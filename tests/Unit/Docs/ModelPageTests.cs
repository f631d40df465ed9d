using System.Reflection;
using System.Text.RegularExpressions;

namespace SwarmLocks.Tests.Unit.Docs;

/// <summary>The page that says which code the model of the protocol stands for must go with that code.</summary>
public sealed partial class ModelPageTests
{
    private const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    private static readonly string Folder = Path.Combine(Repository.Root, "docs", "model");

    [Fact]
    public void Every_member_that_the_model_page_names_exists()
    {
        var types = typeof(LockManager).Assembly.GetTypes().ToLookup(t => t.Name);
        var named = Rows().SelectMany(row => Member().Matches(row.Code)).Select(m => (Type: m.Groups["type"].Value, Member: m.Groups["member"].Value)).Distinct().ToList();
        Assert.True(named.Count > 25, "the page names the code");
        foreach (var (type, member) in named)
            Assert.True(types[type].Any(t => t.GetMember(member, Any).Length > 0), $"docs/model/README.md names {type}.{member}, which does not exist");
    }

    [Fact]
    public void Every_part_of_the_model_that_the_page_names_exists()
    {
        string model = File.ReadAllText(Path.Combine(Folder, "protocol.pml"));
        var named = Rows().SelectMany(row => Part().Matches(row.Model)).Select(m => m.Groups["part"].Value).Distinct().ToList();
        Assert.True(named.Count > 15, "the page names the parts of the model");
        foreach (string part in named)
            Assert.True(Regex.IsMatch(model, @"\b" + part + (part.EndsWith(':') ? "" : @"\b"), RegexOptions.None, TimeSpan.FromSeconds(10)), $"protocol.pml has no {part}");
    }

    [Fact]
    public void Every_broken_variant_of_the_model_is_tried()
    {
        string[] notVariants = ["N", "TTL", "LIVENESS"];
        var inModel = Condition().Matches(File.ReadAllText(Path.Combine(Folder, "protocol.pml"))).Select(m => m.Groups["name"].Value).Except(notVariants);
        var tried = Variant().Matches(File.ReadAllText(Path.Combine(Repository.Root, "eng", "model.sh"))).Select(m => m.Groups["name"].Value);
        Assert.Equal(inModel.Distinct().Order(StringComparer.Ordinal), tried.Order(StringComparer.Ordinal));
    }

    /// <summary>The table that maps the model to the code.</summary>
    private static IEnumerable<(string Model, string Code)> Rows() =>
        File.ReadLines(Path.Combine(Folder, "README.md"))
            .SkipWhile(line => !line.StartsWith("| In the model", StringComparison.Ordinal)).TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Split('|')).Select(cells => (cells[1], cells[2]));

    [GeneratedRegex(@"`(?<type>\w+)\.(?<member>\w+)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Member();

    [GeneratedRegex(@"`(?<part>\w+:?)`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Part();

    [GeneratedRegex(@"^#ifn?def (?<name>\w+)", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Condition();

    [GeneratedRegex(@"^  ""(?<name>[A-Z_]+) +(safety|progress) ", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Variant();
}
