using System.Globalization;
using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress.Faults;

/// <summary>A store with 5,000 lock files, in a proof 100,000: everything is still right, and takes the time it must.</summary>
[Collection(Swarm.Name)]
public sealed class ManyLocksTests(ITestOutputHelper output)
{
    private const int Fewer = 5_000;
    private const int Many = 100_000;
    private const int Expired = 200;

    private readonly int _locks = Proof.IsLong ? Many : Fewer;

    [Fact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task With_a_great_many_locks_all_is_right_and_bounded()
    {
        using var tree = Tree.Create();
        await using var locks = tree.Open();
        await PlantAsync(locks, tree);

        // What names tell needs no reading: these do not grow with the store.
        await WithinAsync("acquire and release a path", TimeSpan.FromSeconds(5), async () =>
        {
            await using var handle = await locks.AcquireAsync(new LockRequest("a", "src/new.cs"));
            Assert.False((await locks.TryAcquireAsync(new LockRequest("a", "src/f-4777.cs"))).Granted);
        });
        await WithinAsync("who has a path", TimeSpan.FromSeconds(5), async () =>
            Assert.Equal("owner", Assert.Single((await locks.WhoHasAsync("src/f-4999.cs")).Holders).Agent));
        // These look at every name, but read only what overlaps.
        await WithinAsync("a glob that overlaps none", TimeSpan.FromSeconds(10), async () =>
            Assert.True((await locks.TryAcquireAsync(new LockRequest("a", "lib/**"))).Granted));
        await WithinAsync("a glob that overlaps one", TimeSpan.FromSeconds(10), async () =>
            Assert.Equal("path:src/f-4321.cs", Assert.Single((await locks.TryAcquireAsync(new LockRequest("a", "glob:src/f-4321.c{s,pp}"))).Conflicts).Held!.Resource));
        await WithinAsync("a glob that overlaps all", TimeSpan.FromSeconds(30), async () =>
        {
            var refused = await locks.TryAcquireAsync(new LockRequest("a", "src/**"));
            Assert.Equal(AcquireOutcome.Conflict, refused.Outcome);
            Assert.True(refused.Message.Length < 5000, "The refusal is a book.");
        });
        await WithinAsync("list all", TimeSpan.FromSeconds(30), async () =>
            Assert.Equal(_locks + 1, (await locks.ListAsync()).Count));
        await WithinAsync("clean up the expired ones", TimeSpan.FromSeconds(60), async () =>
        {
            var cleaned = await locks.CleanupStaleLocksAsync();
            Assert.Empty(cleaned.Failed);
            Assert.Equal(Expired, cleaned.Removed.Count);
        });
        await WithinAsync("list what is left", TimeSpan.FromSeconds(30), async () =>
            Assert.Equal(_locks + 1 - Expired, (await locks.ListAsync()).Count));
    }

    /// <summary>Copies of one record, as that many acquires would have made them.</summary>
    private async Task PlantAsync(LockManager locks, Tree tree)
    {
        Assert.True((await locks.TryAcquireAsync(new LockRequest("owner", "src/f-0.cs") { OutlivesProcess = true, Ttl = TimeSpan.FromHours(2) })).Granted);
        string first = Directory.EnumerateFiles(tree.Root, "path=src+f-0.cs.json", SearchOption.AllDirectories).Single();
        string record = await File.ReadAllTextAsync(first);
        int from = record.IndexOf("\"expires_ms\":", StringComparison.Ordinal) + "\"expires_ms\":".Length;
        string expired = record[..from] + "1" + record[record.IndexOf(',', from)..];
        for (int i = 1; i < _locks; i++)
        {
            string number = i.ToString(CultureInfo.InvariantCulture);
            string text = (i <= Expired ? expired : record).Replace("f-0.cs", $"f-{number}.cs", StringComparison.Ordinal);
            // A lease id names one lease.
            int id = text.IndexOf("\"lease_id\":\"", StringComparison.Ordinal) + "\"lease_id\":\"".Length;
            text = text[..id] + i.ToString("x32", CultureInfo.InvariantCulture) + text[(id + 32)..];
            File.WriteAllText(first.Replace("f-0.cs", $"f-{number}.cs", StringComparison.Ordinal), text);
        }
    }

    private async Task WithinAsync(string what, TimeSpan limit, Func<Task> ask)
    {
        using var trials = new Trials(output, $"many locks: {what}", "locks") { Tried = _locks };
        await ask();
        var elapsed = trials.Elapsed;
        trials.Notes = FormattableString.Invariant($"{elapsed.TotalMilliseconds:f0} ms");
        Assert.True(elapsed < limit, $"{what} took {elapsed}.");
        trials.End();
    }
}
