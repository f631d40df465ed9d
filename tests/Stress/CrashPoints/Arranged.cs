namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>Stores to kill commands in.</summary>
internal static class Arranged
{
    /// <summary>Leases without a session, which outlive whoever asked.</summary>
    public static Func<Tree, Task<IAsyncDisposable?>> Held(params (string Agent, string Resource)[] held) => async tree =>
    {
        foreach (var (agent, resource) in held)
            await HoldAsync(tree, agent, resource);
        return null;
    };

    /// <summary>Longer than it takes to kill a command at all of its calls.</summary>
    private static readonly TimeSpan Long = TimeSpan.FromHours(2);

    /// <summary>Takes one lease.</summary>
    public static async Task HoldAsync(Tree tree, string agent, string resource, LockMode mode = LockMode.Exclusive, TimeSpan? ttl = null)
    {
        await using var locks = tree.Open();
        while (true)
        {
            try
            {
                Assert.True((await locks.TryAcquireAsync(new LockRequest(agent, resource) { Mode = mode, Ttl = ttl ?? Long, OutlivesProcess = true })).Granted);
                return;
            }
            catch (LockExpiredException)
            {
                // A short lease, and a slow moment of the machine.
            }
        }
    }

    /// <summary>Takes one lease and lets it expire.</summary>
    public static async Task LetExpireAsync(Tree tree, string agent, string resource)
    {
        await HoldAsync(tree, agent, resource, ttl: TimeSpan.FromMilliseconds(50));
        await using var locks = tree.Open();
        await Until.TrueAsync(async () => (await locks.ListAsync(agent)).Any(l => l.State == LeaseState.Expired && l.RequestedAs == resource), $"the end of the lease on {resource}");
    }

    /// <summary>A lease of a process that lives, but does not notice what happens to it.</summary>
    public static async Task<IAsyncDisposable?> HoldByLivingProcessAsync(Tree tree, string agent, string resource)
    {
        var worker = await Swarm.StartAsync(tree);
        Assert.StartsWith("granted", await worker.AskAsync($"take {agent} {resource} 3600000 0"), StringComparison.Ordinal);
        worker.Stop();
        return worker;
    }

    /// <summary>Leases of somebody who did not renew them.</summary>
    public static Func<Tree, Task<IAsyncDisposable?>> Expired(params string[] resources) => async tree =>
    {
        foreach (string resource in resources)
            await LetExpireAsync(tree, "late", resource);
        return null;
    };

    /// <summary>Ends what they hold.</summary>
    public static async Task ReleaseAllAsync(Tree tree, string agent)
    {
        await using var locks = tree.Open();
        await locks.ReleaseAllAsync(agent);
    }

    /// <summary>Whether somebody has come into line.</summary>
    public static bool IsInLine(Tree tree) => HasFile(tree, "waiting", "*");

    /// <summary>Whether somebody has got the lock on src/a.cs.</summary>
    public static bool IsHeld(Tree tree) => HasFile(tree, "locks", Path.GetFileName(CrashScenario.LockFile));

    public static Task<IAsyncDisposable?> SharedAsync(Tree tree) => SharedByAsync(tree, "reader");

    public static Task<IAsyncDisposable?> SharedByVictimAsync(Tree tree) => SharedByAsync(tree, CrashScenario.Victim);

    public static Task<IAsyncDisposable?> SharedBothAsync(Tree tree) => SharedByAsync(tree, "reader", CrashScenario.Victim);

    /// <summary>A lock file that its writer, killed in the middle of it, did not finish.</summary>
    public static async Task<IAsyncDisposable?> RemnantAsync(Tree tree)
    {
        await HoldAsync(tree, "neighbour", "src/b.cs");
        string whole = Directory.EnumerateFiles(tree.Store, "path=src+b.cs.json", SearchOption.AllDirectories).Single();
        byte[] bytes = await File.ReadAllBytesAsync(whole);
        await File.WriteAllBytesAsync(Path.Combine(Path.GetDirectoryName(whole)!, "path=src+a.cs.json"), bytes[..(bytes.Length / 2)]);
        return null;
    }

    /// <summary>The victim holds what another let expire, and the record counts it.</summary>
    public static async Task<IAsyncDisposable?> TakenOverAsync(Tree tree)
    {
        await LetExpireAsync(tree, "late", "src/a.cs");
        await HoldAsync(tree, CrashScenario.Victim, "src/a.cs");
        return null;
    }

    /// <summary>Nothing is left of a stale lease but its count.</summary>
    public static async Task<IAsyncDisposable?> ReapedAsync(Tree tree)
    {
        await LetExpireAsync(tree, "late", "src/a.cs");
        await using var locks = tree.Open();
        Assert.Single((await locks.CleanupStaleLocksAsync()).Removed);
        return null;
    }

    /// <summary>Expired leases, the lease and the request in line of processes that were killed, and a record that was about to replace another.</summary>
    public static async Task<IAsyncDisposable?> MuchToCleanUpAsync(Tree tree)
    {
        await LetExpireAsync(tree, "late", "src/a.cs");
        await LetExpireAsync(tree, "late", "glob:docs/**");
        await HoldAsync(tree, "neighbour", "src/b.cs");
        await using (var locks = tree.Open())
        await using (var holder = await Swarm.StartAsync(tree))
        await using (var waiter = await Swarm.StartAsync(tree))
        {
            await holder.AskAsync("take dead src/dead.cs 3600000 0");
            waiter.Send("take dead src/b.cs 3600000 60000");
            await QueueTests.UntilWaitingAsync(locks, "src/b.cs", 1);
        }
        string data = Assert.Single(Directory.EnumerateDirectories(tree.Store));
        await File.WriteAllTextAsync(Path.Combine(data, "next.tmp"), "{");
        return null;
    }

    /// <summary>A journal that was rotated so often, and is full but for one line or has just been rotated.</summary>
    public static async Task<IAsyncDisposable?> WithJournalAsync(Tree tree, int rotations, bool full)
    {
        await using var locks = new LockManager(new LockManagerOptions { Directory = tree.Root, JournalBytes = JournalBytes });
        for (int seen = 0; ;)
        {
            await locks.TryAcquireAsync(new LockRequest("neighbour", "src/b.cs") { OutlivesProcess = true });
            long bytes = JournalLength(tree);
            if (bytes == 0)
                seen++;
            if (seen == rotations && (full ? bytes > JournalBytes - 100 : bytes == 0))
                return null;
        }
    }

    private const int JournalBytes = 4096;

    /// <summary>The smallest there is.</summary>
    public static readonly (string Name, string Value)[] SmallJournal = [("SWARMLOCKS_JOURNAL_BYTES", JournalBytes.ToString(System.Globalization.CultureInfo.InvariantCulture))];

    private static long JournalLength(Tree tree) => Directory.EnumerateFiles(tree.Store, "journal.jsonl", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);

    private static bool HasFile(Tree tree, string folder, string pattern) =>
        Directory.EnumerateDirectories(tree.Store).Select(data => Path.Combine(data, folder)).SelectMany(f => Directory.EnumerateFiles(f, pattern)).Any(f => new FileInfo(f).Length > 0);

    private static async Task<IAsyncDisposable?> SharedByAsync(Tree tree, params string[] agents)
    {
        foreach (string agent in agents)
            await HoldAsync(tree, agent, "src/a.cs", LockMode.Shared);
        return null;
    }
}
