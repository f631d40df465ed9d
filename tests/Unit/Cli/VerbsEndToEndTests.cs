using System.Text.Json;

namespace SwarmLocks.Tests.Unit.Cli;

/// <summary>Every verb, as a real process in a real working tree.</summary>
public sealed class VerbsEndToEndTests : IDisposable
{
    private readonly TempTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public async Task One_agent_gets_it_the_other_hears_who_why_and_until_when()
    {
        var first = await _tree.RunAsync("acquire", "src/a.cs", "--reason", "rename login");
        Assert.Equal((0, ""), (first.Code, first.Error));
        Assert.StartsWith("acquired path:src/a.cs (exclusive) until ", first.Out, StringComparison.Ordinal);

        var second = await _tree.RunAsync(["acquire", "src/a.cs"], agent: "b");
        Assert.Equal((75, ""), (second.Code, second.Out));
        Assert.Matches("^swarmlocks: path:src/a.cs is held by a \\(\"rename login\"\\) until .* \\(in (5m|4m[0-9]+s)\\)\n  next: ", second.Error);

        var again = await _tree.RunAsync("acquire", "./src/../src/a.cs");
        Assert.Equal(0, again.Code);
        Assert.StartsWith("already yours (without a session, asked for by pid ", again.Out, StringComparison.Ordinal);

        Assert.Equal(77, (await _tree.RunAsync(["release", "src/a.cs"], agent: "b")).Code);
        Assert.Equal("released path:src/a.cs\n", (await _tree.RunAsync("release", "src/a.cs")).Out);
        var twice = await _tree.RunAsync("release", "src/a.cs");
        Assert.Equal(0, twice.Code);
        Assert.StartsWith("not held src/a.cs: it was released at ", twice.Out, StringComparison.Ordinal);
        Assert.Equal(0, (await _tree.RunAsync(["acquire", "src/a.cs"], agent: "b")).Code);
    }

    [Fact]
    public async Task Whoever_does_not_read_the_answer_has_the_lock_and_no_error()
    {
        using var process = _tree.Start(["sh", "-c", """{ "$@"; echo $? >code; } | true""", "sh"], ["acquire", "src/a.cs"]);
        Assert.Equal("", (await TempTree.EndAsync(process)).Error);
        Assert.Equal("0\n", await File.ReadAllTextAsync(_tree.At("code")));
        Assert.Equal(0, (await _tree.RunAsync("check", "src/a.cs")).Code);
    }

    [Fact]
    public async Task Paths_are_relative_to_where_one_stands()
    {
        Assert.Equal(0, (await _tree.RunAsync(["acquire", "a.cs"], directory: _tree.At("src"))).Code);
        Assert.Equal(0, (await _tree.RunAsync("check", "src/a.cs")).Code);
    }

    [Fact]
    public async Task Names_that_look_odd_are_locked_under_their_own_name()
    {
        Assert.Equal(0, (await _tree.RunAsync("acquire", "@x", "./-x", "[id]/page.tsx", "src/")).Code);
        var list = await _tree.RunAsync("list");
        Assert.All(["path:@x ", "path:-x ", "path:[id]/page.tsx ", "path:src/ "], name => Assert.Contains(name, list.Out, StringComparison.Ordinal));
        Assert.Equal(75, (await _tree.RunAsync(["acquire", "src/new/file.cs"], agent: "b")).Code);
    }

    [Theory]
    [InlineData("src/a.cs\nb.cs\n")]
    [InlineData("src/a.cs\0b.cs\0", "-0")]
    public async Task Resources_come_from_stdin(string input, params string[] options)
    {
        Assert.Equal(0, (await _tree.RunAsync(["acquire", "-", .. options], input)).Code);
        Assert.Equal(0, (await _tree.RunAsync("check", "src/a.cs", "b.cs")).Code);
    }

    [Fact]
    public async Task Check_wants_a_live_exclusive_lease_with_its_token()
    {
        using var granted = Json(await _tree.RunAsync("acquire", "src/", "--json"));
        long token = granted.RootElement.GetProperty("fencing_token").GetInt64();
        Assert.Equal(0, (await _tree.RunAsync("check", "src/a.cs", "--fencing-token", $"{token}")).Code);
        Assert.Equal(75, (await _tree.RunAsync("check", "src/a.cs", "--fencing-token", $"{token + 1}")).Code);
        Assert.Equal(75, (await _tree.RunAsync("check", "b.cs")).Code);
        Assert.Equal(0, (await _tree.RunAsync("acquire", "b.cs", "--shared")).Code);
        Assert.Equal(75, (await _tree.RunAsync("check", "b.cs")).Code);
        Assert.Equal(0, (await _tree.RunAsync("check", "b.cs", "--shared")).Code);
    }

