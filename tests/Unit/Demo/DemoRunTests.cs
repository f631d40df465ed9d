using System.Diagnostics;
using System.Globalization;
using SwarmLocks.Cli.Demo;

namespace SwarmLocks.Tests.Unit.Demo;

public sealed class DemoRunTests : IDisposable
{
    /// <summary>The built command, which lies beside the tests.</summary>
    private static readonly AgentCommand Built = new("dotnet", Path.Combine(AppContext.BaseDirectory, "SwarmLocks.Cli.dll"), DemoAgent.Verb);

    private readonly string _scratch = Directory.CreateTempSubdirectory("swarmlocks-test-").FullName;

    public void Dispose() => Directory.Delete(_scratch, recursive: true);

    [Fact]
    public async Task Agents_in_processes_of_their_own_lose_nothing_with_locks()
    {
        var said = new StringWriter(CultureInfo.InvariantCulture);
        var result = await DemoRun.RunAsync(Options(Built, agents: 3), new DemoProgress(said, live: false), CancellationToken.None);

        Assert.Equal(0, result.ExitCode);
        Assert.True(result.Unlocked.Edits > 0);
        Assert.True(result.Locked.Edits > 0);
        Assert.Equal(0, result.Locked.Lost);
        Assert.InRange(result.Locked.AcquireP50, 1, result.Locked.AcquireP99);
        Assert.Contains("3 agents edit for 1 s", said.ToString(), StringComparison.Ordinal);
    }

    [ShellFact]
    public async Task An_agent_that_fails_is_named_with_what_it_said()
    {
        var error = await Assert.ThrowsAsync<DemoFailedException>(
            () => DemoRun.RunAsync(Options(new AgentCommand("sh", "-c", "echo no disk >&2; exit 3")), DemoProgress.None, CancellationToken.None));
        Assert.Matches("^agent-0[12] failed \\(exit code 3\\), so the demo shows nothing: no disk$", error.Message);
    }

    [Fact]
    public async Task A_command_that_cannot_be_started_is_named()
    {
        var error = await Assert.ThrowsAsync<DemoFailedException>(
            () => DemoRun.RunAsync(Options(new AgentCommand(Path.Combine(_scratch, "nothing"))), DemoProgress.None, CancellationToken.None));
        Assert.Contains(Path.Combine(_scratch, "nothing"), error.Message, StringComparison.Ordinal);
    }

    [ShellFact]
    public async Task Cancelling_leaves_no_process_and_no_tree()
    {
        string log = Path.Combine(_scratch, "log");
        using var stop = new CancellationTokenSource();
        var run = DemoRun.RunAsync(Options(new AgentCommand("sh", "-c", "echo $$ $PWD >> \"$0\"; exec sleep 600", log)), DemoProgress.None, stop.Token);
        // Both agents have begun when both have said so; a run that ends before would show below.
        while (!run.IsCompleted && (!File.Exists(log) || File.ReadAllLines(log).Length < 2))
            await Task.Yield();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.All(File.ReadAllLines(log), line =>
        {
            string[] parts = line.Split(' ', 2);
            Assert.Throws<ArgumentException>(() => Process.GetProcessById(int.Parse(parts[0], CultureInfo.InvariantCulture)));
            Assert.False(Directory.Exists(parts[1]));
        });
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(65, 5)]
    [InlineData(8, 0)]
    [InlineData(8, 601)]
    public async Task Numbers_out_of_range_are_refused(int agents, int seconds) => await Assert.ThrowsAsync<LockUsageException>(
        () => DemoRun.RunAsync(Options(Built, agents) with { Seconds = seconds }, DemoProgress.None, CancellationToken.None));

    [GitTheory]
    [InlineData("status", "--porcelain", "--untracked-files=all")]
    public void The_tree_is_one_for_git(params string[] command)
    {
        using var tree = DemoTree.Create(BundledFiles.All);
        Assert.Equal(
            [.. BundledFiles.All.Select(file => $"?? {file.Name}").Order(StringComparer.Ordinal)],
            Git.Run(tree.Root, command).Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        Assert.Equal("true", Git.Run(tree.Root, "rev-parse", "--is-inside-work-tree").Trim());
    }

    [Fact]
    public void A_live_progress_stays_on_one_line_and_cleans_it()
    {
        var said = new StringWriter(CultureInfo.InvariantCulture);
        var progress = new DemoProgress(said, live: true);
        progress.Begin("Locked: 8 agents edit", seconds: 5);
        progress.Tick(1234);
        progress.End();
        Assert.Equal("\r\u001b[KLocked: 8 agents edit [........................] 0/5 s, 1,234 edits\r\u001b[K", said.ToString());
    }

    [Fact]
    public void Popular_files_are_chosen_more_often_and_none_never()
    {
        var choice = new FileChoice(10);
        var random = new Random(1);
        int[] chosen = new int[10];
        for (int i = 0; i < 100_000; i++)
            chosen[choice.Next(random)]++;
        Assert.Equal(chosen.OrderDescending(), chosen);
        Assert.InRange(chosen[0] / (double)chosen[9], 8, 12);
    }

    private DemoOptions Options(AgentCommand agent, int agents = 2) => new() { Agents = agents, Seconds = 1, Directory = _scratch, Agent = agent };
}
