using System.Globalization;
using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress.Faults;

/// <summary>Small disks that fill up, run out of files, or become read-only: nothing is granted, everything can still be looked at, and it works again afterwards.</summary>
[Collection(Swarm.Name)]
public sealed class FullDiskTests(ITestOutputHelper output)
{
    [MountFact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task On_a_full_disk_nothing_is_granted_and_what_was_held_stays()
    {
        using var trials = new Trials(output, "a full disk", "requests") { Notes = "a tmpfs of 1 MiB, filled to the last page or the last but one" };
        using var disk = TemporaryDisk.Mount("size=1m");
        trials.Tried = await FillAndRecoverAsync(disk, Filler.Bytes);
        trials.End();
    }

    [MountFact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task On_a_disk_without_room_for_another_file_nothing_is_granted_and_what_was_held_stays()
    {
        using var trials = new Trials(output, "a disk without a free inode", "requests") { Notes = "a tmpfs of 64 inodes, none or one left" };
        using var disk = TemporaryDisk.Mount("size=4m,nr_inodes=64");
        trials.Tried = await FillAndRecoverAsync(disk, Filler.Files);
        trials.End();
    }

    [MountFact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task On_a_disk_that_became_read_only_all_can_be_read_and_nothing_changed()
    {
        using var trials = new Trials(output, "a read-only disk", "kinds of changes refused") { Notes = "a tmpfs mounted again with ro" };
        using var disk = TemporaryDisk.Mount("size=1m");
        var tree = disk.Tree;
        await using (var earlier = tree.Open())
            await TakeAsync(earlier, "holder", "held.cs");
        var before = StoreImage.Of(tree);
        // A disk on which somebody has a file open for writing, as every manager has the guard, cannot be mounted so.
        disk.Remount("ro");
        await using var locks = tree.Open();
        foreach (Func<Task> change in Changes(locks))
        {
            await AssertUnavailableAsync(change);
            trials.Tried++;
        }
        await AssertReadableAsync(locks);
        Assert.Equal("", StoreImage.Of(tree).DifferenceFrom(before));
        disk.Remount("rw");
        await TakeAsync(locks, "next", "new.cs");
        trials.End();
    }

    private static async Task<int> FillAndRecoverAsync(TemporaryDisk disk, Func<Tree, int, IDisposable> fill)
    {
        var tree = disk.Tree;
        await using var locks = tree.Open();
        await TakeAsync(locks, "holder", "held.cs");
        int refused = 0;
        for (int round = 0; round < 5; round++)
        {
            var before = StoreImage.Of(tree);
            // With room for one record the first of two is written and has to be taken back.
            int spare = round % 2;
            using (fill(tree, spare))
            {
                for (int i = 0; i < 20; i++)
                {
                    await AssertUnavailableAsync(() => locks.TryAcquireAsync(Request("thief", Invariant($"new-{i}.cs"), Invariant($"dir-{i}/**"))));
                    refused++;
                }
                Assert.Equal("", StoreImage.Of(tree).DifferenceFrom(before));
                await AssertReadableAsync(locks);
                Assert.False((await locks.TryAcquireAsync(new LockRequest("thief", "held.cs"))).Granted);
                if (NativeBinary.Path is not null && spare == 0)
                {
                    var end = await NativeCommand.RunAsync(tree.Root, "acquire", "--agent", "thief", "other.cs");
                    Assert.True(end is { Code: CommandEnd.Store } && end.Trouble() is null, $"{end}");
                }
            }
            await TakeAsync(locks, "next", Invariant($"after-{round}.cs"));
        }
        // Giving back needs no room.
        using (fill(tree, 0))
            Assert.Single((await locks.ReleaseAsync(LeaseSelector.On("holder", "held.cs"))).Released);
        return refused;
    }

    private static IEnumerable<Func<Task>> Changes(LockManager locks) =>
    [
        () => locks.TryAcquireAsync(Request("thief", "new.cs")),
        () => locks.RenewAsync(LeaseSelector.All("holder"), TimeSpan.FromHours(2)),
        () => locks.ReleaseAsync(LeaseSelector.On("holder", "held.cs")),
        () => locks.BreakAsync("held.cs", "boss", "why"),
        () => locks.ResetAsync("held.cs", "boss"),
    ];

    private static async Task AssertUnavailableAsync(Func<Task> change)
    {
        var error = await Assert.ThrowsAsync<LockStoreException>(change);
        Assert.Equal(StoreProblem.Unavailable, error.Problem);
        Assert.Contains("cannot be used", error.Message, StringComparison.Ordinal);
    }

    private static async Task AssertReadableAsync(LockManager locks)
    {
        Assert.Contains(await locks.ListAsync(), l => l is { Agent: "holder", Resource: "path:held.cs", State: LeaseState.Live });
        Assert.Equal("holder", Assert.Single((await locks.WhoHasAsync("held.cs")).Holders).Agent);
        Assert.True((await locks.CheckAsync("holder", ["held.cs"])).Held);
    }

    private static async Task TakeAsync(LockManager locks, string agent, string path) =>
        Assert.True((await locks.TryAcquireAsync(Request(agent, path))).Granted);

    private static LockRequest Request(string agent, params string[] resources) =>
        new(agent, resources) { OutlivesProcess = true, Ttl = TimeSpan.FromHours(1), Reason = new string('r', 500) };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>Uses up what is left of a disk, until it is disposed.</summary>
    private static class Filler
    {
        public static IDisposable Bytes(Tree tree, int spare)
        {
            string file = tree.File("filler");
            byte[] page = new byte[4096];
            using var stream = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
            try
            {
                while (true)
                    stream.Write(page);
            }
            catch (IOException)
            {
                // That is what we came for.
                stream.SetLength(((stream.Position / page.Length) - spare) * page.Length);
                return new Removal([file]);
            }
        }

        public static IDisposable Files(Tree tree, int spare)
        {
            var made = new List<string>();
            try
            {
                while (true)
                {
                    string file = tree.File(Invariant($"filler-{made.Count}"));
                    File.WriteAllText(file, "");
                    made.Add(file);
                }
            }
            catch (IOException)
            {
                foreach (string file in made.TakeLast(spare))
                    File.Delete(file);
                return new Removal(made);
            }
        }
    }

    private sealed class Removal(IReadOnlyList<string> files) : IDisposable
    {
        public void Dispose()
        {
            foreach (string file in files)
                File.Delete(file);
        }
    }
}
