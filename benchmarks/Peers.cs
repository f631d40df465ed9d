using System.Text.Json;

namespace SwarmLocks.Benchmarks;

/// <summary>What people use today, each as its own documentation says: one file, taken and given back, in one process.</summary>
internal static class Peers
{
    public static async Task MeasureAsync(Table table, Effort effort)
    {
        await OneAsync(
            table, effort, "python3-filelock", "python3", "filelock_pair.py",
            "flock on an empty file; says not who, why or until when; no globs, no line, no fencing; free when its process dies").ConfigureAwait(false);
        await OneAsync(
            table, effort, "proper-lockfile", "node", "proper_lockfile_pair.mjs",
            "mkdir and mtime; says not who or why; no globs, no line, no fencing; stale by its mtime, which two may break at once").ConfigureAwait(false);
    }

    private static async Task OneAsync(Table table, Effort effort, string name, string program, string script, string lacks)
    {
        string what = $"peer: {name}, acquire + release";
        if (!Programs.IsHere(program))
        {
            table.Add(new Row(what, null, "× pair", Note: $"{program} is not here"));
            return;
        }
        var scene = await Scene.MakeAsync().ConfigureAwait(false);
        await using var _ = scene.ConfigureAwait(false);
        byte[] record = await scene.RecordAsync().ConfigureAwait(false);
        string floor = scene.File("floor");
        try
        {
            var duel = await Duel.InTurnsAsync(
                effort.IsQuick ? 2 : 7, () => Duel.TurnAsync(effort.Turn, () => Floor.Pair(floor, record)), PeerAsync).ConfigureAwait(false);
            table.Add(new Row(what, duel.Ratio, "× pair", Times: duel.Subject, Note: lacks));
        }
        catch (InvalidOperationException error)
        {
            table.Add(new Row(what, null, "× pair", Note: error.Message.Split('\n')[^1]));
        }

        // Its first ones do not count: it says how many.
        async Task<List<double>> PeerAsync()
        {
            string path = Path.Combine(AppContext.BaseDirectory, "peers", script);
            var (output, _) = await Programs.RunAsync(scene.Root, program, path, scene.File("peer"), effort.IsQuick ? "500" : "2000").ConfigureAwait(false);
            return JsonSerializer.Deserialize<List<double>>(output)!;
        }
    }
}
