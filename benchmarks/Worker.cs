using System.Diagnostics;
using System.Globalization;

namespace SwarmLocks.Benchmarks;

/// <summary>What one of many processes does: it says when it is ready, is told on stdin at which moment to begin, and answers in one line.</summary>
internal static class Worker
{
    public const string Verb = "worker";

    /// <summary>The file with what the bare calls write.</summary>
    public const string Record = "record";

    public static string AgentOf(int number) => "agent-" + number.ToString(CultureInfo.InvariantCulture);

    /// <param name="args">What to do, where, which number this process has, and for how many seconds or how often.</param>
    public static async Task RunAsync(string[] args)
    {
        var (what, root) = (args[0], args[1]);
        var (number, much) = (int.Parse(args[2], CultureInfo.InvariantCulture), double.Parse(args[3], CultureInfo.InvariantCulture));
        await (what switch
        {
            "pairs" => PairsAsync(root, number, much),
            "guarded" => GuardedAsync(root, number, much),
            "limit" => LimitAsync(root, number, much),
            "queue" => QueueAsync(root, number, (int)much),
            "watch" => WatchAsync(root, much),
            _ => throw new ArgumentException($"'{what}' is nothing a worker does.", nameof(args)),
        }).ConfigureAwait(false);
    }

    private static async Task PairsAsync(string root, int number, double seconds)
    {
        var manager = new LockManager(new LockManagerOptions { Directory = root });
        await using var _ = manager.ConfigureAwait(false);
        var request = new LockRequest(AgentOf(number), $"src/own-{AgentOf(number)}.cs");
        await FlatOutAsync(seconds, PairAsync).ConfigureAwait(false);

        async Task<bool> PairAsync()
        {
            try
            {
                await (await manager.AcquireAsync(request).ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
                return true;
            }
            catch (LockStoreException error) when (error.Problem == StoreProblem.Busy)
            {
                // It did not get its turn in all the time that it is ready to wait. That counts against us; the others go on.
                return false;
            }
        }
    }

    private static async Task GuardedAsync(string root, int number, double seconds)
    {
        int guard = Floor.OpenGuard(Path.Combine(root, "floor-guard"));
        string file = Path.Combine(root, "floor-" + AgentOf(number));
        byte[] record = await File.ReadAllBytesAsync(Path.Combine(root, Record)).ConfigureAwait(false);
        Func<Task<bool>> pairAsync = () =>
        {
            Floor.GuardedPair(guard, file, record);
            return Task.FromResult(true);
        };
        await FlatOutAsync(seconds, pairAsync).ConfigureAwait(false);
    }

    private static async Task LimitAsync(string root, int number, double seconds)
    {
        var limit = new Limit(root, await File.ReadAllBytesAsync(Path.Combine(root, Record)).ConfigureAwait(false), AgentOf(number));
        await FlatOutAsync(seconds, () =>
        {
            limit.Pair();
            return Task.FromResult(true);
        }).ConfigureAwait(false);
    }

    /// <summary>
    /// Also before the beginning, uncounted; what is not through at the end does not count. Tells how many failed, and how long each of the others
    /// took, in microseconds.
    /// </summary>
    private static async Task FlatOutAsync(double seconds, Func<Task<bool>> operation)
    {
        await operation().ConfigureAwait(false);
        long begin = await BeginAsync().ConfigureAwait(false);
        long end = begin + (long)(seconds * Stopwatch.Frequency);
        var times = new List<double>();
        int failed = 0;
        for (long start = Stopwatch.GetTimestamp(); ;)
        {
            bool isDone = await operation().ConfigureAwait(false);
            failed += isDone ? 0 : 1;
            long now = Stopwatch.GetTimestamp();
            if (now >= end)
                break;
            if (isDone && start >= begin)
                times.Add(Stopwatch.GetElapsedTime(start, now).TotalMicroseconds);
            start = now;
        }
        await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{failed};{Listed(times)}")).ConfigureAwait(false);
    }

    /// <summary>Asks for the one hot path again and again; tells when it asked, got it, and let go of it.</summary>
    private static async Task QueueAsync(string root, int number, int rounds)
    {
        // Who stands before the guard for long is what is measured, and no reason to give up.
        var manager = new LockManager(new LockManagerOptions { Directory = root, GuardTimeout = TimeSpan.FromMinutes(2) });
        await using var _ = manager.ConfigureAwait(false);
        var request = new LockRequest(AgentOf(number), Scene.Mine) { Wait = TimeSpan.FromMinutes(2) };
        await manager.WhoHasAsync(Scene.Mine).ConfigureAwait(false);
        await Until(await BeginAsync().ConfigureAwait(false)).ConfigureAwait(false);
        var told = new List<string>();
        for (int i = 0; i < rounds; i++)
        {
            long asked = Stopwatch.GetTimestamp();
            var handle = await manager.AcquireAsync(request).ConfigureAwait(false);
            long got = Stopwatch.GetTimestamp();
            // As long as a small edit takes, so that the others are in line.
            await Task.Delay(TimeSpan.FromMilliseconds(5)).ConfigureAwait(false);
            long released = Stopwatch.GetTimestamp();
            await handle.DisposeAsync().ConfigureAwait(false);
            told.Add(string.Create(CultureInfo.InvariantCulture, $"{asked} {got} {released}"));
        }
        await Console.Out.WriteLineAsync(string.Join(';', told)).ConfigureAwait(false);
    }

    /// <summary>
    /// Tries the guard all the time, and tells how long it was not to be had, in microseconds: from the last time it was free to the next, which is
    /// no less than it was held at a stretch. Its own holds are short and rare enough not to be in the way of anybody.
    /// </summary>
    private static async Task WatchAsync(string root, double seconds)
    {
        int guard = Floor.OpenGuard(Scene.GuardOf(root));
        Floor.IsFree(guard);
        await Until(await BeginAsync().ConfigureAwait(false)).ConfigureAwait(false);
        var held = new List<double>();
        bool wasFree = true;
        long free = Stopwatch.GetTimestamp(), end = free + (long)(seconds * Stopwatch.Frequency);
        while (free < end)
        {
            bool isFree = Floor.IsFree(guard);
            long now = Stopwatch.GetTimestamp();
            if (isFree && !wasFree)
                held.Add(Stopwatch.GetElapsedTime(free, now).TotalMicroseconds);
            if (isFree)
                free = now;
            wasFree = isFree;
            // Not to be in the way while it is free; but what is free between two holds is so for microseconds.
            if (isFree)
                Thread.SpinWait(300);
        }
        await Console.Out.WriteLineAsync(Listed(held)).ConfigureAwait(false);
    }

    /// <summary>Reads the times that a worker told.</summary>
    public static double[] Unlisted(string times) =>
        [.. times.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(s => double.Parse(s, CultureInfo.InvariantCulture))];

    private static string Listed(IEnumerable<double> times) => string.Join(' ', times.Select(t => t.ToString("f1", CultureInfo.InvariantCulture)));

    private static async Task<long> BeginAsync()
    {
        await Console.Out.WriteLineAsync("ready").ConfigureAwait(false);
        string? told = await Console.In.ReadLineAsync().ConfigureAwait(false);
        return long.Parse(told ?? throw new InvalidOperationException("It was never begun."), CultureInfo.InvariantCulture);
    }

    /// <summary>Waits for the moment at which all processes begin, so that none works alone while the others still start.</summary>
    private static Task Until(long moment)
    {
        var left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), moment);
        return left > TimeSpan.Zero ? Task.Delay(left) : Task.CompletedTask;
    }
}