    [Fact]
    public async Task Renew_extends_and_never_takes_again()
    {
        await _tree.RunAsync("acquire", "a", "--ttl", "1m");
        using var renewed = Json(await _tree.RunAsync("renew", "--all", "--ttl", "1h", "--json"));
        Assert.Equal(3600, renewed.RootElement.GetProperty("renewed")[0].GetProperty("ttl_seconds").GetDouble());
        Assert.Equal(0, (await _tree.RunAsync("release", "--all")).Code);
        var lost = await _tree.RunAsync("renew", "a");
        Assert.Equal(75, lost.Code);
        Assert.Contains("it was released", lost.Error, StringComparison.Ordinal);
        Assert.Equal("no locks\n", (await _tree.RunAsync("list")).Out);
    }

    [Fact]
    public async Task Who_has_and_list_answer_without_an_agent()
    {
        await _tree.RunAsync(["acquire", "src/**", "--shared"], agent: "b");
        var who = await _tree.RunAsync(["who-has", "src/a.cs"], agent: null);
        Assert.Equal(0, who.Code);
        Assert.StartsWith("glob:src/** is held by b until ", who.Out, StringComparison.Ordinal);
        Assert.Equal("nobody has path:README.md\n", (await _tree.RunAsync(["who-has", "README.md"], agent: null)).Out);
        using var list = Json(await _tree.RunAsync(["list", "--holder", "b", "--json"], agent: null));
        Assert.Equal("shared", list.RootElement.GetProperty("locks")[0].GetProperty("mode").GetString());
        using var none = Json(await _tree.RunAsync(["list", "--holder", "c", "--json"], agent: null));
        Assert.Equal(0, none.RootElement.GetProperty("locks").GetArrayLength());
    }

    [Fact]
    public async Task Wait_ends_when_it_is_free_and_gives_up_in_time()
    {
        Assert.Equal(0, (await _tree.RunAsync(["wait", "a"], agent: null)).Code);
        await _tree.RunAsync("acquire", "a");
        var timeout = await _tree.RunAsync(["wait", "a", "--timeout", "50ms"], agent: null);
        Assert.Equal(75, timeout.Code);
        Assert.Contains("is held by a", timeout.Error, StringComparison.Ordinal);
        using var waiting = _tree.Start([], ["wait", "a"], agent: null);
        await _tree.RunAsync("release", "a");
        Assert.Equal(0, (await TempTree.EndAsync(waiting)).Code);
    }

    [Fact]
    public async Task Acquire_waits_in_line()
    {
        await _tree.RunAsync("acquire", "a");
        Assert.Equal(75, (await _tree.RunAsync(["acquire", "a", "--wait", "50ms"], agent: "b")).Code);
        using var waiting = _tree.Start([], ["acquire", "a", "--wait", "forever"], agent: "b");
        await InLineAsync("b");
        await _tree.RunAsync("release", "a");
        Assert.Equal(0, (await TempTree.EndAsync(waiting)).Code);
    }

