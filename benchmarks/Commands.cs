using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace SwarmLocks.Benchmarks;

/// <summary>Whole processes, timed by hyperfine: the native command, the .NET tool, and what they are compared with.</summary>
internal static class Commands
{
    private const string Flock = "flock -n floor true";
    private const string NotBuilt = "it was not built";

    public static async Task MeasureAsync(Table table, Effort effort)
    {
        string? native = Built("BENCH_NATIVE"), tool = Built("BENCH_TOOL"), empty = Built("BENCH_EMPTY");
        var scene = await Scene.MakeAsync().ConfigureAwait(false);
        await using var _ = scene.ConfigureAwait(false);
        // The store is made once, not by the first that is timed.
        await scene.PairAsync().ConfigureAwait(false);
        await VerbsAsync(table, effort, scene, "native", native, ("peer: flock -n FILE true", Flock), "× flock", 2.5).ConfigureAwait(false);
        await ResidentAsync(table, scene, native).ConfigureAwait(false);
        if (native is not null && Programs.IsHere("hyperfine"))
        {
            await AmongGlobsAsync(table, effort, native).ConfigureAwait(false);
            await InACrowdAsync(table, effort, scene, native).ConfigureAwait(false);
        }
        double? size = native is null ? null : new FileInfo(native).Length / 1024.0 / 1024.0;
        table.Add(new Row("native binary: size", size, "MiB", 8, Note: native is null ? NotBuilt : ""));
        string form = Built("BENCH_TOOL_FORM") ?? ".NET tool";
        await VerbsAsync(
            table, effort, scene, form, tool is null ? null : $"dotnet {tool}",
            ("an empty .NET program", empty is null ? null : $"dotnet {empty}"), "× an empty program", 1.5).ConfigureAwait(false);
    }

    private static string? Built(string variable) => Environment.GetEnvironmentVariable(variable);

    private static async Task VerbsAsync(
        Table table, Effort effort, Scene scene, string form, string? command, (string Name, string? Command) floor, string unit, double goal)
    {
        string? missing = command is null || floor.Command is null ? NotBuilt : Programs.IsHere("hyperfine") ? null : "there is no hyperfine";
        var floors = new List<Times>();
        var rows = new List<Row>();
        foreach (var (verb, before) in ((string, string)[])[("acquire", "release"), ("release", "acquire")])
        {
            string what = $"swarmlocks {verb}, {form}, whole process";
            if (missing is not null)
            {
                rows.Add(new Row(what, null, unit, goal, Note: missing));
                continue;
            }
            var duel = await Duel.InTurnsAsync(
                effort.IsQuick ? 2 : 10,
                () => TimeAsync(scene, effort, floor.Command!, prepare: null),
                () => TimeAsync(scene, effort, $"{command} {verb} --agent a src/x.cs", $"{command} {before} --agent a src/x.cs")).ConfigureAwait(false);
            floors.Add(duel.Floor);
            rows.Add(new Row(what, duel.Ratio, unit, goal, Times: duel.Subject));
        }
        table.Add(new Row(floor.Name + ", whole process", floors.FirstOrDefault()?.P50, "µs", Times: floors.FirstOrDefault(), Note: missing ?? ""));
        rows.ForEach(table.Add);
    }

    private static async Task<List<double>> TimeAsync(Scene scene, Effort effort, string command, string? prepare)
    {
        string json = scene.File("hyperfine.json");
        string[] first = prepare is null ? [] : ["--prepare", $"sh -c '{prepare} >/dev/null'"];
        string[] how = ["--shell", "none", "--style", "none", "--warmup", "2", "--runs", effort.IsQuick ? "10" : "20", "--export-json", json];
        await Programs.RunAsync(scene.Root, "hyperfine", [.. how, .. first, command]).ConfigureAwait(false);
        using var document = JsonDocument.Parse(await File.ReadAllTextAsync(json).ConfigureAwait(false));
        return [.. document.RootElement.GetProperty("results")[0].GetProperty("times").EnumerateArray().Select(t => t.GetDouble() * 1e6)];
    }

    /// <summary>What a long-lived process knows after its first question, a command finds out each time.</summary>
    private static async Task AmongGlobsAsync(Table table, Effort effort, string native)
    {
        var scene = await Scene.MakeAsync(globs: 1_000).ConfigureAwait(false);
        await using var _ = scene.ConfigureAwait(false);
        var duel = await Duel.InTurnsAsync(
            effort.IsQuick ? 2 : 5,
            () => TimeAsync(scene, effort, Flock, prepare: null),
            () => TimeAsync(scene, effort, $"{native} acquire --agent a src/x.cs", $"{native} release --agent a src/x.cs")).ConfigureAwait(false);
        table.Add(new Row("swarmlocks acquire, native, 1,000 globs of others, none matching", duel.Ratio, "× flock", Times: duel.Subject));
    }

    /// <summary>Beside processes that are inside the store all the time: whoever comes for once must get its turn like them.</summary>
    private static async Task InACrowdAsync(Table table, Effort effort, Scene scene, string native)
    {
        const int processes = 6;
        var crowd = Workers.RunAsync("pairs", scene.Root, processes, effort.IsQuick ? 4 : 12, TimeSpan.FromSeconds(1));
        // Until all of them have started, compiled, and fill the store.
        await Task.Delay(TimeSpan.FromSeconds(2)).ConfigureAwait(false);
        var all = new List<double>();
        for (int i = 0; !crowd.IsCompleted; i++)
        {
            string[] line = ["acquire", "--agent", "a", string.Create(CultureInfo.InvariantCulture, $"src/crowd-{i}.cs")];
            long start = Stopwatch.GetTimestamp();
            await Programs.RunAsync(scene.Root, native, line).ConfigureAwait(false);
            all.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            // The crowd would otherwise be measured against this program's own starting of processes.
            await Task.Delay(TimeSpan.FromMilliseconds(20)).ConfigureAwait(false);
        }
        await crowd.ConfigureAwait(false);
        var times = Times.Of(all);
        table.Add(new Row(
            string.Create(CultureInfo.InvariantCulture, $"swarmlocks acquire, native, beside {processes} processes flat out"), times.P50, "µs", Times: times, Note: string.Create(CultureInfo.InvariantCulture, $"{all.Count} times, start of the process included")));
    }

    private static async Task ResidentAsync(Table table, Scene scene, string? native)
    {
        // Its own fork is small: what is started from here would begin with the size of this process.
        const string time = "/usr/bin/time";
        string? missing = native is null ? NotBuilt : File.Exists(time) ? null : $"there is no {time}";
        long most = 0;
        foreach (string verb in (string[])["acquire", "release"])
        {
            if (missing is not null)
                break;
            var (_, error) = await Programs.RunAsync(scene.Root, time, "-f", "%M", native!, verb, "--agent", "a", "src/resident.cs").ConfigureAwait(false);
            most = Math.Max(most, long.Parse(error.Trim().Split('\n')[^1], CultureInfo.InvariantCulture));
        }
        table.Add(missing is null
            ? new Row("native binary: resident at most", most / 1024.0, "MiB", 12, Note: "the larger of acquire and release")
            : new Row("native binary: resident at most", null, "MiB", 12, Note: missing));
    }
}
