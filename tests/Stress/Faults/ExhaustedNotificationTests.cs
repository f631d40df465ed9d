using System.Diagnostics;
using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress.Faults;

/// <summary>inotify instances are few, and per user: without one whoever waits looks for itself.</summary>
[Collection(Swarm.Name)]
public sealed class ExhaustedNotificationTests(ITestOutputHelper output)
{
    /// <summary>The longest pause between two looks is half a second; the rest is for a busy machine.</summary>
    private static readonly TimeSpan NextLook = TimeSpan.FromSeconds(3);

    [Fact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task Without_file_notifications_waiting_works_by_looking()
    {
        const int rounds = 3;
        using var trials = new Trials(output, "waiting without inotify", "waits");
        using var tree = Tree.Create();
        await using var eater = await Swarm.StartAsync(tree);
        await using var holder = await Swarm.StartAsync(tree);
        string taken = await eater.AskAsync("use-up-notifications");
        var longest = TimeSpan.Zero;
        for (int round = 0; round < rounds; round++)
        {
            // Somebody else may have given some back since.
            await eater.AskAsync("use-up-notifications");
            // New each time: one that listened before would go on to hear.
            await using var waiter = await Swarm.StartAsync(tree);
            Assert.StartsWith("granted", await holder.AskAsync("take holder x.cs 300000 0"), StringComparison.Ordinal);
            waiter.Send("take waiter x.cs 300000 60000");
            await using (var locks = tree.Open())
                await QueueTests.UntilWaitingAsync(locks, "x.cs", 1);
            await Until.TrueAsync(async () => !CanListen() || (await eater.AskAsync("use-up-notifications")).Length == 0, "the end of all notifications");
            long start = Stopwatch.GetTimestamp();
            await holder.AskAsync("free");
            Assert.StartsWith("granted", await waiter.AnswerAsync(), StringComparison.Ordinal);
            longest = Stopwatch.GetElapsedTime(start) is var elapsed && elapsed > longest ? elapsed : longest;
            await waiter.AskAsync("free");
        }
        if (NativeBinary.Path is not null)
            Assert.Contains("no file notification to spare", (await NativeCommand.RunAsync(tree.Root, "doctor")).Out, StringComparison.Ordinal);
        await eater.AskAsync("close");
        (trials.Tried, trials.Notes) = (rounds, FormattableString.Invariant($"{taken}; the longest look came after {longest.TotalMilliseconds:f0} ms"));
        Assert.True(longest < NextLook, $"It took {longest}.");
        trials.End();

        bool CanListen()
        {
            try
            {
                using var watcher = new FileSystemWatcher(tree.Root) { EnableRaisingEvents = true };
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        }
    }
}
