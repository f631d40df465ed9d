using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace SwarmLocks.Tests.Unit.Cli;

/// <summary>A command must not outlive the lease it works under.</summary>
public sealed class RunLostLeaseTests : IDisposable
{
    /// <summary>In milliseconds; <c>/proc/uptime</c> tells no less.</summary>
    private const int UptimeStep = 10;

    private readonly TempTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public async Task A_broken_lease_stops_the_command_and_says_who_broke_it_and_why()
    {
        using var run = _tree.Start([], ["run", "a", "--report", "report.json", "--", "sh", "-c", "trap 'echo TERM >got; exit 42' TERM; echo x >ready; while :; do sleep 0.05; done"]);
        await _tree.LineAsync("ready");
        var broken = await _tree.RunAsync(["break", "a", "--reason", "it hangs"], agent: "lead");
        Assert.StartsWith("asked a to stop; until it has, path:a is not free: ", broken.Out, StringComparison.Ordinal);
        var ended = await TempTree.EndAsync(run);
        Assert.Equal(75, ended.Code);
        Assert.Matches("swarmlocks: The lease was lost while the command ran: .*broken by lead.*it hangs", ended.Error);
        Assert.Contains("; others were kept out until the command had ended.", ended.Error, StringComparison.Ordinal);
        Assert.Equal("TERM", await _tree.LineAsync("got"));
        using var report = JsonDocument.Parse(File.ReadAllText(_tree.At("report.json")));
        Assert.Equal(75, report.RootElement.GetProperty("exit_code").GetInt32());
        Assert.Contains("it hangs", report.RootElement.GetProperty("lost").GetString(), StringComparison.Ordinal);
        Assert.Equal(0, (await _tree.RunAsync(["acquire", "a"], agent: "lead")).Code);
    }

    [Fact]
    public async Task A_command_that_does_not_stop_is_killed_with_its_children_before_anybody_else_gets_in()
    {
        const string deaf = "trap '' TERM; sh -c 'echo $$ >child; while :; do sleep 0.05; done' & echo $$ >pid; while :; do sleep 0.05; done";
        using var run = _tree.Start(["setsid"], ["run", "a", "--ttl", "6s", "--grace", "500ms", "--", "sh", "-c", deaf]);
        int[] processes = [await _tree.PidAsync("pid"), await _tree.PidAsync("child")];
        await _tree.RunAsync(["break", "a", "--reason", "it hangs"], agent: "lead");
        Assert.Equal(0, (await _tree.RunAsync(["acquire", "a", "--wait", "1m"], agent: "b")).Code);
        Assert.DoesNotContain(processes, Unix.IsAlive);
        Assert.Equal(75, (await TempTree.EndAsync(run)).Code);
    }

