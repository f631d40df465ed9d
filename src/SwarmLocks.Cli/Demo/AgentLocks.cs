using System.Globalization;

namespace SwarmLocks.Cli.Demo;

/// <summary>An agent's way to the locks: the library as anybody uses it, with its defaults, whatever the environment of the demo says.</summary>
internal sealed class AgentLocks(string root, string agent) : IAsyncDisposable
{
    private static readonly TimeSpan Wait = TimeSpan.FromMinutes(1);

    private readonly LockManager _manager = new(new LockManagerOptions { Directory = root });

    /// <summary>Meets the others over names for a while, so that the figures are those of locks, and not of a program that starts and compiles what it does.</summary>
    /// <param name="files">How many files there will be to meet over.</param>
    /// <param name="duration">How long.</param>
    public async Task WarmUpAsync(int files, TimeSpan duration)
    {
        var (choice, random, time) = (new FileChoice(files), new Random(), TimeProvider.System);
        long start = time.GetTimestamp();
        while (time.GetElapsedTime(start) < duration)
        {
            var (handle, _) = await AcquireAsync(string.Create(CultureInfo.InvariantCulture, $"name:warm-up-{choice.Next(random)}")).ConfigureAwait(false);
            await handle.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Locks a file: tries, and if somebody has it, stands in line.</summary>
    /// <returns>The lock, and whether it was refused at first.</returns>
    public async Task<(LockHandle Handle, bool Conflict)> AcquireAsync(string file)
    {
        var request = new LockRequest(agent, file) { Reason = "editing it in the demo" };
        var first = await _manager.TryAcquireAsync(request).ConfigureAwait(false);
        if (first.Granted)
            return (first.Handle!, false);
        return first.Outcome == AcquireOutcome.Conflict
            ? (await _manager.AcquireAsync(request with { Wait = Wait }).ConfigureAwait(false), true)
            : throw new DemoFailedException(first.Message);
    }

    public ValueTask DisposeAsync() => _manager.DisposeAsync();
}
