using System.Globalization;
using System.Text.RegularExpressions;
using SwarmLocks.Cli;
using SwarmLocks.Tests.Stress.Faults;
using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress.Clocks;

/// <summary>Records from another boot, another host, and from years that nobody lives in; and what is said of them where clocks change.</summary>
public sealed partial class RecordsOfOtherTimesTests(ITestOutputHelper output)
{
    private const string OtherBoot = "00000000-0000-0000-0000-000000000000/time:[4026531834]";

    private static readonly string[] Instants =
        ["0001-01-01T00:00:00.000Z", "1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00.000Z", "2038-01-19T03:14:08.000Z", "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999-14:00", "0001-01-01T00:00:00.000+14:00"];

    private static readonly string[] Zones = ["UTC", "Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago"];

    private static readonly string[] Looks = ["list", "list --stale", "list --json", "who-has x.cs", "check --agent a x.cs", "history", "acquire --agent b x.cs", "acquire --agent b y* --json", "renew --agent a --all", "cleanup-stale-locks --dry-run"];

    [NativeFact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task Dates_at_the_ends_of_time_are_judged_and_told_without_a_failure()
    {
        int seed = Seed.New(output);
        using var trials = new Trials(output, "dates at the ends of time", "commands", seed);
        using var tree = Tree.Create();
        await AcquireAsync(tree);
        var before = StoreImage.Of(tree);
        string[] clocks = ["null", $"\"{OtherBoot}\"", "\"\"", "\"/\"", "own"];
        string[] ends = ["-9223372036854775808", "-1", "0", "9223372036854775807"];
        var random = new Random(seed);
        var all = (from instant in Instants from clock in clocks from end in ends from zone in Zones from look in Looks select (instant, clock, end, zone, look)).ToArray();
        random.Shuffle(all);
        var budget = Proof.Budget(4, 0.02);
        List<string> violations = [];
        foreach (var (instant, clock, end, zone, look) in all.TakeWhile(_ => Proof.IsLong || trials.Tried < 50 || trials.Elapsed < budget))
        {
            foreach (string file in (string[])["path=x.cs.json", "path=y.cs.json"])
            {
                Rewrite(tree, file, record => Dates().Replace(End().Replace(clock == "own" ? record : Clock().Replace(record, $"\"clock\":{clock}"), $"\"expires_ms\":{end}"), $"\"${{name}}\":\"{instant}\""));
            }
            var answer = await NativeCommand.RunBelowAsync([], tree.Root, look.Split(' '), ("TZ", zone));
            trials.Tried++;
            if (answer.Trouble() is { } trouble)
                violations.Add($"{instant} {clock} {end} in {zone}, {look}: {trouble}\n{answer}");
            before.Restore();
        }
        trials.Notes = string.Create(CultureInfo.InvariantCulture, $"of {all.Length} in all");
        trials.End(violations);
    }

    [NativeFact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task A_record_of_an_earlier_boot_is_over_and_one_of_another_running_kernel_is_refused()
    {
        using var trials = new Trials(output, "records of another boot", "commands") { Tried = 2 };
        using var tree = Tree.Create();
        await AcquireAsync(tree);
        Rewrite(tree, "path=x.cs.json", record => Clock().Replace(record, $"\"clock\":\"{OtherBoot}\""));
        var refused = await NativeCommand.RunAsync(tree.Root, "acquire", "--agent", "b", "x.cs");
        Assert.True(refused is { Code: CommandEnd.Store } && refused.Trouble() is null, $"{refused}");
        Assert.Contains("Another machine or kernel", refused.Error, StringComparison.Ordinal);

        Rewrite(tree, "path=x.cs.json", record => Dates().Replace(record, "\"${name}\":\"2001-01-01T00:00:00.000Z\""));
        var granted = await NativeCommand.RunAsync(tree.Root, "acquire", "--agent", "b", "x.cs");
        Assert.True(granted.Code == CommandEnd.Done, $"{granted}");
        Assert.Contains("took over from a", granted.Out, StringComparison.Ordinal);
        trials.End();
    }

    [NativeFact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task Another_host_name_changes_nothing()
    {
        using var trials = new Trials(output, "a record of another host", "commands") { Tried = 2 };
        using var tree = Tree.Create();
        await AcquireAsync(tree);
        Rewrite(tree, "path=x.cs.json", record => Host().Replace(record, "\"host\":\"elsewhere\""));
        Assert.Equal(CommandEnd.Refused, (await NativeCommand.RunAsync(tree.Root, "acquire", "--agent", "b", "x.cs")).Code);
        Assert.Equal(CommandEnd.Done, (await NativeCommand.RunAsync(tree.Root, "release", "--agent", "a", "x.cs")).Code);
        trials.End();
    }

    /// <summary>At 01:00 UTC clocks in Berlin go from 02:00 to 03:00 in spring, and from 03:00 to 02:00 in autumn.</summary>
    [Theory]
    [InlineData("2027-03-28T00:30:00Z", "03:30:00 (in 1h)")]
    [InlineData("2027-10-31T00:30:00Z", "02:30:00 (in 1h)")]
    [InlineData("2027-03-27T22:30:00Z", "2027-03-28 00:30:00 (in 1h)")]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task On_the_days_when_clocks_change_a_lease_lasts_as_long_as_on_any_other(string now, string until)
    {
        using var trials = new Trials(output, "days of 23 and 25 hours", "questions") { Tried = 5 };
        using var tree = Tree.Create();
        var time = new Berlin(DateTimeOffset.Parse(now, CultureInfo.InvariantCulture));
        Assert.Contains($"until {until}", (await RunAsync(tree, time, "acquire --agent a x.cs --ttl 1h")).Out, StringComparison.Ordinal);
        foreach (var (minutes, code) in ((int, int)[])[(0, CommandEnd.Done), (59, CommandEnd.Done), (60, CommandEnd.Refused), (150, CommandEnd.Refused)])
        {
            time.Passed = TimeSpan.FromMinutes(minutes);
            var held = await RunAsync(tree, time, "check --agent a x.cs");
            Assert.True(held.Code == code && held.Trouble() is null, $"after {minutes} minutes: {held}");
        }
        trials.End();
    }

    private static async Task AcquireAsync(Tree tree) =>
        Assert.Equal(CommandEnd.Done, (await NativeCommand.RunAsync(tree.Root, "acquire", "--agent", "a", "x.cs", "y.cs", "--ttl", "1h")).Code);

    private static void Rewrite(Tree tree, string name, Func<string, string> change)
    {
        string file = Directory.EnumerateFiles(tree.Root, name, SearchOption.AllDirectories).Single();
        File.WriteAllText(file, change(File.ReadAllText(file)));
    }

    private static async Task<CommandEnd> RunAsync(Tree tree, TimeProvider time, string line)
    {
        await using var data = new StringWriter { NewLine = "\n" };
        await using var messages = new StringWriter { NewLine = "\n" };
        int code = await App.RunAsync(line.Split(' '), new CliHost
        {
            Out = data,
            Error = messages,
            OutIsTerminal = false,
            ErrorIsTerminal = false,
            Variable = _ => null,
            WorkingDirectory = tree.Root,
            Time = time,
            Open = _ => tree.Open(time),
        });
        return new CommandEnd(code, data.ToString(), messages.ToString());
    }

    [GeneratedRegex("\"(?<name>acquired_at|renewed_at|expires_at)\":\"[^\"]*\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Dates();

    [GeneratedRegex("\"expires_ms\":-?[0-9]+", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex End();

    [GeneratedRegex("\"clock\":(null|\"[^\"]*\")", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Clock();

    [GeneratedRegex("\"host\":\"[^\"]*\"", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Host();

    /// <summary>A machine in Berlin, whose two clocks stand still between two commands.</summary>
    private sealed class Berlin(DateTimeOffset start) : TimeProvider
    {
        public TimeSpan Passed { get; set; }

        public override TimeZoneInfo LocalTimeZone { get; } = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => start + Passed;

        public override long GetTimestamp() => TimeSpan.FromHours(5).Ticks + Passed.Ticks;
    }
}
