namespace SwarmLocks.Cli.Verbs;

/// <summary>
/// Sees to it that a command has ended by the deadline of the lease it works under: asks it to stop when the lease is lost, or is
/// about to lapse because renewals fail, and ends it before the deadline if it does not.
/// </summary>
/// <param name="remaining">For how long others are still excluded.</param>
/// <param name="grace">How long the command may take to stop.</param>
/// <param name="time">The clock.</param>
/// <param name="lost">Cancelled when the lease is lost.</param>
internal sealed class LeaseWatch(Func<TimeSpan> remaining, TimeSpan grace, TimeProvider time, CancellationToken lost)
{
    /// <summary>The longest pause between two looks. The lease's own clock goes on while the machine sleeps, timers do not.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>Ending a tree of processes takes a moment too.</summary>
    private readonly TimeSpan _margin = TimeSpan.FromTicks(Math.Min(grace.Ticks / 4, TimeSpan.FromMilliseconds(500).Ticks));

    /// <summary>Watches until the command has ended.</summary>
    /// <param name="exited">Ends with the command.</param>
    /// <param name="stop">Asks it to stop.</param>
    /// <param name="kill">Ends it.</param>
    /// <returns>Whether it was asked to stop.</returns>
    public async Task<bool> WatchAsync(Task exited, Action stop, Action kill)
    {
        var noticed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = lost.Register(noticed.SetResult);
        TimeSpan left;
        while (true)
        {
            left = remaining();
            if (exited.IsCompleted)
                return false;
            if (lost.IsCancellationRequested || left <= grace)
                break;
            await PauseAsync(Min(left - grace, Look), exited, noticed.Task);
        }
        stop();
        await PauseAsync(Min(left - _margin, grace), exited);
        if (!exited.IsCompleted)
            kill();
        await exited;
        return true;
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