    [Fact]
    public async Task A_lease_that_is_ended_at_once_is_told_as_one_that_others_may_have_had()
    {
        using var run = _tree.Start([], ["run", "a", "--", "sh", "-c", "echo x >ready; while :; do sleep 0.05; done"]);
        await _tree.LineAsync("ready");
        await _tree.RunAsync(["break", "a", "--reason", "it hangs", "--now"], agent: "lead");
        var ended = await TempTree.EndAsync(run);
        Assert.Equal(75, ended.Code);
        Assert.Contains(": \"it hangs\" (at once: exclusion given up); what it wrote since then may clash with others.", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_blocked_store_keeps_nobody_waiting_for_a_command_that_has_ended()
    {
        using var run = _tree.Start([], ["run", "a", "--", "sh", "-c", "echo x >ready; until [ -e stop ]; do sleep 0.05; done; exit 3"]);
        await _tree.LineAsync("ready");
        await using (await EnterGuardAsync())
        {
            File.WriteAllText(_tree.At("stop"), "");
            long start = Stopwatch.GetTimestamp();
            var ended = await TempTree.EndAsync(run);
            // Two seconds for the lock; closing everything properly would take another twelve.
            Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 8);
            Assert.Equal(3, ended.Code);
            Assert.Contains("The store was busy for 2s, so the lock could not be given back: it ends with this process", ended.Error, StringComparison.Ordinal);
        }
        Assert.Equal(0, (await _tree.RunAsync(["acquire", "a"], agent: "b")).Code);
    }

    /// <summary>The first process ends at once; what it started does not, also where no signal to the process group reaches it.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("setsid")]
    public async Task What_the_command_started_is_killed_too_before_anybody_else_gets_in(string before)
    {
        using var run = _tree.Start(["setsid"], ["run", "a", "--ttl", "6s", "--grace", "500ms", "--", "sh", "-c", LeavingDeafChild(before)]);
        int[] processes = [await _tree.PidAsync("pid"), await _tree.PidAsync("child")];
        await _tree.RunAsync(["break", "a", "--reason", "it hangs"], agent: "lead");
        Assert.Equal(0, (await _tree.RunAsync(["acquire", "a", "--wait", "1m"], agent: "b")).Code);
        Assert.DoesNotContain(processes, Unix.IsAlive);
        Assert.Equal(75, (await TempTree.EndAsync(run)).Code);
    }

    [Fact]
    public async Task What_the_command_started_is_killed_too_when_a_signal_ends_it()
    {
        using var run = _tree.Start(["env", "--default-signal=TERM", "setsid"], ["run", "a", "--grace", "500ms", "--", "sh", "-c", LeavingDeafChild("")]);
        int[] processes = [await _tree.PidAsync("pid"), await _tree.PidAsync("child")];
        Unix.Kill(run.Id, "TERM");
        Assert.Equal(0, (await _tree.RunAsync(["acquire", "a", "--wait", "1m"], agent: "b")).Code);
        Assert.DoesNotContain(processes, Unix.IsAlive);
        Assert.Equal(143, (await TempTree.EndAsync(run)).Code);
    }

    [Fact]
    public async Task A_command_is_stopped_before_the_deadline_when_renewals_fail()
    {
        // It notes when it was last alive.
        const string deaf = "trap 'echo TERM >got' TERM; echo $$ >pid; while :; do read up idle </proc/uptime; echo $up >>beats; sleep 0.05; done";
        using var run = _tree.Start(["setsid"], ["run", "a", "--ttl", "6s", "--grace", "2s", "--", "sh", "-c", deaf]);
        int command = await _tree.PidAsync("pid");
        long deadline;
        await using (await EnterGuardAsync())
        {
            // From here on nobody renews.
            deadline = Deadline();
            await TempTree.UntilAsync(() => !Unix.IsAlive(command), "the command was killed");
            Assert.True(File.Exists(_tree.At("got")), "it was asked first");
        }
        // Not when this test saw that it was gone, which may be any time later.
        long last = Milliseconds(File.ReadAllLines(_tree.At("beats"))[^1]) - AsleepMs();
        Assert.True(last <= deadline + UptimeStep, $"it was at work at {last} ms, and its deadline was at {deadline} ms");
        var ended = await TempTree.EndAsync(run);
        Assert.Equal(75, ended.Code);
        Assert.Contains("The lease was lost while the command ran: ", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_was_stopped_past_its_deadline_learns_of_the_loss_before_it_believes_anything()
    {
        using var run = _tree.Start(["setsid"], ["run", "a", "--ttl", "4s", "--", "sh", "-c", "echo $$ >pid; until [ -e stop ]; do sleep 0.05; done"]);
        int command = await _tree.PidAsync("pid");
        await StopOutsideGuardAsync(run);
        await TempTree.UntilAsync(() => _tree.RunAsync(["acquire", "a"], agent: "b").Result.Code == 0, "b took over");
        File.WriteAllText(_tree.At("stop"), "");
        await TempTree.UntilAsync(() => !Unix.IsAlive(command), "the command ended");
        Unix.Kill(run.Id, "CONT");
        Assert.Equal(75, (await TempTree.EndAsync(run)).Code);
        Assert.Equal(0, (await _tree.RunAsync(["check", "a"], agent: "b")).Code);
    }

    /// <summary>A command whose child, started behind <paramref name="before"/>, is deaf to TERM and has lost its parent before anything happens.</summary>
    private static string LeavingDeafChild(string before) =>
        $"({before} sh -c \"trap '' TERM HUP; echo \\$\\$ >child; while :; do sleep 0.05; done\" >&- 2>&- 3>&- &); echo $$ >pid; while :; do sleep 0.05; done";

    /// <summary>How far the clock of <c>/proc/uptime</c> is ahead of the one that leases are on, which stands still while the machine sleeps.</summary>
    private static long AsleepMs()
    {
        long now = Milliseconds(File.ReadAllText("/proc/uptime").Split(' ')[0]);
        return now - (Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1000));
    }

    private static long Milliseconds(string seconds) => (long)(decimal.Parse(seconds, CultureInfo.InvariantCulture) * 1000);

    /// <summary>Of the lease on file, in milliseconds.</summary>
    private long Deadline()
    {
        using var record = JsonDocument.Parse(File.ReadAllText(Directory.EnumerateFiles(_tree.Store, "path=a.json", SearchOption.AllDirectories).Single()));
        return record.RootElement.GetProperty("holders")[0].GetProperty("expires_ms").GetInt64();
    }

    /// <summary>Stopped inside the guard it would keep everybody out, which is another story.</summary>
    private async Task StopOutsideGuardAsync(Process run)
    {
        await TempTree.UntilAsync(
            () =>
            {
                Unix.Kill(run.Id, "STOP");
                if (TryEnterGuard() is { } guard)
                {
                    guard.Dispose();
                    return true;
                }
                Unix.Kill(run.Id, "CONT");
                return false;
            },
            "it was stopped outside the guard");
    }

    private async Task<FileStream> EnterGuardAsync()
    {
        FileStream? guard = null;
        await TempTree.UntilAsync(() => (guard = TryEnterGuard()) is not null, "the guard was free");
        return guard!;
    }

    private FileStream? TryEnterGuard()
    {
        string guard = Directory.EnumerateFiles(_tree.Store, "guard", SearchOption.AllDirectories).Single();
        try
        {
            return new FileStream(guard, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            // Somebody is in it.
            return null;
        }
    }
}
