using SwarmLocks.Holding;
using SwarmLocks.Policy;

namespace SwarmLocks.Requests;

/// <summary>
/// Stands in line for a request: asks, and while it is not granted keeps its place, looks now and then without the guard, and asks again when something
/// has changed. Leaves the line however it ends.
/// </summary>
internal sealed class RequestLine(ILockStore store, LockManagerOptions options, TimeProvider time)
{
    /// <summary>How many at the head of the line listen to file notifications, which are scarce; the rest looks now and then.</summary>
    private const int Listeners = 8;

    /// <summary>How often a place in line is renewed.</summary>
    private static readonly TimeSpan KeepPlaceEvery = LockPolicy.WaiterTtl / 3;

    /// <summary>At the end of a wait there is one more look, which may itself have to wait for the guard.</summary>
    private static readonly TimeSpan LastLook = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LeavePatience = TimeSpan.FromSeconds(2);

    /// <summary>Asks once, or until the answer is final.</summary>
    /// <param name="ask">The request.</param>
    /// <param name="wait">How long to wait; zero for one answer, infinite for ever.</param>
    /// <param name="pending">Decides inside the transaction, and keeps what is granted there.</param>
    /// <param name="cancellationToken">Leaves the line.</param>
    public async ValueTask<AcquireVerdict> StandAsync(
        LockAsk ask, TimeSpan wait, PendingGrant pending, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        var scope = LockScope.Request(ask.Resources.Count == 1 ? [ask.Resources[0].Resource] : [.. ask.Resources.Select(r => r.Resource)]);
        try
        {
            while (true)
            {
                var left = Left(start, wait);
                bool isOver = left == TimeSpan.Zero;
                if (wait != TimeSpan.Zero)
                    ask = ask with { Waits = !isOver, TimedOut = isOver };
                pending.Send(ask);
                var verdict = await store.TransactAsync(scope, Bound(wait, left), pending.Decide, cancellationToken).ConfigureAwait(false);
                if (verdict.Ticket is null)
                    return verdict;
                ask = ask with { Ticket = verdict.Ticket };
                await PauseAsync(ask, scope, verdict, start, wait, cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            await LeaveAsync(ask).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Returns when asking again may help: something changed in favour of the request, its place has to be renewed, or the wait is over.</summary>
    private async ValueTask PauseAsync(LockAsk ask, LockScope scope, AcquireVerdict verdict, long start, TimeSpan wait, CancellationToken cancellationToken)
    {
        long asked = time.GetTimestamp();
        var interest = InterestOf(verdict);
        var pause = options.PollMin;
        while (Left(start, wait) is var left && left > TimeSpan.Zero && time.GetElapsedTime(asked) < KeepPlaceEvery)
        {
            using var watch = store.Watch(interest);
            // The same decision on what a reader sees, after the watch began, so that no change falls between. Only the one under the guard counts, but still standing
            // in line is an answer that needs no guard.
            var peek = LockPolicy.Acquire(store.Read(scope), ask).Result;
            if (peek.Ticket != ask.Ticket)
                return;
            if (InterestOf(peek) is var next && next != interest)
            {
                cancellationToken.ThrowIfCancellationRequested();
                interest = next;
                continue;
            }
            // Never longer than the pause itself: half of it, and up to as much again by chance.
            var jittered = pause * (0.5 + (Random.Shared.NextDouble() / 2));
            bool heard = await watch.WaitAsync(jittered < left ? jittered : left, cancellationToken).ConfigureAwait(false);
            // Whoever sleeps looks the more often the nearer it is to the head: it must not become the head for long without knowing.
            var longest = interest is null && options.PollMin * (1 + peek.Ahead) < options.PollMax ? options.PollMin * (1 + peek.Ahead) : options.PollMax;
            // The end of a process is told a moment before its locks go: whoever hears of it and finds them there looks again soon.
            pause = heard ? options.PollMin : pause * 2 < longest ? pause * 2 : longest;
        }
    }

    /// <summary>
    /// The first few are told of changes, each only of those that let it go on: the head of the line when what it wants is given back or its holder ends, the others when
    /// the one right before them leaves or ends. Otherwise every change would wake everybody, and their looking keep the head from getting on.
    /// </summary>
    private static ChangeInterest? InterestOf(AcquireVerdict verdict) =>
        verdict.Ahead >= Listeners ? null
        : verdict.Behind is { } last ? new ChangeInterest([], last.Session is { } session ? [session] : [], last.Ticket)
        : ChangeInterest.In(verdict.Conflicts);

    private async ValueTask LeaveAsync(LockAsk ask)
    {
        if (ask.Ticket is null)
            return;
        try
        {
            await store.TransactAsync(new LockScope([], Overlapping: false, Waiters: true), LeavePatience, view => LockPolicy.Leave(view, ask), CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception error) when (error is LockException or ObjectDisposedException)
        {
            // The store is busy or gone; the place expires by itself. The first error is the one to tell.
        }
    }

    private TimeSpan Left(long start, TimeSpan wait)
    {
        if (wait == Timeout.InfiniteTimeSpan)
            return TimeSpan.FromDays(1);
        var left = wait - time.GetElapsedTime(start);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private TimeSpan Bound(TimeSpan wait, TimeSpan left) =>
        wait == TimeSpan.Zero ? options.GuardTimeout : left > LastLook ? left : LastLook;
}
