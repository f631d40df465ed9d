using System.Diagnostics;
using System.Runtime.Versioning;
using System.Text.Json;

namespace SwarmLocks.Tests.Unit.Cli;

/// <summary><c>run</c> as a real process: what it starts, passes on and reports.</summary>
[SupportedOSPlatform("linux")]
public sealed class RunEndToEndTests : IDisposable
{
    private readonly TempTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public async Task The_command_holds_the_lock_and_knows_it()
    {
        var ran = await _tree.RunAsync("run", "src/a.cs", "--", "sh", "-c", $"echo $SWARMLOCKS_AGENT; echo $SWARMLOCKS_DIR; {TempTree.Shell("check src/a.cs --fencing-token $SWARMLOCKS_FENCING_TOKEN")}");
        Assert.Equal((0, ""), (ran.Code, ran.Error));
        Assert.StartsWith($"a\n{_tree.Store}\na holds src/a.cs until ", ran.Out, StringComparison.Ordinal);
        Assert.Equal("no locks\n", (await _tree.RunAsync("list")).Out);
    }

    [Fact]
    public async Task Stdin_belongs_to_the_command()
    {
        var ran = await _tree.RunAsync(["run", "a", "--", "cat"], input: "through and through");
        Assert.Equal((0, "through and through"), (ran.Code, ran.Out));
    }

    [Fact]
    public async Task What_follows_the_first_double_dash_is_the_commands()
    {
        var ran = await _tree.RunAsync("run", "a", "--reason", "x", "--", "printf", "%s,", "--json", "--", "-x", "");
        Assert.Equal((0, "--json,--,-x,,"), (ran.Code, ran.Out));
    }

    [Theory]
    [InlineData("exit 3", 3)]
    [InlineData("exit 75", 75)]
    [InlineData("kill -9 $$", 137)]
    [InlineData("kill -TERM $$", 143)]
    [InlineData("kill -SEGV $$", 139)]
    public async Task The_commands_end_is_passed_on(string script, int code)
    {
        Assert.Equal(code, (await _tree.RunAsync("run", "a", "--", "sh", "-c", script)).Code);
        Assert.Equal("no locks\n", (await _tree.RunAsync("list")).Out);
    }

