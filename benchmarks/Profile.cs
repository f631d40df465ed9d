using System.Diagnostics;
using System.Diagnostics.Tracing;
using System.Globalization;

namespace SwarmLocks.Benchmarks;

/// <summary>Repeats one operation, for whoever watches its system calls, and tells what it allocates. eng/profile.sh runs it.</summary>
internal static class Profile
{
    public const string Verb = "profile";

    /// <summary>Before what is counted: the compiler is done by then.</summary>
    private const int WarmUp = 100_000;

    private static readonly string[] Operations = ["pair", "conflict", "who-has", "renew"];

    /// <param name="job">The operation, how often, and <c>allocations</c> to sample those.</param>
    public static async Task<int> RunAsync(string[] job)
    {
        if (job is not [var name, var times, .. var what] || !Operations.Contains(name) || !int.TryParse(times, NumberStyles.None, CultureInfo.InvariantCulture, out int count))
        {
            await Console.Error.WriteLineAsync($"profile: give one of {string.Join(", ", Operations)}, and how often").ConfigureAwait(false);
            return 64;
        }
        var benchmark = new HoldBenchmarks();
        await benchmark.SetupAsync().ConfigureAwait(false);
        Func<Task> operation = name switch
        {
            "pair" => benchmark.AcquireAndRelease,
            "conflict" => benchmark.Conflict,
            "who-has" => benchmark.WhoHas,
            _ => benchmark.Renew,
        };
        if (what.Contains("allocations"))
            await SampleAsync(operation, count).ConfigureAwait(false);
        else
            await RepeatAsync(operation, count).ConfigureAwait(false);
        await benchmark.CleanupAsync().ConfigureAwait(false);
        Scene.DeleteAll();
        return 0;
    }

    private static async Task RepeatAsync(Func<Task> operation, int count)
    {
        for (int i = 0; i < count; i++)
            await operation().ConfigureAwait(false);
    }

    /// <summary>How slow the slowest were, and how many of those had a garbage collection in the middle.</summary>
    private static async Task TailAsync(Func<Task> operation, int count)
    {
        var all = new List<(double Time, bool Collected)>(count);
        for (int i = 0; i < count; i++)
        {
            int collections = GC.CollectionCount(0);
            long start = Stopwatch.GetTimestamp();
            await operation().ConfigureAwait(false);
            all.Add((Stopwatch.GetElapsedTime(start).TotalMicroseconds, GC.CollectionCount(0) != collections));
        }
        var times = Times.Of([.. all.Select(one => one.Time)]);
        var slow = all.Where(one => one.Time > times.P99).OrderByDescending(one => one.Time).ToList();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"p50 {times.P50:0.0}, p99 {times.P99:0.0}, max {times.Max:#,0} µs; of the slowest hundredth {slow.Count(one => one.Collected)} in {slow.Count} had a garbage collection in the middle, of the slowest ten {slow.Take(10).Count(one => one.Collected)}"));
    }

    private static async Task SampleAsync(Func<Task> operation, int count)
    {
        await RepeatAsync(operation, WarmUp).ConfigureAwait(false);
        await TailAsync(operation, count).ConfigureAwait(false);
        using var samples = new AllocationSamples();
        long before = GC.GetTotalAllocatedBytes(precise: true), start = Stopwatch.GetTimestamp();
        await RepeatAsync(operation, count).ConfigureAwait(false);
        var passed = Stopwatch.GetElapsedTime(start);
        double each = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)count;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{each:#,0} bytes and {passed.TotalMicroseconds / count:0.0} µs each, garbage collected {GC.CollectionCount(0)} times; bytes by type, sampled:"));
        foreach (var (type, part) in samples.Largest(20))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{each * part,8:#,0}  {type}"));
    }

    /// <summary>The type that is allocated whenever another hundred kilobytes are full.</summary>
    private sealed class AllocationSamples : EventListener
    {
        private const EventKeywords GarbageCollector = (EventKeywords)1;
        private const int TypeName = 5;
        private readonly Dictionary<string, int> _seen = new(StringComparer.Ordinal);

        public IReadOnlyList<(string Type, double Part)> Largest(int count)
        {
            lock (_seen)
            {
                double all = _seen.Values.Sum();
                return [.. _seen.OrderByDescending(type => type.Value).Take(count).Select(type => (type.Key, type.Value / all))];
            }
        }

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "Microsoft-Windows-DotNETRuntime")
                EnableEvents(eventSource, EventLevel.Verbose, GarbageCollector);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventName?.StartsWith("GCAllocationTick", StringComparison.Ordinal) != true || eventData.Payload?[TypeName] is not string type)
                return;
            lock (_seen)
                _seen[type] = _seen.GetValueOrDefault(type) + 1;
        }
    }
}
