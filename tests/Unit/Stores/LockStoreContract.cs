using SwarmLocks.Policy;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Stores;

/// <summary>What every <see cref="ILockStore"/> promises. A provider says how to open one store from several processes, and how to kill one of those.</summary>
public abstract class LockStoreContract : IAsyncLifetime
{
    private static readonly LockScope Nothing = LockScope.Exactly([]);
    private readonly List<ILockStore> _opened = [];

    protected abstract ILockStore OpenProcess();

    protected abstract void Kill(ILockStore store);

    protected abstract void Delete();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var store in _opened)
            await store.DisposeAsync();
        Delete();
    }

    /// <summary>Who was killed does not tidy up either.</summary>
    private void End(ILockStore store)
    {
        Kill(store);
        _opened.Remove(store);
    }

    [Fact]
    public async Task Transactions_of_two_processes_run_one_after_another()
    {
        ILockStore[] stores = [Open(), Open()];
        int inside = 0, together = 0, runs = 0;
        await Task.WhenAll(stores.SelectMany(store => Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < 25; i++)
            {
                await store.TransactAsync(LockScope.Exactly([Records.Resource("path:counter")]), StoreExtensions.Patience, view =>
                {
                    if (Interlocked.Increment(ref inside) != 1)
                        together++;
                    runs++;
                    int count = view.Find(Records.Resource("path:counter"))?.Abandoned ?? 0;
                    Interlocked.Decrement(ref inside);
                    return new Decision<bool>(true, Records.Writing(Records.Held(view.Now, "path:counter") with { Abandoned = count + 1 }));
                }, CancellationToken.None);
            }
        }))));
        Assert.Equal((0, 200), (together, runs));
        Assert.Equal(200, (await stores[0].LookAsync()).Records.Single().Abandoned);
    }

    [Fact]
    public async Task A_decision_sees_exactly_the_records_it_names()
    {
        var store = await FilledAsync();
        var view = await store.LookAsync(LockScope.Exactly([Records.Resource("path:src/a.cs"), Records.Resource("plan:1")]));
        Assert.Equal(["path:src/a.cs", "plan:1"], Names(view));
        Assert.Empty(view.Waiters);
    }

    [Theory]
    [InlineData("path:src/a.cs", "glob:src/*.cs", "path:src/", "path:src/a.cs")]
    [InlineData("path:src/", "glob:src/*.cs", "path:src/", "path:src/a.cs")]
    [InlineData("glob:**/b.*", "glob:src/*.cs", "glob:test/**", "path:doc/b.md", "path:src/")]
    [InlineData("plan:1", "plan:1")]
    [InlineData("path:elsewhere")]
    public async Task A_decision_sees_everything_that_overlaps_when_it_asks_so(string asked, params string[] expected)
    {
        var store = await FilledAsync();
        var view = await store.LookAsync(new LockScope([Records.Resource(asked)], Overlapping: true, Waiters: false));
        Assert.Superset(expected.ToHashSet(), Names(view).ToHashSet());
        Assert.Equal(expected, Names(view).Where(n => GlobOverlap.Witness(Records.Resource(n), Records.Resource(asked)) is not null));
    }

    [Fact]
    public async Task A_request_sees_all_who_wait_and_what_they_wait_for()
    {
        var store = await FilledAsync();
        var view = await store.LookAsync(LockScope.Request([Records.Resource("path:elsewhere")]));
        Assert.Equal([7L, 9L], view.Waiters.Select(w => w.Ticket));
        Assert.Contains("path:doc/b.md", Names(view));
    }

    [Fact]
    public async Task What_a_decision_says_is_there_for_the_next_in_whatever_process()
    {
        ILockStore one = Open(), two = Open();
        var changes = new LockChanges { Token = 41 };
        await one.WriteAsync(view =>
        {
            changes.Write(Records.Held(view.Now, "path:a"));
            changes.Write(Records.Held(view.Now, "glob:b*"));
            changes.WriteWaiter(Records.Waiter(view.Now, 5, "w", session: null, "path:a"));
            return changes;
        });
        var seen = await two.LookAsync();
        Assert.Equal(["glob:b*", "path:a"], Names(seen));
        Assert.Equal(5, seen.Waiters.Single().Ticket);

        changes = new LockChanges { Deletes = [Records.Resource("path:a")], WaiterDeletes = [5] };
        await two.WriteAsync(view =>
        {
            changes.Write(view.Find(Records.Resource("glob:b*"))! with { Abandoned = 3 });
            return changes;
        });
        seen = await one.LookAsync();
        Assert.Equal(3, seen.Records.Single().Abandoned);
        Assert.Empty(seen.Waiters);
    }

    [Fact]
    public async Task What_is_gone_already_can_be_deleted()
    {
        var store = Open();
        await store.WriteAsync(_ => new LockChanges { Deletes = [Records.Resource("path:never")], WaiterDeletes = [12] });
        Assert.Empty((await store.LookAsync()).Records);
    }

    [Fact]
    public async Task A_token_outlives_every_record_and_process()
    {
        var one = Open();
        await one.WriteAsync(_ => new LockChanges { Token = 1_000_000 });
        Assert.Equal(1_000_000, (await one.LookAsync(Nothing)).LastToken);
        await one.WriteAsync(view => Records.Writing(Records.Held(view.Now, "path:a")));
        await one.WriteAsync(_ => new LockChanges { Deletes = [Records.Resource("path:a")] });
        End(one);
        Assert.Equal(1_000_000, (await Open().LookAsync()).LastToken);
    }

    [Fact]
    public async Task A_session_in_a_record_lives_until_its_process_is_killed()
    {
        ILockStore holder = Open(), other = Open();
        await holder.WriteAsync(view => Records.Writing(Records.Held(view.Now, "path:a", session: holder.SessionId)));
        Assert.Empty((await other.LookAsync()).DeadSessions);
        Assert.Empty(other.Read(LockScope.All).DeadSessions);
        End(holder);
        Assert.Equal([holder.SessionId], (await other.LookAsync()).DeadSessions);
        Assert.Equal([holder.SessionId], other.Read(LockScope.All).DeadSessions);
    }

    [Fact]
    public async Task A_session_in_a_record_is_dead_once_its_store_is_closed()
    {
        ILockStore holder = Open(), other = Open();
        await holder.WriteAsync(view => Records.Writing(Records.Held(view.Now, "path:a", session: holder.SessionId)));
        await holder.DisposeAsync();
        Assert.Equal([holder.SessionId], (await other.LookAsync()).DeadSessions);
    }

    [Fact]
    public async Task A_session_of_one_who_waits_is_alive_and_dies_with_its_process()
    {
        ILockStore waiter = Open(), other = Open();
        await waiter.WriteAsync(view => new LockChanges { WaiterWrites = [Records.Waiter(view.Now, 3, "w", waiter.SessionId, "path:a")] });
        Assert.Empty((await other.LookAsync()).DeadSessions);
        End(waiter);
        Assert.Equal([waiter.SessionId], (await other.LookAsync()).DeadSessions);
    }

    [Fact]
    public async Task Nobody_is_dead_to_itself_and_an_unknown_session_is_not_dead()
    {
        var store = Open();
        await store.WriteAsync(view => Records.Writing(
            Records.Held(view.Now, "path:a", session: store.SessionId), Records.Held(view.Now, "path:b", session: Guid.NewGuid().ToString("n"))));
        Assert.Empty((await store.LookAsync()).DeadSessions);
    }

    [Fact]
    public async Task Reading_a_store_that_nobody_has_used_finds_nothing_and_makes_nothing()
    {
        var store = Open();
        Assert.Empty(store.Read(LockScope.All).Records);
        Assert.Empty(store.ReadJournal());
        await store.LookAsync(Nothing);
        Assert.Empty(store.Read(LockScope.All).Records);
    }

    [Fact]
    public async Task Readers_see_each_record_whole_and_never_fail_while_it_changes()
    {
        ILockStore writer = Open(), reader = Open();
        await writer.WriteAsync(view => Records.Writing(Records.Held(view.Now, "path:a")));
        using var stop = new CancellationTokenSource();
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reading = Task.Run(() =>
        {
            int torn = 0;
            while (!stop.IsCancellationRequested)
            {
                started.TrySetResult();
                var view = reader.Read(LockScope.All);
                torn += view.Unreadable.Count + view.Records.Count(r => r.Holders.Count != 1);
            }
            return torn;
        });
        await started.Task;
        for (int i = 0; i < 200; i++)
        {
            await writer.WriteAsync(_ => new LockChanges { Deletes = [Records.Resource("path:a")] });
            await writer.WriteAsync(view => Records.Writing(Records.Held(view.Now, "path:a")));
            await writer.WriteAsync(view => Records.Writing(Records.Held(view.Now, "path:a") with { Abandoned = i }));
        }
        await stop.CancelAsync();
        Assert.Equal(0, await reading);
    }

    [Fact]
    public async Task A_decision_that_throws_changes_nothing()
    {
        var store = await FilledAsync();
        var before = await store.LookAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => store.TransactAsync<bool>(
            LockScope.All, StoreExtensions.Patience, _ => throw new InvalidOperationException("decided not to"), CancellationToken.None).AsTask());
        var after = await store.LookAsync();
        Assert.Equal(Names(before), Names(after));
        Assert.Equal(before.LastToken, after.LastToken);
    }

    [Fact]
    public async Task A_cancelled_wait_for_the_turn_changes_nothing()
    {
        var store = await FilledAsync();
        int decided = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.TransactAsync(
            LockScope.All, StoreExtensions.Patience, _ => new Decision<int>(++decided), new CancellationToken(canceled: true)).AsTask());
        Assert.Equal(0, decided);
    }

    [Fact]
    public async Task The_journal_tells_events_of_all_processes_in_order()
    {
        ILockStore one = Open(), two = Open();
        for (int i = 0; i < 3; i++)
        {
            await one.WriteAsync(view => new LockChanges { Events = [Event(view, $"one-{i}")] });
            await two.WriteAsync(view => new LockChanges { Events = [Event(view, $"two-{i}")] });
        }
        var events = Open().ReadJournal().ToList();
        Assert.Equal(["one-0", "two-0", "one-1", "two-1", "one-2", "two-2"], events.Select(e => e.Agent));
        Assert.Equal(events.Select(e => e.Seq).Distinct().Order(), events.Select(e => e.Seq));
    }

    [Fact]
    public async Task Waiting_for_a_change_ends_at_a_change()
    {
        var store = Open();
        await store.LookAsync(Nothing);
        using var watch = store.Watch(OfA);
        var waiting = watch.WaitAsync(TimeSpan.FromMinutes(5), CancellationToken.None).AsTask();
        Assert.False(waiting.IsCompleted);
        await store.WriteAsync(view => Records.Writing(Records.Held(view.Now, "path:a")));
        Assert.True(await waiting.WaitAsync(StoreExtensions.Patience));
    }

    [Fact]
    public async Task A_change_between_the_beginning_of_a_watch_and_the_wait_is_not_missed()
    {
        var store = Open();
        await store.LookAsync(Nothing);
        using var watch = store.Watch(OfA);
        await store.WriteAsync(view => Records.Writing(Records.Held(view.Now, "path:a")));
        Assert.True(await watch.WaitAsync(TimeSpan.FromMinutes(5), CancellationToken.None).AsTask().WaitAsync(StoreExtensions.Patience));
    }

    [Fact]
    public async Task A_change_of_something_else_wakes_nobody()
    {
        var store = Open();
        await store.LookAsync(Nothing);
        using var watch = store.Watch(OfA);
        await store.WriteAsync(view => Records.Writing(Records.Held(view.Now, "path:b")));
        var waiting = watch.WaitAsync(TimeSpan.FromMinutes(5), CancellationToken.None).AsTask();
        Assert.False(waiting.IsCompleted);
        await store.WriteAsync(view => Records.Writing(Records.Held(view.Now, "path:c")));
        Assert.False(waiting.IsCompleted);
        await store.WriteAsync(view => Records.Writing(Records.Held(view.Now, "path:a")));
        Assert.True(await waiting.WaitAsync(StoreExtensions.Patience));
    }

    [Fact]
    public async Task Waiting_for_a_change_ends_at_its_limit_and_when_cancelled()
    {
        var store = Open();
        await store.LookAsync(Nothing);
        using var deaf = store.Watch(interest: null);
        Assert.False(await deaf.WaitAsync(TimeSpan.FromMilliseconds(1), CancellationToken.None).AsTask().WaitAsync(StoreExtensions.Patience));
        using var watch = store.Watch(OfA);
        Assert.False(await watch.WaitAsync(TimeSpan.FromMilliseconds(1), CancellationToken.None).AsTask().WaitAsync(StoreExtensions.Patience));
        using var cancel = new CancellationTokenSource();
        var waiting = watch.WaitAsync(TimeSpan.FromMinutes(5), cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private static ChangeInterest OfA => new([Records.Resource("path:a")], [], Behind: null);

    private static LockEvent Event(LockView view, string agent) => new(0, view.Now.Wall, LockEventKind.Acquired, "path:a", agent, null, null, null, null);

    private static IEnumerable<string> Names(LockView view) => view.Records.Select(r => r.Resource.ToString()).Order(StringComparer.Ordinal);

    private async Task<ILockStore> FilledAsync()
    {
        var store = Open();
        await store.WriteAsync(view =>
        {
            var changes = Records.Writing(
            [
                .. new[] { "path:src/a.cs", "path:doc/b.md", "path:src/", "glob:src/*.cs", "glob:test/**", "plan:1", "plan:2" }.Select(r => Records.Held(view.Now, r)),
            ]);
            changes.WriteWaiter(Records.Waiter(view.Now, 9, "w2", session: null, "plan:2"));
            changes.WriteWaiter(Records.Waiter(view.Now, 7, "w1", session: null, "path:doc/b.md"));
            return changes;
        });
        return store;
    }

    private ILockStore Open()
    {
        var store = OpenProcess();
        _opened.Add(store);
        return store;
    }
}
