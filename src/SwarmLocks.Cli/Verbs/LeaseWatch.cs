namespace SwarmLocks.Cli.Verbs;

/// <summary>
/// Sees to it that a command has ended by the deadline of the lease it works under: asks it to stop when the lease is lost, or is
/// about to lapse because renewals fail, and ends it before the deadline if it does not.
/// </summary>
/// <param name="remaining">For how long others are still excluded.</param>
/// <param name="excludes">Whether they are: a lease that is lost may have passed to others before that.</param>
/// <param name="grace">How long the command may take to stop.</param>
/// <param name="time">The clock.</param>
/// <param name="lost">Cancelled when the lease is lost.</param>
internal sealed class LeaseWatch(Func<TimeSpan> remaining, Func<bool> excludes, TimeSpan grace, TimeProvider time, CancellationToken lost)
{
    /// <summary>The longest pause between two looks. The lease's own clock goes on while the machine sleeps, timers do not.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>What is left of the grace when others may write already.</summary>
    private static readonly TimeSpan ShortGrace = TimeSpan.FromSeconds(1);

    /// <summary>The pause between two looks whether all have ended; after a KILL it grows.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    /// <summary>How long what nobody may signal (a process of another user, one that hangs in the kernel) is waited for once there is no lease to keep.</summary>
    private static readonly TimeSpan Unkillable = TimeSpan.FromSeconds(5);

    /// <summary>Ending a tree of processes takes a moment too.</summary>
    private readonly TimeSpan _margin = TimeSpan.FromTicks(Math.Min(grace.Ticks / 4, TimeSpan.FromMilliseconds(500).Ticks));

    /// <summary>Watches until the command has ended, and with it all that it started if it was asked to stop.</summary>
    /// <param name="exited">Ends with the command's first process.</param>
    /// <param name="wasStopped">Whether that one ended because somebody else stopped it. What it leaves behind of its own accord is none of our business.</param>
    /// <param name="lives">Whether it, or anything that it started, still runs.</param>
    /// <param name="stop">Asks it to stop.</param>
    /// <param name="isRestTold">Whether what it started has been asked to stop, too, by whatever ended the first process.</param>
    /// <param name="kill">Ends all that is there of it.</param>
    /// <returns>Whether it was asked to stop here.</returns>
    public async Task<bool> WatchAsync(Task exited, Func<bool> wasStopped, Func<bool> lives, Action stop, Func<bool> isRestTold, Action kill)
    {
        var noticed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = lost.Register(noticed.SetResult);
        while (true)
        {
            var left = remaining();
            if (exited.IsCompleted)
            {
                if (wasStopped() && lives())
                {
                    if (!isRestTold())
                        stop();
                    await EndAsync(exited, lives, kill);
                }
                return false;
            }
            if (lost.IsCancellationRequested || left <= grace)
                break;
            await PauseAsync(Min(left - grace, Look), exited, noticed.Task);
        }
        stop();
        await EndAsync(exited, lives, kill);
        return true;
    }

    /// <summary>Nobody else may get in while anything that the command started still writes, so it is not enough that its first process has ended.</summary>
    private async Task EndAsync(Task exited, Func<bool> lives, Action kill)
    {
        long asked = time.GetTimestamp();
        var pause = LookAgain;
        while (lives() && (remaining() > TimeSpan.Zero || time.GetElapsedTime(asked) < grace + Unkillable))
        {
            var patience = excludes() ? grace : Min(grace, ShortGrace);
            var left = Min(remaining() - _margin, patience - time.GetElapsedTime(asked));
            if (left <= TimeSpan.Zero)
            {
                kill();
                if (!lives())
                    break;
            }
            // Nothing tells of the end of those that the first process leaves behind, nor of what is left after a KILL.
            if (left <= TimeSpan.Zero)
            {
                await PauseAsync(pause);
                pause = Min(pause * 2, Look);
            }
            else if (exited.IsCompleted)
            {
                await PauseAsync(Min(left, LookAgain));
            }
            else
            {
                await PauseAsync(Min(left, Look), exited);
            }
        }
        // .NET may not have heard of it yet.
        if (!lives())
            await exited;
    }

    /// <summary>Until it is time to look at the lease again, or the command has ended, or the loss is known: none of these is worth a longer wait.</summary>
    private async Task PauseAsync(TimeSpan pause, params Task[] orUntil)
    {
        if (pause <= TimeSpan.Zero)
            return;
        using var enough = new CancellationTokenSource();
        await Task.WhenAny([.. orUntil, Task.Delay(pause, time, enough.Token)]);
        await enough.CancelAsync();
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
