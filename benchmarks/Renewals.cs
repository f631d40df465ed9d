using System.Diagnostics;
using System.Globalization;

namespace SwarmLocks.Benchmarks;

/// <summary>A thousand handles that renew themselves in one process: what that costs it, and how long it keeps others out at a stretch.</summary>
internal static class Renewals
{
    private const int Handles = 1_000;

    public static async Task MeasureAsync(Table table, Effort effort)
    {
        // In the quick run renewals come fifteen times as often as they would: what they cost then is no measure of what they cost.
        var interval = effort.IsQuick ? TimeSpan.FromSeconds(2) : TimeSpan.FromSeconds(30);
        var scene = await Scene.MakeAsync().ConfigureAwait(false);
        await using var _ = scene.ConfigureAwait(false);
        var ttl = effort.IsQuick ? 3 * interval : TimeSpan.FromSeconds(300);
        var handles = new List<LockHandle>();
        for (int i = 0; i < Handles; i++)
        {
            var request = new LockRequest(Scene.Agent, string.Create(CultureInfo.InvariantCulture, $"src/file-{i}.cs")) { Ttl = ttl };
            handles.Add(await scene.Manager.AcquireAsync(request).ConfigureAwait(false));
        }

        var (core, seconds) = await ProcessorAsync(interval, 3 * interval).ConfigureAwait(false);
        string note = string.Create(CultureInfo.InvariantCulture, $"renewed every {interval.TotalSeconds:f0} s, looked at every 2 s, for {seconds:f0} s");
        table.Add(effort.IsQuick
            ? new Row("1,000 handles renewing fifteen times as often: processor", core, "% of a core", Note: note)
            : new Row("1,000 handles renewing: processor", core, "% of a core", 1, Note: note));

        string[] told = await Workers.RunAsync("watch", scene.Root, processes: 1, (effort.IsQuick ? 1.2 : 3.2) * interval.TotalSeconds, TimeSpan.FromSeconds(0.2)).ConfigureAwait(false);
        double[] held = Worker.Unlisted(told[0]);
        var times = Times.Of(held);
        table.Add(new Row(
            "1,000 handles renewing: the longest hold of the guard", times.Max / 1000, "ms", 10, Times: times,
            Note: string.Create(CultureInfo.InvariantCulture, $"{held.Length} holds of at most 8 renewals, seen by another process that tries it all the time")));
        foreach (var handle in handles)
        {
            handle.ThrowIfLost();
            await handle.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <returns>How much of one core this process needs while it does nothing but wait.</returns>
    private static async Task<(double Percent, double Seconds)> ProcessorAsync(TimeSpan warmUp, TimeSpan duration)
    {
        using var self = Process.GetCurrentProcess();
        // Neither what the acquires left to do in the background nor the compiling of what renews is counted: each handle has been renewed once.
        await Task.Delay(warmUp).ConfigureAwait(false);
        self.Refresh();
        var before = self.TotalProcessorTime;
        long start = Stopwatch.GetTimestamp();
        // The time that is measured: whatever is done in it, the handles do by themselves.
        await Task.Delay(duration).ConfigureAwait(false);
        self.Refresh();
        var passed = Stopwatch.GetElapsedTime(start);
        return (100 * (self.TotalProcessorTime - before) / passed, passed.TotalSeconds);
    }
}
