using System.Diagnostics;
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

    /// <summary>One that does not is no mutant any more: the code has moved on, and nothing says so before somebody tries it.</summary>
    [Fact]
    public async Task Every_mutant_can_be_planted()
    {
        var cannot = new List<string>();
        foreach (string name in Directory.EnumerateFiles(Path.Combine(Repository.Root, "eng", "mutants")).Select(Path.GetFileName).Cast<string>())
        {
            using var git = Process.Start(new ProcessStartInfo("git", ["apply", "--check", "-C1", Path.Combine("eng", "mutants", name)])
            {
                WorkingDirectory = Repository.Root,
                UseShellExecute = false,
                RedirectStandardError = true,
            })!;
            string said = await git.StandardError.ReadToEndAsync();
            await git.WaitForExitAsync();
            if (git.ExitCode != 0)
                cannot.Add($"{name}: {said}");
        }
        Assert.Empty(cannot);
    }

    [GeneratedRegex(@"^Killed by: (?<project>tests/(Unit|Stress)) (FullyQualifiedName~(\w+\.)*(?<test>\w+)\|?)+$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Killer();
}
