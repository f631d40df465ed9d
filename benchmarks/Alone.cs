namespace SwarmLocks.Benchmarks;

/// <summary>One process, one operation at a time, in a store that is otherwise empty.</summary>
internal static class Alone
{
    public static async Task PairsAsync(Table table, Effort effort)
    {
        var scene = await Scene.MakeAsync().ConfigureAwait(false);
        await using var _ = scene.ConfigureAwait(false);
        byte[] record = await scene.RecordAsync().ConfigureAwait(false);
        string floor = scene.File("floor");
        var duel = await Duel.FightAsync(effort, () => Floor.Pair(floor, record), scene.PairAsync).ConfigureAwait(false);
        table.Add(new Row("pair: the bare calls of one lock file", duel.Floor.P50, "µs", Times: duel.Floor, Note: "open, write, close, unlink"));
        table.Add(new Row("acquire + release, alone", duel.Ratio, "× pair", 2.2, Times: duel.Subject));
        await LimitAsync(table, effort, "acquire + release", "× pair", () => Floor.Pair(floor, record), new Limit(scene.Root, record).Pair).ConfigureAwait(false);
    }

    /// <summary>Somebody else holds it, in a session of his own: whoever is refused has looked whether he lives.</summary>
    public static async Task QuestionsAsync(Table table, Effort effort)
    {
        var scene = await Scene.MakeAsync().ConfigureAwait(false);
        await using var _ = scene.ConfigureAwait(false);
        var other = scene.Other();
        await using var __ = other.ConfigureAwait(false);
        var held = await other.AcquireAsync(new LockRequest("other", Scene.Mine) { Reason = "is measured" }).ConfigureAwait(false);
        await using var ___ = held.ConfigureAwait(false);
        string file = scene.MyFile;
        byte[] buffer = new byte[4096];
        var conflict = await Duel.FightAsync(effort, () => Floor.Question(file, buffer), RefusedAsync).ConfigureAwait(false);
        table.Add(new Row("question: the bare calls of reading it", conflict.Floor.P50, "µs", Times: conflict.Floor, Note: "open, read, close"));
        table.Add(new Row("conflict answer", conflict.Ratio, "× question", 4, Times: conflict.Subject));
        var limit = new Limit(scene.Root, await File.ReadAllBytesAsync(file).ConfigureAwait(false));
        limit.Hold();
        await LimitAsync(table, effort, "conflict answer", "× question", () => Floor.Question(file, buffer), limit.Conflict).ConfigureAwait(false);
        byte[] record = await File.ReadAllBytesAsync(file).ConfigureAwait(false);
        var asked = await Duel.FightAsync(effort, () => Floor.Question(file, buffer), () => scene.Manager.WhoHasAsync(Scene.Mine), RenewedAsync).ConfigureAwait(false);
        table.Add(new Row("who-has of one path", asked.Ratio, "× question", 2.5, Times: asked.Subject, Note: "whose record changed since the last answer"));
        await LimitAsync(table, effort, "who-has", "× question", () => Floor.Question(file, buffer), limit.WhoHas).ConfigureAwait(false);
        // Older than three seconds by the time that it counts, so it is remembered.
        var again = await Duel.FightAsync(effort, () => Floor.Question(file, buffer), () => scene.Manager.WhoHasAsync(Scene.Mine)).ConfigureAwait(false);
        table.Add(new Row("who-has of one path, nothing has changed", again.Ratio, "× question", 2.5, Times: again.Subject));

        Task RenewedAsync()
        {
            Floor.Replace(file, scene.File("floor.tmp"), record);
            return Task.CompletedTask;
        }

        async Task RefusedAsync()
        {
            if ((await scene.Manager.TryAcquireAsync(new LockRequest(Scene.Agent, Scene.Mine)).ConfigureAwait(false)).Granted)
                throw new InvalidOperationException("What is held was granted.");
        }
    }

    public static async Task RenewalsAsync(Table table, Effort effort)
    {
        var scene = await Scene.MakeAsync().ConfigureAwait(false);
        await using var _ = scene.ConfigureAwait(false);
        byte[] record = await scene.RecordAsync().ConfigureAwait(false);
        string target = scene.File("floor"), temporary = scene.File("floor.tmp");
        await scene.Manager.TryAcquireAsync(new LockRequest(Scene.Agent, Scene.Mine) { OutlivesProcess = true }).ConfigureAwait(false);
        var which = LeaseSelector.On(Scene.Agent, Scene.Mine);
        var duel = await Duel.FightAsync(effort, () => Floor.Replace(target, temporary, record), () => scene.Manager.RenewAsync(which)).ConfigureAwait(false);
        table.Add(new Row("renewal: a bare temporary file and rename", duel.Floor.P50, "µs", Times: duel.Floor));
        table.Add(new Row("renew", duel.Ratio, "× temp file + rename", 1.2, Times: duel.Subject));
        var limit = new Limit(scene.Root, record);
        limit.Hold();
        await LimitAsync(table, effort, "renew", "× temp file + rename", () => Floor.Replace(target, temporary, record), limit.Renew).ConfigureAwait(false);
    }

    /// <summary>How far down it could get: the system calls that the protocol needs for it, bare.</summary>
    private static async Task LimitAsync(Table table, Effort effort, string what, string unit, Action floor, Action limit)
    {
        var duel = await Duel.FightAsync(
            effort with { WarmUp = effort.WarmUp / 4 }, floor, () =>
            {
                limit();
                return Task.CompletedTask;
            }).ConfigureAwait(false);
        table.Add(new Row($"limit: the calls that the protocol needs for {what}, bare", duel.Ratio, unit, Times: duel.Subject));
    }
}
