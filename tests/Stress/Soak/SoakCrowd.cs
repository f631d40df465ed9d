using System.Globalization;
using SwarmLocks.Tests.Stress.History;

namespace SwarmLocks.Tests.Stress.Soak;

/// <summary>The agents of one worker process, which all use one manager and write one history.</summary>
internal sealed class SoakCrowd : IAsyncDisposable
{
    private static readonly TimeSpan BeatEvery = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private readonly HistoryWriter _history;
    private readonly List<Task> _tasks;

    public SoakCrowd(LockManager locks, string folder, string writer, int agents, int seed)
    {
        _history = new HistoryWriter(folder, writer);
        _tasks =
        [
            BeatAsync(),
            .. Enumerable.Range(0, agents).Select(i => Task.Run(() => RunAsync(locks, NameOf(writer, i, seed), isAlone: i > 0, new Random(seed + i)))),
        ];
    }

    /// <summary>The agents give everything back first.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_tasks);
        _history.Dispose();
        _stop.Dispose();
    }

    /// <summary>The first of each process is one of two that have processes everywhere.</summary>
    private static string NameOf(string writer, int index, int seed) =>
        index == 0 ? string.Create(CultureInfo.InvariantCulture, $"twin-{seed % 2}") : string.Create(CultureInfo.InvariantCulture, $"{writer}-agent-{index}");

    private async Task RunAsync(LockManager locks, string agent, bool isAlone, Random random)
    {
        try
        {
            await new SoakAgent(locks, _history, agent, isAlone, random).RunAsync(_stop.Token);
        }
        // Whatever it is, the check of the history shall find it.
        catch (Exception error)
        {
            _history.Write((writer, now) => new Failed(writer, now, $"{agent}: {error}"));
        }
    }

    private async Task BeatAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            _history.Write((writer, now) => new Beat(writer, now));
            await Task.Delay(BeatEvery);
        }
    }
}
