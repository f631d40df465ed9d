using System.Diagnostics;

namespace SwarmLocks.Tests.Unit.Cli;

/// <summary>Signals to <c>run</c>, where it leads its process group, where it does not, and in the foreground of a terminal.</summary>
public sealed class RunSignalsTests : IDisposable
{
    /// <summary>Test runners may ignore signals, and what is ignored stays ignored in whatever they start.</summary>
    private static readonly string[] Session = ["env", "--default-signal=HUP,INT,QUIT,TERM", "setsid"];

    private readonly TempTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    public async Task A_signal_reaches_the_command_and_what_it_started(string signal, int code)
    {
        using var run = _tree.Start(Session, Family(signal));
        await _tree.LineAsync("child-ready");
        Unix.Kill(run.Id, signal);
        Assert.Equal(code, (await TempTree.EndAsync(run)).Code);
        Assert.Equal(signal, await _tree.LineAsync("child"));
        Assert.Equal("no locks\n", (await _tree.RunAsync("list")).Out);
    }

    [Fact]
    public async Task Started_by_a_script_without_a_terminal_it_makes_a_group_of_its_own()
    {
        // The script is the leader of the group at first, and must not be hit.
        using var script = _tree.Start([.. Session, "sh", "-c", "\"$@\"; echo script saw $?", "script"], Family("TERM"));
        await _tree.LineAsync("child-ready");
        Unix.Kill(await _tree.PidAsync("run"), "TERM");
        var ended = await TempTree.EndAsync(script);
        Assert.Equal((0, "script saw 143\n"), (ended.Code, ended.Out));
        Assert.Equal("TERM", await _tree.LineAsync("child"));
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_command_that_handles_a_signal_gets_it_once_and_ends_as_it_likes(string signal)
    {
        using var run = _tree.Start(Session, Counting(signal));
        await _tree.LineAsync("ready");
        Unix.Kill(run.Id, signal);
        await _tree.LineAsync("got");
        File.WriteAllText(_tree.At("stop"), "");
        Assert.Equal(42, (await TempTree.EndAsync(run)).Code);
        Assert.Equal($"{signal}\n", File.ReadAllText(_tree.At("got")));
    }

    [Theory]
    [InlineData("setsid")]
    [InlineData("timeout", "60")]
    public async Task A_command_with_a_process_group_of_its_own_gets_it_too_and_once(params string[] wrapper)
    {
        string[] counting = Counting("TERM");
        int command = Array.IndexOf(counting, "--") + 1;
        using var run = _tree.Start(Session, [.. counting[..command], .. wrapper, .. counting[command..]]);
        await _tree.LineAsync("ready");
        Unix.Kill(run.Id, "TERM");
        await _tree.LineAsync("got");
        File.WriteAllText(_tree.At("stop"), "");
        Assert.Equal(42, (await TempTree.EndAsync(run)).Code);
        Assert.Equal("TERM\n", File.ReadAllText(_tree.At("got")));
    }

    [Fact]
    public async Task Whatever_ran_beside_it_before_the_command_is_not_part_of_it()
    {
        // A script that becomes `run` leaves it a child.
        using var run = _tree.Start(
            [.. Session, "sh", "-c", "(trap '' TERM; until [ -e side ]; do sleep 0.05; done; echo lived >beside) & exec \"$@\"", "script"], Counting("TERM"));
        await _tree.LineAsync("ready");
        Unix.Kill(run.Id, "TERM");
        await _tree.LineAsync("got");
        File.WriteAllText(_tree.At("stop"), "");
        run.WaitForExit();
        Assert.Equal(42, run.ExitCode);
        File.WriteAllText(_tree.At("side"), "");
        Assert.Equal("lived", await _tree.LineAsync("beside"));
    }

    [Fact]
    public async Task Every_further_signal_is_handed_on_too()
    {
        using var run = _tree.Start(Session, Counting("TERM"));
        await _tree.LineAsync("ready");
        // Signals that follow one another too closely are merged by the system.
        await TempTree.UntilAsync(
            () =>
            {
                Unix.Kill(run.Id, "TERM");
                return File.Exists(_tree.At("got")) && File.ReadAllText(_tree.At("got")).Length >= "TERM\n".Length * 3;
            },
            "three signals came through");
        File.WriteAllText(_tree.At("stop"), "");
        Assert.Equal(42, (await TempTree.EndAsync(run)).Code);
    }

    [Fact]
    public async Task What_it_was_started_to_ignore_stays_ignored()
    {
        await _tree.RunAsync(["acquire", "a"], agent: "b");
        using var run = _tree.Start(
            ["env", "--ignore-signal=HUP", "setsid"], ["run", "a", "--wait", "forever", "--", "sh", "-c", "echo $$ >ready; until [ -e stop ]; do sleep 0.05; done; exit 42"]);
        await InLineAsync();
        Unix.Kill(run.Id, "HUP");
        await _tree.RunAsync(["release", "a"], agent: "b");
        int command = await _tree.PidAsync("ready");
        Unix.Kill(run.Id, "HUP");
        Unix.Kill(command, "HUP");
        File.WriteAllText(_tree.At("stop"), "");
        Assert.Equal(42, (await TempTree.EndAsync(run)).Code);
    }

    [Fact]
    public async Task The_keys_of_a_terminal_reach_the_command_once()
    {
        using var terminal = InTerminal("trap 'echo INT >>got' INT; echo x >ready; until [ -e stop ]; do sleep 0.05; done; exit 42");
        await _tree.LineAsync("ready");
        await terminal.StandardInput.WriteAsync('\x03');
        await terminal.StandardInput.FlushAsync();
        await _tree.LineAsync("got");
        File.WriteAllText(_tree.At("stop"), "");
        await TempTree.EndAsync(terminal);
        Assert.Equal("42", await _tree.LineAsync("code"));
        Assert.Equal("INT\n", File.ReadAllText(_tree.At("got")));
    }

    [Fact]
    public async Task In_the_foreground_of_a_terminal_TERM_goes_to_the_command_and_not_to_the_script_around_it()
    {
        using var terminal = InTerminal("trap 'echo TERM >got; exit 42' TERM; echo $PPID >run; echo x >ready; while :; do sleep 0.05; done");
        await _tree.LineAsync("ready");
        Unix.Kill(await _tree.PidAsync("run"), "TERM");
        await TempTree.EndAsync(terminal);
        Assert.Equal("42", await _tree.LineAsync("code"));
        Assert.Equal("TERM", await _tree.LineAsync("got"));
    }

    [Fact]
    public async Task A_wait_for_the_lock_that_is_stopped_starts_nothing()
    {
        await _tree.RunAsync(["acquire", "a"], agent: "b");
        using var run = _tree.Start(Session, ["run", "a", "--wait", "forever", "--", "touch", "ran"]);
        await InLineAsync();
        Unix.Kill(run.Id, "TERM");
        Assert.Equal(143, (await TempTree.EndAsync(run)).Code);
        Assert.EndsWith("\"waiting\":[]}\n", (await _tree.RunAsync("who-has", "a", "--json")).Out, StringComparison.Ordinal);
        Assert.False(File.Exists(_tree.At("ran")));
    }

    private Task InLineAsync() => TempTree.UntilAsync(
        () => _tree.RunAsync("who-has", "a", "--json").Result.Out.Contains("""waiting":[{"agent":"a""", StringComparison.Ordinal), "a is in line");

    /// <summary>A command that notes each signal that it gets, and goes on.</summary>
    private static string[] Counting(string signal) =>
        ["run", "a", "--", "sh", "-c", $"trap 'echo {signal} >>got' {signal}; echo x >ready; until [ -e stop ]; do sleep 0.05; done; exit 42"];

    /// <summary>A command whose child notes the signal that it gets.</summary>
    private static string[] Family(string signal) =>
    [
        "run", "a", "--", "sh", "-c",
        $"echo $PPID >run; sh -c \"trap 'echo {signal} >child; exit' {signal}; echo x >child-ready; while :; do sleep 0.05; done\" & wait",
    ];

    /// <summary>Runs a shell script under <c>run</c>, called by another script in the foreground of a terminal, which notes its exit code.</summary>
    private Process InTerminal(string script)
    {
        File.WriteAllText(_tree.At("outer.sh"), $"trap : INT\n{TempTree.Shell("run a -- sh inner.sh")}\necho $? >code\n");
        File.WriteAllText(_tree.At("inner.sh"), script);
        var start = new ProcessStartInfo("env", ["--default-signal=HUP,INT,QUIT,TERM", "SWARMLOCKS_AGENT=a", "script", "--quiet", "--command", "sh outer.sh", "/dev/null"])
        {
            UseShellExecute = false,
            WorkingDirectory = _tree.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }
}
