using System.Diagnostics;
using System.Globalization;

namespace SwarmLocks.Benchmarks;

/// <summary>Many processes that all want one path, in line.</summary>
internal static class HotPath
{
    private const int Processes = 9;

    /// <summary>Of each process, not counted: in them it compiles what it does.</summary>
    private const int FirstRounds = 5;

    /// <summary>What the store says in milliseconds may be so much beside.</summary>
    private static long Tick => Stopwatch.Frequency / 1000;

    /// <summary>One holds it and eight wait, until the first of them is through with its rounds.</summary>
    public static async Task MeasureAsync(Table table, Effort effort)
    {
        int rounds = effort.IsQuick ? 20 : 150;
        var scene = await Scene.MakeAsync().ConfigureAwait(false);
        await using var _ = scene.ConfigureAwait(false);
        await scene.PairAsync().ConfigureAwait(false);
        var working = Workers.RunAsync("queue", scene.Root, Processes, rounds, TimeSpan.FromSeconds(0.2));
        var places = await PlacesAsync(scene, working).ConfigureAwait(false);
        string[] told = await working.ConfigureAwait(false);
        var all = told.Select((line, number) => line.Split(';').Select(text => Hold.Parse(text, Worker.AgentOf(number))).ToList()).ToList();
        // All are in line from when the last joined until the first left.
        long from = all.Max(holds => holds[FirstRounds].Asked), to = all.Min(holds => holds[^1].Got);
        var line = all.SelectMany(holds => holds).OrderBy(hold => hold.Got).ToList();
        var full = line.Where(hold => hold.Released >= from && hold.Released <= to).ToList();
        var gaps = full.Zip(full.Skip(1)).Select(pair => Stopwatch.GetElapsedTime(pair.First.Released, pair.Second.Got).TotalMicroseconds).ToList();
        var times = Times.Of(gaps);
        string count = string.Create(CultureInfo.InvariantCulture, $"{gaps.Count} times, held 5 ms each");
        table.Add(new Row("one hot path, 8 waiting: release to next holder, p50", times.P50 / 1000, "ms", 2, Times: times, Note: count));
        table.Add(new Row("one hot path, 8 waiting: release to next holder, p99", times.P99 / 1000, "ms", 20));
        AddOrder(table, line, places);
    }

    private static void AddOrder(Table table, List<Hold> line, IEnumerable<Place> places)
    {
        var seen = places.ToLookup(place => place.Agent);
        var stood = line.Select(hold => seen[hold.Agent].FirstOrDefault(place => place.Since > hold.Asked - Tick && place.Since < hold.Got + Tick))
            .OfType<Place>().Select(place => place.Since).ToList();
        // Who asked is in line when it has had the guard: how far the two orders differ is told, too.
        int asked = OutOfOrder([.. line.Select(hold => hold.Asked)], 5 * Tick);
        table.Add(new Row(
            "one hot path, 8 waiting: granted out of the order of the line", OutOfOrder(stood, Tick), "times", 0,
            Note: string.Create(CultureInfo.InvariantCulture, $"of {stood.Count} whose place was seen; {asked} got it before one that had asked 5 ms earlier")));
    }

    private static int OutOfOrder(List<long> line, long slack) =>
        line.Select((came, i) => line.Skip(i + 1).Count(later => later + slack < came)).Sum();

    /// <summary>Looks at the line, which takes no guard, for as long as there is one.</summary>
    private static async Task<HashSet<Place>> PlacesAsync(Scene scene, Task working)
    {
        // The store tells in wall time since when somebody waits, the workers in that of the stopwatch.
        var zero = DateTimeOffset.UtcNow - Stopwatch.GetElapsedTime(0);
        var places = new HashSet<Place>();
        while (!working.IsCompleted)
        {
            foreach (var waiter in (await scene.Manager.WhoHasAsync(Scene.Mine).ConfigureAwait(false)).Waiting)
                places.Add(new Place(waiter.Agent, (long)((waiter.Since - zero).TotalSeconds * Stopwatch.Frequency)));
            // Often enough to see each place, seldom enough not to be what is measured.
            await Task.Delay(10).ConfigureAwait(false);
        }
        return places;
    }

    private sealed record Place(string Agent, long Since);

    private sealed record Hold(string Agent, long Asked, long Got, long Released)
    {
        public static Hold Parse(string text, string agent)
        {
            long[] stamps = [.. text.Split(' ').Select(s => long.Parse(s, CultureInfo.InvariantCulture))];
            return new Hold(agent, stamps[0], stamps[1], stamps[2]);
        }
    }
}
