using System.Text.Json;

namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>
/// What has to be true of a store in which a command was killed, in several futures of the same remains; each starts with the guard, which must be free at once. See "What a death leaves, and who repairs it" in docs/protocol.md.
/// </summary>
internal sealed class Aftermath(Tree tree, CrashScenario scenario, StoreContent remains, IReadOnlyList<LockEvent> before)
{
    private const int Done = 0;
    private const int Refused = 75;

    /// <summary>Every future of it, one after another.</summary>
    /// <param name="told">What the command had printed.</param>
    /// <param name="old">The store before it.</param>
    /// <param name="done">The store after a run that nobody killed.</param>
    public async Task LookAsync(string told, StoreContent old, StoreContent done)
    {
        var found = StoreSnapshot.Take(tree);
        TheCounterKnowsEveryToken(told);
        await ReadersUnderstandItAsync();
        await AnotherAgentIsServedAsync();
        found.Restore();
        await RepeatingItCompletesItAsync(old, done);
        found.Restore();
        await NothingIsLeftOfItAsync();
    }

    /// <summary>The events that no death may lose: a rotation drops what is in the older file.</summary>
    public static async Task<IReadOnlyList<LockEvent>> StoryAsync(Tree tree)
    {
        await using var locks = tree.Open();
        var events = await locks.HistoryAsync(new HistoryQuery());
        string? journal = Directory.Exists(tree.Store) ? Directory.EnumerateFiles(tree.Store, "journal.jsonl", SearchOption.AllDirectories).FirstOrDefault() : null;
        return journal is null ? events : [.. events.TakeLast(File.ReadLines(journal).Count(line => line.Contains("\"event\"", StringComparison.Ordinal)))];
    }

    /// <summary>No token that anybody has seen, on disk or in the output, is larger than the counter: it is written first.</summary>
    private void TheCounterKnowsEveryToken(string output)
    {
        Assert.True(remains.HeaderToken >= remains.LargestInRecords, $"the counter says {remains.HeaderToken}, a record {remains.LargestInRecords}");
        if (output.Length > 0 && JsonDocument.Parse(output).RootElement.TryGetProperty("fencing_token", out var told))
            Assert.InRange(told.GetInt64(), 1, remains.HeaderToken);
    }

    /// <summary>Readers, who change nothing and take no guard, see exactly the complete records, and a journal that lost nothing.</summary>
    private async Task ReadersUnderstandItAsync()
    {
        await using var locks = Open();
        var leases = await locks.ListAsync();
        Assert.DoesNotContain(leases, l => l.State == LeaseState.Unreadable);
        Assert.Equal(remains.Leases, leases.Count);
        var events = await locks.HistoryAsync(new HistoryQuery());
        Assert.Equal(events.Select(e => e.Seq).Order().Distinct(), events.Select(e => e.Seq));
        Assert.Equal(before, events.Where(e => before.Any(b => b.Seq == e.Seq)));
    }

    /// <summary>Another agent gets what is free at once, with a larger token, and is refused by none but its right holder.</summary>
    private async Task AnotherAgentIsServedAsync()
    {
        foreach (string resource in scenario.Contested)
        {
            var holders = LeasesOnFile.InTheWayOf(tree, resource);
            await using (var locks = Open())
                Assert.Equal(holders.Order(), (await locks.WhoHasAsync(resource)).Holders.Where(l => l.State == LeaseState.Live).Select(l => (l.LeaseId, l.Agent)).Order());
            var end = await LoneCommand.RunAsync(tree, ["acquire", resource, "--agent", "other", "--json"]);
            Assert.True(end.Code is Done or Refused, $"acquire ended with {end.Code}: {end.Out} {end.Error}");
            if (holders.Count > 0)
            {
                Assert.Equal(Refused, end.Code);
                Assert.Equal("conflict", end.Json.GetProperty("error").GetString());
                Assert.Equal(holders.Order(), end.Json.GetProperty("conflicts").EnumerateArray().Select(InTheWay).Order());
                continue;
            }
            Assert.True(end.Code == Done, $"{resource} is free, but acquire ended with {end.Code}: {end.Out}");
            Assert.InRange(end.Json.GetProperty("fencing_token").GetInt64(), remains.LargestToken + 1, long.MaxValue);
            var release = await LoneCommand.RunAsync(tree, ["release", resource, "--agent", "other", "--json"]);
            Assert.Equal(Done, release.Code);
            Assert.Equal(1, release.Json.GetProperty("released").GetArrayLength());
        }
    }

    /// <summary>A lease; or, without an id, a request in line, and nobody is in line any more.</summary>
    private static (string? LeaseId, string Agent) InTheWay(JsonElement conflict) => conflict.GetProperty("held") is { ValueKind: JsonValueKind.Object } held
        ? (held.GetProperty("lease_id").GetString(), held.GetProperty("agent").GetString()!)
        : (null, conflict.GetProperty("queued").GetProperty("agent").GetString()!);

    /// <summary>Whoever repeats the command gets what it would have got.</summary>
    private async Task RepeatingItCompletesItAsync(StoreContent old, StoreContent done)
    {
        var end = await LoneCommand.RunAsync(tree, scenario.Arguments, scenario.Variables);
        Assert.True(end.Code == (remains.IsLike(done) ? scenario.CodeWhenDone : scenario.Code), $"again it ended with {end.Code}: {end.Out} {end.Error}");
        var now = StoreContent.Read(tree, old);
        Assert.True(now.IsLike(done), $"again it left {string.Join(", ", now.Records)}");
    }

    /// <summary>Once everything is broken, reaped and reset, nothing is left but what is there to stay, and everything can be had.</summary>
    private async Task NothingIsLeftOfItAsync()
    {
        await using (var locks = Open())
        {
            foreach (var lease in await locks.ListAsync())
                await locks.BreakAsync(lease.LeaseId!, "janitor", "the end", now: true);
            Assert.Empty((await locks.CleanupStaleLocksAsync(by: "janitor")).Failed);
            foreach (string resource in scenario.Contested)
                await locks.ResetAsync(resource, "janitor");
            var grant = await locks.TryAcquireAsync(new LockRequest("next", scenario.Contested));
            Assert.True(grant.Granted, grant.Message);
            Assert.InRange(grant.FencingToken, remains.LargestToken + 1, long.MaxValue);
            await grant.Handle!.DisposeAsync();
        }
        Assert.DoesNotContain(tree.LeftInStore(), file => !IsLivingSession(Path.Combine(tree.Store, file)));
        string data = Assert.Single(Directory.EnumerateDirectories(tree.Store));
        Assert.Equal(
            ["corrupt", "globs", "locks", "sessions", "waiting"], Directory.EnumerateDirectories(data).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal));
    }

    /// <summary>As a tree opens one, but the guard has to be free at the first try.</summary>
    private LockManager Open() => tree.Open(guardTimeout: TimeSpan.FromMilliseconds(100));

    private static bool IsLivingSession(string file) => Path.GetFileName(Path.GetDirectoryName(file)) == "sessions" && LeasesOnFile.IsLockedSession(file);
}
