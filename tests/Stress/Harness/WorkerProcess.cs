using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SwarmLocks.Tests.Stress;

/// <summary>A process of its own that does what a test tells it, line by line; see <see cref="Worker.Program"/>.</summary>
internal sealed partial class WorkerProcess : IAsyncDisposable
{
    // No test may hang: past this a worker is taken for stuck and the test fails.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private const int SigKill = 9;
    private const int SigCont = 18;
    private const int SigStop = 19;

    private readonly Process _process;

    private int _unanswered;

    private WorkerProcess(Process process) => _process = process;

    /// <summary>False when a test failed before it had heard all answers: the next one must not take them for its own.</summary>
    public bool IsUsable => _unanswered == 0 && !_process.HasExited;

    /// <param name="before">A program, with its arguments, that starts the worker in its own place, such as unshare.</param>
    public static WorkerProcess Start(params IReadOnlyList<string> before)
    {
        string host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        string[] line = [.. before, host, typeof(WorkerProcess).Assembly.Location];
        var start = new ProcessStartInfo(line[0], line[1..])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        // Many of these share few cores: one garbage collector thread and quick code are enough for each.
        start.Environment["DOTNET_gcConcurrent"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        return new WorkerProcess(Process.Start(start)!);
    }

    public int Id => _process.Id;

    /// <summary>Sends a request without waiting for its answer.</summary>
    public void Send(string request)
    {
        _unanswered++;
        _process.StandardInput.WriteLine(request);
        _process.StandardInput.Flush();
    }

    public async Task<string> AnswerAsync()
    {
        string? answer = await _process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
        _unanswered--;
        Assert.True(answer is not null, $"The worker {Id} is gone.");
        Assert.False(answer.StartsWith("error", StringComparison.Ordinal), answer);
        return answer;
    }

    public Task<string> AskAsync(string request)
    {
        Send(request);
        return AnswerAsync();
    }

    /// <summary>Ends it as the kernel does when memory runs out: nothing in it gets to run.</summary>
    public async Task KillAsync()
    {
        Signal(SigKill);
        await _process.WaitForExitAsync().WaitAsync(Patience);
    }

    /// <summary>Stops it, and returns when the kernel says that it stands still.</summary>
    public void Stop()
    {
        Signal(SigStop);
        WaitUntilStopped();
    }

    public void WaitUntilStopped()
    {
        long start = Stopwatch.GetTimestamp();
        // The state is the first word after the name, which stands in parentheses.
        while (File.ReadAllText($"/proc/{Id}/stat").Split(") ")[^1][0] != 'T')
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, "The worker did not stop.");
            Thread.Yield();
        }
    }

    public void Continue() => Signal(SigCont);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private void Signal(int signal) => Assert.Equal(0, Kill(Id, signal));

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
