using System.Text.RegularExpressions;

namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>A store that no death may leave is told; the one that a death does leave is accepted.</summary>
[Collection(Swarm.Name)]
public sealed partial class AftermathTests
{
    private const string Record = "locks/path=src+a.cs.json";
    private const string Journal = "journal.jsonl";

    private static readonly CrashScenario Release = new("test", "release", "src/a.cs") { Arrange = Arranged.Held((CrashScenario.Victim, "src/a.cs"), ("neighbour", "src/b.cs")) };

    /// <summary>Each something done to a store, and what must be said of it.</summary>
    private static readonly Dictionary<string, (Action<string> Damage, string Said)> Damages = new(StringComparer.Ordinal)
    {
        ["a counter behind a record"] = (data => Rewrite(data, "../guard", text => Counter().Replace(text, m => m.Value[..^4] + "0000")), "the counter says"),
        ["a record that nobody can read"] = (data => File.WriteAllText(Path.Combine(data, Record), "{}\n"), "Unreadable"),
        ["a record of another version"] = (data => Rewrite(data, Record, text => text.Replace("\"version\":1", "\"version\":9", StringComparison.Ordinal)), "version"),
        ["a lease of a stranger"] = (data => Rewrite(data, Record, text => text.Replace(CrashScenario.Victim, "stranger", StringComparison.Ordinal)), "again it"),
        ["a neighbour without its lease"] = (data => File.Delete(Path.Combine(data, "locks/path=src+b.cs.json")), "again it left"),
        ["a journal without what happened before"] = (data => File.WriteAllText(Path.Combine(data, Journal), ""), "Assert.Equal"),
        ["a journal whose lines have other numbers"] = (data => Rewrite(data, Journal, text => "\n" + text), "Assert.Equal"),
        ["a journal that counts backwards"] = (data => Rewrite(data, Journal, text => $"{text}{{\"continues_from\":-100000}}\n{text}"), "Assert.Equal"),
        ["a file among the requests in line"] = (data => File.WriteAllText(Path.Combine(data, "waiting/other"), ""), "waiting/other"),
        ["a folder that is not of the store"] = (data => Directory.CreateDirectory(Path.Combine(data, "other")), "Assert.Equal"),
        ["a second store beside it"] = (data => Directory.CreateDirectory(Path.Combine(data, "../other")), "Assert.Single"),
    };

    public static TheoryData<string> Names => [.. Damages.Keys];

    [NativeFact]
    public async Task What_a_death_before_the_first_change_leaves_is_accepted() => Assert.Null(await LookAsync(_ => { }));

    [NativeFact]
    public async Task A_remnant_of_a_dead_writer_is_accepted() => Assert.Null(await LookAsync(data => File.WriteAllText(Path.Combine(data, "next.tmp"), "{")));

    [NativeTheory]
    [MemberData(nameof(Names))]
    public async Task What_no_death_may_leave_is_told(string damage)
    {
        var (change, said) = Damages[damage];
        var violation = await LookAsync(change);
        Assert.True(violation is not null, $"{damage} was accepted");
        Assert.True(CrashTally.IsViolation(violation), $"{violation.GetType()} would not count");
        Assert.Contains(said, violation.ToString(), StringComparison.Ordinal);
    }

    private static async Task<Exception?> LookAsync(Action<string> damage)
    {
        await using var place = await CrashPlace.MakeAsync(Release);
        place.NoteDone(await LoneCommand.RunAsync(place.Tree, Release.Arguments));
        place.Restore();
        damage(place.Tree.DataFolder);
        return await Xunit.Record.ExceptionAsync(() => place.LookAsync(place.Read(), told: ""));
    }

    private static void Rewrite(string data, string name, Func<string, string> change)
    {
        string file = Path.Combine(data, name);
        string text = File.ReadAllText(file);
        Assert.NotEqual(text, change(text));
        File.WriteAllText(file, change(text));
    }

    [GeneratedRegex("(?<=token )[0-9]+", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Counter();
}
