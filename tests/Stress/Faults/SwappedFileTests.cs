using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress.Faults;

/// <summary>Somebody puts links in the place of files, and takes them away, while others acquire, renew and release: what the links lead to is never written to.</summary>
[Collection(Swarm.Name)]
public sealed class SwappedFileTests(ITestOutputHelper output)
{
    private const int AtLeast = 100;
    private const string Outside = "precious, and not a lock\n";

    [Fact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task Links_swapped_in_at_any_moment_are_never_written_through()
    {
        using var trials = new Trials(output, "links swapped in", "rounds");
        using var tree = Tree.Create();
        await using var locks = tree.Open();
        Assert.True((await locks.TryAcquireAsync(new LockRequest("keeper", "keep.cs") { OutlivesProcess = true })).Granted);
        string data = Directory.EnumerateDirectories(Path.Combine(tree.Root, ".git", "swarmlocks")).Single();
        string outside = tree.File("outside");
        await File.WriteAllTextAsync(outside, Outside);
        using var stop = new CancellationTokenSource();
        var swapping = Task.Run(() => Swap([Path.Combine(data, "next.tmp"), Path.Combine(data, "locks", "path=a.cs.json"), Path.Combine(data, "globs", "glob=b+%2a.json")], outside, stop.Token));
        var budget = Proof.Budget(2, 0.01);
        int granted = 0;
        for (; trials.Tried < AtLeast || trials.Elapsed < budget; trials.Tried++)
        {
            try
            {
                granted += (await locks.TryAcquireAsync(new LockRequest("a", trials.Tried % 2 == 0 ? "a.cs" : "b/*") { OutlivesProcess = true })).Granted ? 1 : 0;
                await locks.RenewAsync(LeaseSelector.All("a"));
                await locks.ReleaseAllAsync("a");
            }
            catch (LockException)
            {
                // A link in the way, or the record gone: that is the answer.
            }
            Assert.False((await locks.TryAcquireAsync(new LockRequest("thief", "keep.cs"))).Granted);
            Assert.Equal(Outside, await File.ReadAllTextAsync(outside));
        }
        await stop.CancelAsync();
        int swaps = await swapping;
        trials.Notes = FormattableString.Invariant($"{swaps} swaps, {granted} grants");
        Assert.True(swaps > AtLeast && granted > 0 && granted < trials.Tried, $"{trials.Notes} of {trials.Tried}");
        trials.End();
    }

    private static int Swap(string[] places, string outside, CancellationToken stop)
    {
        int swaps = 0;
        for (; !stop.IsCancellationRequested; swaps++)
        {
            string place = places[swaps % places.Length];
            try
            {
                File.Delete(place);
                File.CreateSymbolicLink(place, outside);
                Thread.Yield();
                File.Delete(place);
            }
            catch (IOException)
            {
                // The other one was quicker.
            }
        }
        return swaps;
    }
}