    [Fact]
    public async Task Two_that_wait_for_each_other_hear_of_the_cycle()
    {
        await _tree.RunAsync("acquire", "a");
        await _tree.RunAsync(["acquire", "b"], agent: "b");
        using var waiting = _tree.Start([], ["acquire", "a", "--wait", "forever"], agent: "b");
        await InLineAsync("b");
        var deadlock = await _tree.RunAsync("acquire", "b", "--wait", "forever");
        Assert.Equal(75, deadlock.Code);
        Assert.StartsWith("swarmlocks: deadlock: a waits for b waits for a\n  path:b is held by b until ", deadlock.Error, StringComparison.Ordinal);
        using var json = Json(await _tree.RunAsync("acquire", "b", "--wait", "forever", "--json"));
        Assert.StartsWith(
            "Waiting for b would never end, because a waits for b waits for a (b holds b, until ", json.RootElement.GetProperty("message").GetString(), StringComparison.Ordinal);
        await _tree.RunAsync("release", "--all");
        Assert.Equal(0, (await TempTree.EndAsync(waiting)).Code);
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    public async Task A_wait_that_is_stopped_gives_up_its_place(string signal, int code)
    {
        await _tree.RunAsync("acquire", "a");
        using var waiting = _tree.Start(["env", "--default-signal=INT,TERM"], ["acquire", "a", "--wait", "forever", "--json"], agent: "b");
        await InLineAsync("b");
        Unix.Kill(waiting.Id, signal);
        var stopped = await TempTree.EndAsync(waiting);
        Assert.Equal(code, stopped.Code);
        using var json = Json(stopped);
        Assert.Equal("unexpected", json.RootElement.GetProperty("error").GetString());
        string by = signal == "INT" ? "Ctrl-C (INT)" : "TERM";
        Assert.Equal($"Stopped by {by}: the place in line was given up, and nothing was taken.", json.RootElement.GetProperty("message").GetString());
        using var who = Json(await _tree.RunAsync("who-has", "a", "--json"));
        Assert.Equal(0, who.RootElement.GetProperty("waiting").GetArrayLength());
    }

    [Fact]
    public async Task Stale_locks_are_listed_dry_run_and_removed()
    {
        await TempTree.UntilAsync(() => _tree.RunAsync("acquire", "a", "--ttl", "1s").Result.Code == 0, "a is held");
        await _tree.RunAsync("acquire", "b");
        string stale = "";
        await TempTree.UntilAsync(() => (stale = _tree.RunAsync("list", "--stale", "--json").Result.Out).Contains("path:a", StringComparison.Ordinal), "a is stale");
        Assert.DoesNotContain("path:b", stale, StringComparison.Ordinal);
        Assert.Contains("would remove 1\n", (await _tree.RunAsync("cleanup-stale-locks", "--dry-run")).Out, StringComparison.Ordinal);
        using var removed = Json(await _tree.RunAsync(["cleanup-stale-locks", "--json"], agent: null));
        Assert.Equal(1, removed.RootElement.GetProperty("removed").GetInt32());
        Assert.Contains("removed 0\n", (await _tree.RunAsync("cleanup-stale-locks")).Out, StringComparison.Ordinal);
        Assert.Equal(64, (await _tree.RunAsync("cleanup-stale-locks", "--max-age", "0s")).Code);
        await TempTree.UntilAsync(() => _tree.RunAsync("cleanup-stale-locks", "--max-age", "1s").Result.Out.Contains("removed 1\n", StringComparison.Ordinal), "b is a second old");
    }

    [Fact]
    public async Task The_locks_of_an_agent_end_together()
    {
        await _tree.RunAsync("acquire", "a", "b");
        await _tree.RunAsync(["acquire", "c"], agent: "b");
        using var ended = Json(await _tree.RunAsync(["cleanup-agent-locks", "a", "--json"], agent: null));
        Assert.Equal(2, ended.RootElement.GetProperty("removed").GetInt32());
        Assert.Equal(0, (await _tree.RunAsync(["acquire", "a", "b"], agent: "b")).Code);
    }

    [Fact]
    public async Task A_broken_lease_is_lost_and_its_holder_is_told_why()
    {
        await _tree.RunAsync("acquire", "a");
        var broken = await _tree.RunAsync(["break", "a", "--reason", "it hangs"], agent: "lead");
        Assert.Equal((0, "broke path:a of a\n"), (broken.Code, broken.Out));
        var renew = await _tree.RunAsync("renew", "a");
        Assert.Equal(75, renew.Code);
        Assert.Contains("it was broken by lead", renew.Error, StringComparison.Ordinal);
        Assert.Contains("it hangs", renew.Error, StringComparison.Ordinal);
        var nothing = await _tree.RunAsync(["break", "a", "--reason", "again"], agent: "lead");
        Assert.Equal((0, "nobody holds exactly a; nothing was broken\n"), (nothing.Code, nothing.Out));
    }

    [Fact]
    public async Task A_task_that_was_abandoned_too_often_waits_for_a_reset()
    {
        (string, string?)[] once = [("SWARMLOCKS_MAX_ABANDONMENTS_TASK", "1")];
        // On a busy machine the answer may come when the second is over, which is no grant.
        await TempTree.UntilAsync(() => _tree.RunAsync(["acquire", "task:1", "--ttl", "1s"], variables: once).Result.Code == 0, "a holds task:1");
        await TempTree.UntilAsync(() => _tree.RunAsync("list", "--stale", "--json").Result.Out.Contains("task:1", StringComparison.Ordinal), "task:1 is stale");
        await _tree.RunAsync(["cleanup-stale-locks"], agent: "b", variables: once);
        using var refused = Json(await _tree.RunAsync(["acquire", "task:1", "--json"], agent: "b", variables: once));
        Assert.Equal("abandoned", refused.RootElement.GetProperty("error").GetString());
        Assert.Equal("reset task:1\n", (await _tree.RunAsync("reset", "task:1")).Out);
        Assert.Equal("task:1 had not been abandoned\n", (await _tree.RunAsync("reset", "task:1")).Out);
        Assert.Equal(0, (await _tree.RunAsync(["acquire", "task:1"], agent: "b", variables: once)).Code);
    }

    [Fact]
    public async Task History_is_newest_last()
    {
        await _tree.RunAsync("acquire", "a");
        await _tree.RunAsync("release", "a");
        using var history = Json(await _tree.RunAsync(["history", "a", "--since", "1h", "--json"], agent: null));
        Assert.Equal(["acquired", "released"], history.RootElement.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("event").GetString()));
        using var last = Json(await _tree.RunAsync("history", "--holder", "a", "--limit", "1", "--json"));
        Assert.Equal("released", Assert.Single(last.RootElement.GetProperty("events").EnumerateArray()).GetProperty("event").GetString());
    }