    [Theory]
    [InlineData(127, "no-such-program")]
    [InlineData(127, "./no-such-program")]
    [InlineData(127, "")]
    [InlineData(126, "./src/a.cs")]
    [InlineData(126, "./src")]
    [InlineData(126, "./broken")]
    public async Task A_command_that_cannot_be_started_says_so_and_frees_the_lock(int code, string command)
    {
        File.WriteAllText(_tree.At("broken"), "neither a program nor a script");
        File.SetUnixFileMode(_tree.At("broken"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var ran = await _tree.RunAsync("run", "a", "--report", "report.json", "--", command);
        Assert.Equal((code, ""), (ran.Code, ran.Out));
        Assert.Contains(code == 127 ? "was not found" : "could not be executed", ran.Error, StringComparison.Ordinal);
        Assert.Equal("no locks\n", (await _tree.RunAsync("list")).Out);
        using var report = JsonDocument.Parse(File.ReadAllText(_tree.At("report.json")));
        Assert.Equal(code, report.RootElement.GetProperty("exit_code").GetInt32());
    }

    [Fact]
    public async Task A_file_of_the_tree_is_not_taken_for_a_program_of_the_path()
    {
        File.WriteAllText(_tree.At("true"), "#!/bin/sh\nexit 9\n");
        File.SetUnixFileMode(_tree.At("true"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Equal(0, (await _tree.RunAsync("run", "a", "--", "true")).Code);
        Assert.Equal(9, (await _tree.RunAsync("run", "a", "--", "./true")).Code);
    }

    [Fact]
    public async Task A_program_of_the_path_that_may_not_be_executed_is_126()
    {
        File.WriteAllText(_tree.At("src/tool"), "#!/bin/sh\n");
        var ran = await _tree.RunAsync(["run", "a", "--", "tool"], variables: ("PATH", $"{_tree.At("src")}:/nowhere"));
        Assert.Equal(126, ran.Code);
    }

    [Fact]
    public async Task The_report_says_what_happened()
    {
        Assert.Equal(64, (await _tree.RunAsync("run", "a", "--report", "no-folder/report.json", "--", "true")).Code);
        Assert.Equal(3, (await _tree.RunAsync("run", "a", "--report", "report.json", "--", "sh", "-c", "exit 3")).Code);
        using var report = JsonDocument.Parse(File.ReadAllText(_tree.At("report.json")));
        Assert.True(report.RootElement.GetProperty("granted").GetBoolean());
        Assert.Equal(3, report.RootElement.GetProperty("exit_code").GetInt32());
        Assert.Equal(JsonValueKind.Null, report.RootElement.GetProperty("lost").ValueKind);
        Assert.Equal("path:a", report.RootElement.GetProperty("leases")[0].GetProperty("resource").GetString());
    }

    [Fact]
    public async Task A_report_that_cannot_be_written_at_the_end_leaves_the_exit_code_alone()
    {
        var ran = await _tree.RunAsync("run", "a", "--report", "/dev/full", "--", "sh", "-c", "exit 3");
        Assert.Equal(3, ran.Code);
        Assert.StartsWith("swarmlocks: The report '/dev/full' could not be written (", ran.Error, StringComparison.Ordinal);
        await _tree.RunAsync(["acquire", "b"], agent: "b");
        Assert.Equal(75, (await _tree.RunAsync("run", "b", "--report", "/dev/full", "--", "true")).Code);
    }

    [Fact]
    public async Task A_hook_inside_it_may_renew_what_it_holds()
    {
        var ran = await _tree.RunAsync("run", "src/a.cs", "--", "sh", "-c", TempTree.Shell("renew src/a.cs --ttl 20m"));
        Assert.Equal((0, ""), (ran.Code, ran.Error));
        Assert.Matches(@"^renewed path:src/a\.cs until .* \(in (20m|19m59s)\)\n$", ran.Out);
    }

    [Fact]
    public async Task A_takeover_is_told()
    {
        await _tree.RunAsync(["acquire", "a", "--ttl", "1s", "--reason", "rename"], agent: "b");
        string told = "";
        await TempTree.UntilAsync(
            () =>
            {
                var ran = _tree.RunAsync("run", "a", "--", "true").Result;
                told = ran.Error;
                return ran.Code == 0;
            },
            "the lease of b expired");
        Assert.Matches(@"^swarmlocks: acquired path:a .*\n    took over from b, whose lease expired .* \(""rename""\)\n$", told);
    }

    [Theory]
    [InlineData("task:x", "4m", 0)]
    [InlineData("a", "4m", 64)]
    [InlineData("plan:x", "10s", 64)]
    [InlineData("a", "10s", 0)]
    public async Task The_grace_is_bounded_by_the_ttl_of_what_is_asked_for(string resource, string grace, int code) =>
        Assert.Equal(code, (await _tree.RunAsync(["run", resource, "--grace", grace, "--", "true"], variables: ("SWARMLOCKS_TTL_PLAN", "4s"))).Code);

    [Fact]
    public async Task A_refusal_runs_nothing()
    {
        await _tree.RunAsync(["acquire", "src/"], agent: "b");
        var refused = await _tree.RunAsync("run", "src/a.cs", "--report", "report.json", "--", "touch", "ran");
        Assert.Equal((75, ""), (refused.Code, refused.Out));
        Assert.Contains("is held by b", refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_tree.At("ran")));
        using var report = JsonDocument.Parse(File.ReadAllText(_tree.At("report.json")));
        Assert.False(report.RootElement.GetProperty("granted").GetBoolean());
        Assert.Equal("conflict", report.RootElement.GetProperty("error").GetString());
    }

    [Fact]
    public async Task An_error_is_in_the_report_too()
    {
        Assert.Equal(64, (await _tree.RunAsync("run", "a:b", "--report", "report.json", "--", "true")).Code);
        using var report = JsonDocument.Parse(File.ReadAllText(_tree.At("report.json")));
        Assert.Equal("usage", report.RootElement.GetProperty("error").GetString());
    }

    [Fact]
    public async Task It_waits_in_line_and_what_the_agent_held_before_stays_held()
    {
        await _tree.RunAsync(["acquire", "a"], agent: "b");
        await _tree.RunAsync("acquire", "c");
        using var waiting = _tree.Start([], ["run", "a", "c", "--wait", "forever", "--", "echo", "mine"]);
        await TempTree.UntilAsync(() => _tree.RunAsync("who-has", "a", "--json").Result.Out.Contains("""waiting":[{"agent":"a""", StringComparison.Ordinal), "a is in line");
        await _tree.RunAsync(["release", "a"], agent: "b");
        var ran = await TempTree.EndAsync(waiting);
        Assert.Equal((0, "mine\n"), (ran.Code, ran.Out));
        Assert.Equal(0, (await _tree.RunAsync("check", "c")).Code);
        Assert.Equal(75, (await _tree.RunAsync("check", "a")).Code);
    }

    [Fact]
    public async Task A_lease_is_renewed_for_as_long_as_the_command_runs()
    {
        using var run = _tree.Start([], ["run", "a", "--ttl", "5s", "--", "sh", "-c", "until [ -e stop ]; do sleep 0.05; done"]);
        DateTimeOffset? first = null;
        await TempTree.UntilAsync(
            () =>
            {
                using var list = JsonDocument.Parse(_tree.RunAsync("list", "--json").Result.Out);
                if (list.RootElement.GetProperty("locks").EnumerateArray().FirstOrDefault() is not { ValueKind: JsonValueKind.Object } lease)
                    return false;
                Assert.Equal("live", lease.GetProperty("state").GetString());
                var expires = lease.GetProperty("expires_at").GetDateTimeOffset();
                return expires > (first ??= expires);
            },
            "it was renewed");
        File.WriteAllText(_tree.At("stop"), "");
        Assert.Equal(0, (await TempTree.EndAsync(run)).Code);
    }

    [Fact]
    public async Task What_the_command_leaves_behind_when_it_ends_by_itself_goes_on_without_the_lock()
    {
        var ran = await _tree.RunAsync("run", "a", "--", "sh", "-c", "sh -c 'echo $$ >child; until [ -e stop ]; do sleep 0.05; done; echo x >ended' >/dev/null 2>&1 & until [ -s child ]; do sleep 0.05; done");
        Assert.Equal(0, ran.Code);
        Assert.Equal("no locks\n", (await _tree.RunAsync("list")).Out);
        Assert.True(Unix.IsAlive(await _tree.PidAsync("child")));
        File.WriteAllText(_tree.At("stop"), "");
        await _tree.LineAsync("ended");
    }

    [Fact]
    public async Task A_process_of_the_command_that_lost_its_parent_vanishes_when_it_ends()
    {
        var ran = await _tree.RunAsync("run", "a", "--", "sh", "-c", "(sh -c 'echo $$ >child' &); until [ -s child ]; do sleep 0.05; done; while kill -0 $(cat child) 2>/dev/null; do sleep 0.05; done");
        Assert.Equal(0, ran.Code);
    }

    [Fact]
    public async Task Killed_while_its_command_lives_it_leaves_the_lock_until_the_command_ends()
    {
        using var run = _tree.Start([], ["run", "a", "--", "sh", "-c", "echo $$ >pid; until [ -e stop ]; do sleep 0.05; done"]);
        int command = await _tree.PidAsync("pid");
        Unix.Kill(run.Id, "KILL");
        await run.WaitForExitAsync();
        Assert.True(Unix.IsAlive(command));
        Assert.Equal(75, (await _tree.RunAsync(["acquire", "a"], agent: "b")).Code);
        File.WriteAllText(_tree.At("stop"), "");
        await TempTree.UntilAsync(() => !Unix.IsAlive(command), "the command ended");
        var next = await _tree.RunAsync(["acquire", "a"], agent: "b");
        Assert.Equal(0, next.Code);
        Assert.Contains("whose lease ended with its process", next.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Killed_with_its_command_it_frees_the_lock_at_once()
    {
        using var run = _tree.Start(["setsid"], ["run", "a", "--", "sh", "-c", "echo $$ >pid; until [ -e stop ]; do sleep 0.05; done"]);
        int command = await _tree.PidAsync("pid");
        long start = Stopwatch.GetTimestamp();
        Unix.Kill(run.Id, "KILL");
        Unix.Kill(-run.Id, "KILL");
        await TempTree.UntilAsync(() => !Unix.IsAlive(command) && !Unix.IsAlive(run.Id), "both ended");
        Assert.Equal(0, (await _tree.RunAsync(["acquire", "a", "--wait", "30s"], agent: "b")).Code);
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromMinutes(2), "long before the TTL");
    }
}
