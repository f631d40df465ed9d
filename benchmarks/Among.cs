namespace SwarmLocks.Benchmarks;

/// <summary>One process, one operation at a time, with many locks of others around.</summary>
internal static class Among
{
    private const int ManyPaths = 10_000;
    private const int ManyGlobs = 1_000;

    /// <returns>What a pair costs, as a multiple of the bare one, by the number of other paths that are locked.</returns>
    public static async Task<Series> PathsAsync(Table table, Effort effort)
    {
        var few = await Scene.MakeAsync(paths: 10).ConfigureAwait(false);
        await using var _ = few.ConfigureAwait(false);
        var points = new List<(double, double)> { (10, await CostAsync(few, effort).ConfigureAwait(false)) };
        foreach (int paths in (int[])[100, 1_000, ManyPaths])
        {
            var many = await Scene.MakeAsync(paths).ConfigureAwait(false);
            await using var __ = many.ConfigureAwait(false);
            points.Add((paths, await CostAsync(many, effort).ConfigureAwait(false)));
            if (paths != ManyPaths)
                continue;
            var duel = await Duel.FightAsync(effort, few.PairAsync, many.PairAsync).ConfigureAwait(false);
            table.Add(new Row("acquire + release, 10,000 other paths locked", duel.Ratio, "× with 10", 1.1, Times: duel.Subject));
            await OverAllAsync(table, effort, many).ConfigureAwait(false);
        }
        return new Series("paths locked by others", points);
    }

    /// <returns>The same by the number of globs, none of which matches.</returns>
    public static async Task<Series> GlobsAsync(Table table, Effort effort)
    {
        var none = await Scene.MakeAsync().ConfigureAwait(false);
        await using var _ = none.ConfigureAwait(false);
        // One stands for none: the axis is logarithmic.
        var points = new List<(double, double)> { (1, await CostAsync(none, effort).ConfigureAwait(false)) };
        foreach (int globs in (int[])[10, 100, ManyGlobs])
        {
            var many = await Scene.MakeAsync(globs: globs).ConfigureAwait(false);
            await using var __ = many.ConfigureAwait(false);
            points.Add((globs, await CostAsync(many, effort).ConfigureAwait(false)));
            if (globs != ManyGlobs)
                continue;
            var duel = await Duel.FightAsync(effort, none.PairAsync, many.PairAsync).ConfigureAwait(false);
            table.Add(new Row("acquire + release, 1,000 globs of others, none matching", duel.Ratio, "× with none", 15, Times: duel.Subject));
            var alike = await Scene.MakeAsync(globs: globs, alike: true).ConfigureAwait(false);
            await using var ___ = alike.ConfigureAwait(false);
            duel = await Duel.FightAsync(effort, none.PairAsync, alike.PairAsync).ConfigureAwait(false);
            table.Add(new Row("acquire + release, 1,000 globs of others that all begin like the path, none matching", duel.Ratio, "× with none", 15, Times: duel.Subject));
        }
        return new Series("globs locked by others, none matching", points);
    }

    /// <summary>Against a bare pair in a folder without other files: what the folder costs counts too.</summary>
    private static async Task<double> CostAsync(Scene scene, Effort effort)
    {
        byte[] record = await scene.RecordAsync().ConfigureAwait(false);
        string floor = scene.File("floor");
        return (await Duel.FightAsync(effort, () => Floor.Pair(floor, record), scene.PairAsync).ConfigureAwait(false)).Ratio;
    }

    private static async Task OverAllAsync(Table table, Effort effort, Scene scene)
    {
        var few = effort with { Rounds = Math.Min(effort.Rounds, 7) };
        LockHandle handle = null!;
        string pattern = "docs/**";
        var glob = await Duel.FightAsync(few, () => Floor.List(scene.Locks), AcquireAsync, ReleaseAsync).ConfigureAwait(false);
        table.Add(new Row("listing: the bare calls for a folder of 10,000 lock files", glob.Floor.P50, "µs", Times: glob.Floor, Note: "open, getdents, close"));
        table.Add(new Row("glob acquire over 10,000 locked paths", glob.Ratio, "× listing", 3, Times: glob.Subject, Note: "none begins like the glob"));
        pattern = "lib/**/*.py";
        var alike = await Duel.FightAsync(few, () => Floor.List(scene.Locks), AcquireAsync, ReleaseAsync).ConfigureAwait(false);
        table.Add(new Row("glob acquire over 10,000 locked paths that all begin like it", alike.Ratio, "× listing", 3, Times: alike.Subject, Note: "none matches"));
        string[] names = Directory.GetFiles(scene.Locks);
        byte[] buffer = new byte[4096];
        var list = await Duel.FightAsync(few, ReadAll, () => scene.Manager.ListAsync()).ConfigureAwait(false);
        table.Add(new Row("reading: the bare calls for those 10,000 files", list.Floor.P50, "µs", Times: list.Floor, Note: "open, read, close, their names being known"));
        table.Add(new Row("list of 10,000", list.Ratio, "× reading", 2, Times: list.Subject));

        async Task AcquireAsync() =>
            handle = await scene.Manager.AcquireAsync(new LockRequest(Scene.Agent, pattern)).ConfigureAwait(false);

        async Task ReleaseAsync() => await handle.DisposeAsync().ConfigureAwait(false);

        void ReadAll()
        {
            foreach (string name in names)
                Floor.Question(name, buffer);
        }
    }
}
