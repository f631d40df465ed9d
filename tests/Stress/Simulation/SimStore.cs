using SwarmLocks.FileStore;
using SwarmLocks.Policy;

namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>
/// The shipped store, watched by the oracle. The turn that the flows of one process take at it is taken here, where the schedule sees it; notification
/// of changes is left to chance: a waiter hears of them late, or never.
/// </summary>
internal sealed class SimStore(SimMachine machine, SimProcess process, FileLockStore inner, Oracle oracle) : ILockStore
{
    private readonly Queue<TaskCompletionSource> _turns = new();
    private bool _taken;

    public string Location => inner.Location;

    public string SessionId => inner.SessionId;

    public async ValueTask<T> TransactAsync<T>(LockScope scope, TimeSpan bound, Func<LockView, Decision<T>> decide, CancellationToken cancellationToken)
    {
        await TakeTurnAsync().ConfigureAwait(false);
        try
        {
            return await inner.TransactAsync(
                scope, bound, view =>
                {
                    machine.EnteredGuard(process);
                    var decision = decide(view);
                    if (decision is { Result: AcquireVerdict verdict, Changes: { } made })
                        oracle.Line.Judge(view, verdict, made);
                    if (decision.Changes is { } changes)
                        oracle.Decided(process, changes);
                    return decision;
                },
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            GiveTurn();
        }
    }

    public LockView Read(LockScope scope) => inner.Read(scope);

    public Task WaitAsync(TimeSpan limit) => process.SleepAsync((int)Math.Ceiling(limit.TotalMilliseconds / 50) * 50);

    public IChangeWatch Watch(ChangeInterest? interest) => new Deaf(this);

    public IEnumerable<LockEvent> ReadJournal() => inner.ReadJournal();

    public async ValueTask DisposeAsync()
    {
        await TakeTurnAsync().ConfigureAwait(false);
        try
        {
            await inner.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            GiveTurn();
        }
    }

    private sealed class Deaf(SimStore store) : IChangeWatch
    {
        public async ValueTask<bool> WaitAsync(TimeSpan limit, CancellationToken cancellationToken)
        {
            await store.WaitAsync(limit).ConfigureAwait(false);
            return false;
        }

        public void Dispose()
        {
        }
    }

    private Task TakeTurnAsync()
    {
        process.ThrowIfDead();
        if (!_taken)
        {
            _taken = true;
            return Task.CompletedTask;
        }
        var turn = new TaskCompletionSource();
        _turns.Enqueue(turn);
        return turn.Task;
    }

    private void GiveTurn()
    {
        // In a flow of its own: the one that gives it goes on, too.
        if (process.IsAlive && _turns.TryDequeue(out var next))
            machine.Start(process, "turn", () =>
            {
                next.SetResult();
                return Task.CompletedTask;
            });
        else
            _taken = false;
    }
}
