using System.Text.RegularExpressions;

namespace SwarmLocks.Tests.Unit.Docs;

/// <summary>Each mutant says what it breaks and which tests are to find it; <c>eng/mutants.sh</c> tries them.</summary>
public sealed partial class MutantTests
{
    public static TheoryData<string> Mutants => [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "eng", "mutants")).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Mutants))]
    public void A_mutant_says_what_it_breaks_and_names_tests_that_exist(string name)
    {
        string[] lines = File.ReadAllLines(Path.Combine(Repository.Root, "eng", "mutants", name));
        Assert.Matches(@"^\d\d-[a-z-]+\.patch$", name);
        Assert.StartsWith("Breaks: ", lines[0], StringComparison.Ordinal);
        var killer = Killer().Match(lines[1]);
        Assert.True(killer.Success, lines[1]);
        var classes = Directory.EnumerateFiles(Path.Combine(Repository.Root, killer.Groups["project"].Value), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText).ToList();
        foreach (Capture test in killer.Groups["test"].Captures)
            Assert.True(classes.Exists(text => Regex.IsMatch(text, $@"\b(class|Task|void) {test.Value}\b", RegexOptions.None, TimeSpan.FromSeconds(10))), $"{name}: there is no test {test.Value}");
    }

    [GeneratedRegex(@"^Killed by: (?<project>tests/(Unit|Stress)) (FullyQualifiedName~(\w+\.)*(?<test>\w+)\|?)+$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Killer();
}
