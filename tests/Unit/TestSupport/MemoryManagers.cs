using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using SwarmLocks.Policy;
using SwarmLocks.Requests;

namespace SwarmLocks.Tests.Unit.TestSupport;

/// <summary>Managers of several processes on one store in memory, under one fake clock.</summary>
internal sealed class MemoryManagers
{
    /// <summary>Longer than any work takes that does not wait for the clock or for the test.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentQueue<Task> _work = [];

    public MemoryStore Memory { get; } = new();

    public FakeClock Clock => Memory.Clock;

    public RecordingLogger Log { get; } = new();

    /// <summary>A manager as another process would make it.</summary>
    public LockManager Open(Action<LockManagerOptions>? change = null) => new(Options(change), Memory.Files, Memory.Platform, Clock, Log, InBackground);

    /// <summary>A manager that sees the store through <paramref name="wrap"/>, and leaves its background work to <paramref name="background"/> if given.</summary>
    public LockManager Open(Func<ILockStore, ILockStore> wrap, Action<Func<Task>>? background = null) => new(
        wrap(Memory.Open()), Options(), new RequestResolver(Memory.Files, Memory.Platform, MemoryStore.Root, Options(), foldsCase: false), MemoryStore.Root, Clock, Log, background ?? InBackground);

    /// <summary>Lets time pass in small steps, and what was due happen in between.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        var step = TimeSpan.FromMilliseconds(250);
        for (var passed = TimeSpan.Zero; passed < time; passed += step)
        {
            Clock.Advance(step < time - passed ? step : time - passed);
            // Whatever was due: on a busy machine it may begin late. What hangs, or waits for the clock, is waited for once.
            while (_work.TryDequeue(out var work))
                await Task.WhenAny(work, Task.Delay(Patience));
            // Who waits for the clock goes on in a thread of the pool, too.
            await Task.Delay(2);
        }
    }

    private void InBackground(Func<Task> work) => _work.Enqueue(Task.Run(work));

    /// <summary>Keeps the guard, as a process that hangs inside would.</summary>
    public Stream HoldGuard() =>
        Memory.Files.FileStream.Create(MemoryStore.Guard, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 0, FileOptions.None);

    private static LockManagerOptions Options(Action<LockManagerOptions>? change = null)
    {
        var options = new LockManagerOptions { Directory = MemoryStore.Root };
        change?.Invoke(options);
        return options;
    }
}

/// <summary>A store on which a test can make something happen around each transaction.</summary>
internal sealed class WrappedStore(ILockStore inner) : ILockStore
{
    public Action Before { get; set; } = () => { };

    public Action After { get; set; } = () => { };

    public ConcurrentQueue<int> Sizes { get; } = [];

    /// <summary>How long each wait for a change was to last at most.</summary>
    public ConcurrentQueue<TimeSpan> Pauses { get; } = [];

    public string Location => inner.Location;

    public string SessionId => inner.SessionId;

    public async ValueTask<T> TransactAsync<T>(LockScope scope, TimeSpan bound, Func<LockView, Decision<T>> decide, CancellationToken cancellationToken)
    {
        Before();
        Sizes.Enqueue(scope.Resources?.Count ?? -1);
        var result = await inner.TransactAsync(scope, bound, decide, cancellationToken);
        After();
        return result;
    }

    public LockView Read(LockScope scope) => inner.Read(scope);

    public IChangeWatch Watch(ChangeInterest? interest) => new Listening(inner.Watch(interest), Pauses);

    public IEnumerable<LockEvent> ReadJournal() => inner.ReadJournal();

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class Listening(IChangeWatch watch, ConcurrentQueue<TimeSpan> pauses) : IChangeWatch
    {
        public ValueTask<bool> WaitAsync(TimeSpan limit, CancellationToken cancellationToken)
        {
            pauses.Enqueue(limit);
            return watch.WaitAsync(limit, cancellationToken);
        }

        public void Dispose() => watch.Dispose();
    }
}

/// <summary>What was logged.</summary>
internal sealed class RecordingLogger : ILogger
{
    public ConcurrentQueue<(LogLevel Level, string Message)> Lines { get; } = [];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue((logLevel, formatter(state, exception)));
}