    [Fact]
    public async Task Doctor_tries_exclusion_with_a_second_process()
    {
        using var report = Json(await _tree.RunAsync(["doctor", "--json"], agent: null));
        Assert.True(report.RootElement.GetProperty("healthy").GetBoolean(), report.RootElement.ToString());
        var exclusion = report.RootElement.GetProperty("checks").EnumerateArray().Last();
        Assert.Equal("exclusion between two processes", exclusion.GetProperty("name").GetString());
        Assert.Equal("no locks\n", (await _tree.RunAsync("list")).Out);
    }

    [Fact]
    public async Task Doctor_without_a_tree_is_ill()
    {
        using var bare = new TempTree(git: false);
        var report = await bare.RunAsync("doctor");
        Assert.Equal(1, report.Code);
        Assert.EndsWith("not healthy\n", report.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_counts_what_it_cannot_read()
    {
        await _tree.RunAsync("acquire", "src/a.cs");
        string file = Directory.EnumerateFiles(_tree.Store, "*.json", SearchOption.AllDirectories).Single(f => f.Contains("/locks/", StringComparison.Ordinal));
        await File.WriteAllTextAsync(file, "no JSON\n");
        Assert.Contains("locks: 1 lock file cannot be read, which is ", (await _tree.RunAsync("doctor")).Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/", "^swarmlocks: '/' is outside of the tree ")]
    [InlineData("../x", "^swarmlocks: '\\.\\./x' is '/.*x', which is outside of the tree ")]
    public async Task What_is_outside_is_said_once(string resource, string message) =>
        Assert.Matches(message, (await _tree.RunAsync("acquire", resource)).Error);

    [Fact]
    public async Task A_demo_without_a_folder_for_its_files_says_how_to_name_one()
    {
        var refused = await _tree.RunAsync(["demo"], variables: ("TMPDIR", "/nonexistent"));
        Assert.Equal(64, refused.Code);
        Assert.Matches("swarmlocks: The demo can make no folder in '/nonexistent/?' \\(.*\\): set TMPDIR to a folder that can be written.\n$", refused.Error);
    }

    [Fact]
    public async Task Init_makes_a_tree_of_a_folder_without_git()
    {
        using var bare = new TempTree(git: false);
        var without = await bare.RunAsync("acquire", "a");
        Assert.Equal(64, without.Code);
        Assert.Contains("swarmlocks init", without.Error, StringComparison.Ordinal);
        Assert.Equal($"made {bare.At(".swarmlocks")}\n", (await bare.RunAsync(["init"], agent: null)).Out);
        Assert.Equal(0, (await bare.RunAsync(["acquire", "a.cs"], directory: bare.At("src"))).Code);
        using var again = Json(await bare.RunAsync("init", "--json"));
        Assert.False(again.RootElement.GetProperty("created").GetBoolean());
    }

    [Fact]
    public async Task Init_refuses_while_the_other_store_is_in_use()
    {
        await _tree.RunAsync("acquire", "a", "--reason", "rename login");
        var refused = await _tree.RunAsync("init");
        Assert.Equal(69, refused.Code);
        Assert.Matches("^swarmlocks: The store in use has 1 live lock \\(a holds a, for \"rename login\", until [^()]+ \\(in [0-9ms]+\\) unless renewed\\): let them end, then run this again.\n$", refused.Error);
        Assert.False(Directory.Exists(_tree.At(".swarmlocks")));
    }

    [Theory]
    [InlineData("a:b")]
    [InlineData("../outside")]
    [InlineData("plan:")]
    [InlineData("a\u0001b")]
    public async Task A_resource_that_cannot_be_is_refused(string resource)
    {
        var refused = await _tree.RunAsync("acquire", resource);
        Assert.Equal((64, ""), (refused.Code, refused.Out));
        Assert.Matches("^swarmlocks: [^\n]+\n$", refused.Error);
        Assert.DoesNotContain('\u0001', refused.Error);
    }

    [Theory]
    [InlineData("--ttl", "0")]
    [InlineData("--ttl", "25h")]
    [InlineData("--agent", "has space")]
    [InlineData("--agent", "")]
    [InlineData("--dir", "relative/store")]
    public async Task An_option_out_of_its_range_is_refused(string option, string value)
    {
        var refused = await _tree.RunAsync("acquire", "a", option, value);
        Assert.Equal((64, ""), (refused.Code, refused.Out));
        Assert.Matches("^swarmlocks: [^\n]+\n$", refused.Error);
    }

    [Fact]
    public async Task A_store_of_a_newer_version_is_refused_and_left_alone()
    {
        await _tree.RunAsync("acquire", "a");
        string file = Directory.EnumerateFiles(_tree.Store, "*.json", SearchOption.AllDirectories).Single(f => f.Contains("/locks/", StringComparison.Ordinal));
        string newer = File.ReadAllText(file).Replace("\"version\":1", "\"version\":2", StringComparison.Ordinal).Replace("\"version\": 1", "\"version\": 2", StringComparison.Ordinal);
        File.WriteAllText(file, newer);
        using var refused = Json(await _tree.RunAsync("acquire", "a", "--json"));
        Assert.Equal("store", refused.RootElement.GetProperty("error").GetString());
        Assert.Equal(69, (await _tree.RunAsync("acquire", "a")).Code);
        Assert.Equal(newer, File.ReadAllText(file));
    }

    [Fact]
    public async Task Bash_completes_by_the_line_in_the_documentation()
    {
        string line = File.ReadLines(Path.Combine(Repository(), "docs", "completion.md")).Single(l => l.Contains("complete -o default -F", StringComparison.Ordinal));
        string script = $"swarmlocks() {{ {TempTree.Shell("\"$@\"")}; }}\n{line}\n"
            + "COMP_LINE='swarmlocks cleanup-'; COMP_POINT=19; COMP_WORDS=(swarmlocks cleanup-); COMP_CWORD=1; _swarmlocks swarmlocks cleanup- swarmlocks\n"
            + "printf '%s\\n' \"${COMPREPLY[@]}\"; complete -p swarmlocks\n";
        using var bash = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("bash", ["-c", script]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var outcome = await TempTree.EndAsync(bash);
        Assert.Equal("", outcome.Error);
        Assert.Equal(["cleanup-agent-locks", "cleanup-stale-locks"], outcome.Out.Split('\n')[..2].Order());
    }

    private static string Repository()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "SwarmLocks.sln")))
            folder = Path.GetDirectoryName(folder)!;
        return folder;
    }

    private static JsonDocument Json(TempTree.Outcome outcome)
    {
        Assert.Equal("", outcome.Error);
        Assert.Equal(1, outcome.Out.Count(c => c == '\n'));
        return JsonDocument.Parse(outcome.Out);
    }

    private Task InLineAsync(string agent) => TempTree.UntilAsync(
        () => _tree.RunAsync("who-has", "a", "--json").Result.Out.Contains($$"""waiting":[{"agent":"{{agent}}""", StringComparison.Ordinal), $"{agent} is in line");
}
