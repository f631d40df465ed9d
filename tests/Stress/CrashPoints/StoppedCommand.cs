using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>
/// A run of the native binary that stands still after one system call: a SIGSTOP at the entry of a call lets it take effect and stops the process before it
/// returns.
/// </summary>
internal sealed partial class StoppedCommand : IAsyncDisposable
{
    private const int SigKill = 9;
    private const int SigCont = 18;

    private readonly Tree _tree;
    private readonly Task<CommandEnd> _ending;
    private long _stopped;

    private StoppedCommand(Tree tree, IEnumerable<string> arguments, IEnumerable<string> traced, Injection at)
    {
        _tree = tree;
        File.Delete(Log);
        _ending = NativeCommand.EndAsync(LoneCommand.Start(tree, [NativeBinary.Strace, .. Strace.Arguments(Log, traced, at), NativeBinary.Path!, .. arguments]));
    }

    /// <summary>For how long it has stood still; whatever it had asked for, it had asked before.</summary>
    public TimeSpan Stillness => Stopwatch.GetElapsedTime(_stopped);

    private string Log => _tree.File("strace.log");

    private int Pid => Strace.Read(Log, _tree).MainThread;

    /// <summary>Starts it; returns when it stands still, or has ended without coming to that call.</summary>
    public static async Task<StoppedCommand> StartAsync(Tree tree, IEnumerable<string> arguments, IEnumerable<string> traced, Injection at)
    {
        var stopped = new StoppedCommand(tree, arguments, traced, at);
        await Until.TrueAsync(() => Task.FromResult(stopped._ending.IsCompleted || stopped.StandsStill), "a command that stands still");
        stopped._stopped = Stopwatch.GetTimestamp();
        return stopped;
    }

    /// <summary>The call after which it stands still.</summary>
    public SystemCall? At => StandsStill ? Strace.Read(Log, _tree).Calls.Last(c => c.Thread == Pid) : null;

    private bool StandsStill => File.Exists(Log) && Lines().Any(line => line.EndsWith("--- stopped by SIGSTOP ---", StringComparison.Ordinal));

    /// <summary>Lets it go on, and waits for its end.</summary>
    public Task<CommandEnd> ContinueAsync() => ContinueAsync(Pid, _ending);

    /// <summary>More than once, because strace counts for each thread: another one may come to such a call later and stop there too.</summary>
    public static async Task<CommandEnd> ContinueAsync(int pid, Task<CommandEnd> ending)
    {
        await Until.TrueAsync(
            async () =>
            {
                _ = Kill(pid, SigCont);
                return await Task.WhenAny(ending, Task.Delay(TimeSpan.FromMilliseconds(50))) == ending;
            },
            "the end of the command");
        return await ending;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_ending.IsCompleted)
            _ = Kill(Pid, SigKill);
        await _ending;
    }

    private IEnumerable<string> Lines()
    {
        using var reader = new StreamReader(new FileStream(Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Split('\n');
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
