using System.Globalization;
using SwarmLocks.Tests.Stress.Soak;

namespace SwarmLocks.Tests.Stress.Worker;

/// <summary>One process of agents: what a test can ask it to do, by name.</summary>
internal sealed class WorkerVerbs : IAsyncDisposable
{
    private readonly List<LockHandle> _handles = [];
    private readonly UsedUpNotifications _notifications = new();
    private Tree? _tree;
    private LockManager? _locks;
    private Witness? _witness;
    private SteppedClock _clock = new(0);
    private SoakCrowd? _crowd;

    private LockManager Locks => _locks ?? throw new InvalidOperationException("open first");

    public async Task<string> DoAsync(string[] words) => words[0] switch
    {
        "open" => await OpenAsync(words[1]),
        "open-at" => await OpenAsync(words[1], new SteppedClock(Number(words[2]))),
        "step" => _clock.Step(Number(words[1])),
        "close" => await CloseAsync(),
        "race" => await RaceAsync(words[1], words[2]),
        "take" => await TakeAsync(words[1], words[2], Ms(words[3]), Ms(words[4])),
        "take-many" => await TakeManyAsync(words[1], words[2], Number(words[3])),
        "free" => await FreeAsync(),
        "believe" => Believe(),
        "release-id" => await ReleaseByIdAsync(words[1], words[2]),
        "queue" => await QueueAsync(words[1], words[2]),
        "churn" => await LeaseChurn.RunAsync(Locks, _tree!, words[1], Number(words[2]), Number(words[3]), Number(words[4])),
        "count" => await CounterAgents.RunAsync(Locks, _tree!, words[1], Number(words[2]), Number(words[3]), Number(words[4])),
        "read" => await StoreReader.RunAsync(Locks, words[1], Number(words[2])),
        "use-up-notifications" => _notifications.UseUp(),
        "soak-start" => SoakStart(words[1], words[2], Number(words[3]), Number(words[4])),
        "soak-stop" => await CloseAsync(),
        "usage" => SoakUsage.OfThisProcess().ToString(),
        "freeze-in-guard" => await GuardFreezer.RunAsync(_tree!),
        _ => $"error unknown verb {words[0]}",
    };

    public async ValueTask DisposeAsync() => await CloseAsync();

    /// <summary>With a clock on the wall that goes wrong, if one is given; the monotonic one is that of the machine.</summary>
    private async Task<string> OpenAsync(string root, SteppedClock? clock = null)
    {
        await CloseAsync();
        _tree = new Tree(root);
        _clock = clock ?? new SteppedClock(0);
        _locks = clock is null ? _tree.Open() : _tree.Open(_clock);
        return "ok";
    }

    private async Task<string> CloseAsync()
    {
        if (_crowd is not null)
            await _crowd.DisposeAsync();
        _crowd = null;
        await FreeAsync();
        if (_locks is not null)
            await _locks.DisposeAsync();
        _locks = null;
        _notifications.Dispose();
        return "ok";
    }

    private string SoakStart(string folder, string writer, int agents, int seed)
    {
        _crowd = new SoakCrowd(Locks, folder, writer, agents, seed);
        return "ok";
    }

    /// <summary>Asks once; a winner leaves a mark that only one can leave.</summary>
    private async Task<string> RaceAsync(string agent, string resource)
    {
        var result = await Locks.TryAcquireAsync(new LockRequest(agent, resource));
        if (result.Handle is not { } handle)
            return $"refused {result.Outcome}";
        _witness = Witness.Enter(_tree!);
        _handles.Add(handle);
        return $"granted {TookOver(result)}";
    }

    private async Task<string> TakeAsync(string agent, string resource, TimeSpan ttl, TimeSpan wait)
    {
        AcquireResult result;
        try
        {
            result = await Locks.TryAcquireAsync(new LockRequest(agent, resource) { Ttl = ttl, Wait = wait });
        }
        catch (LockExpiredException)
        {
            return "late";
        }
        if (result.Handle is not { } handle)
            return $"refused {result.Outcome}";
        _handles.Add(handle);
        return $"granted {TookOver(result)} {result.Leases[0].Lease.LeaseId}";
    }

    private async Task<string> TakeManyAsync(string agent, string prefix, int count)
    {
        for (int i = 0; i < count; i++)
            _handles.Add(await Locks.AcquireAsync(new LockRequest(agent, $"{prefix}{i.ToString(CultureInfo.InvariantCulture)}")));
        return "ok";
    }

    private async Task<string> FreeAsync()
    {
        _witness?.Leave();
        _witness = null;
        foreach (var handle in _handles)
            await handle.DisposeAsync();
        _handles.Clear();
        return "ok";
    }

    /// <summary>The first thing a process does that may have been stopped: nothing runs before the handle is asked.</summary>
    private string Believe()
    {
        try
        {
            _handles[^1].ThrowIfLost();
            return "held";
        }
        catch (LockExpiredException lost)
        {
            return $"lost {lost.Message}";
        }
    }

    private async Task<string> ReleaseByIdAsync(string agent, string leaseId)
    {
        var result = await Locks.ReleaseAsync(LeaseSelector.ById(agent, leaseId));
        return $"released {result.Released.Count.ToString(CultureInfo.InvariantCulture)} {result.NotHeld.Count.ToString(CultureInfo.InvariantCulture)}";
    }

    /// <summary>Stands in line, and writes its name down while it is its turn.</summary>
    private async Task<string> QueueAsync(string agent, string resource)
    {
        await using var handle = await Locks.AcquireAsync(new LockRequest(agent, resource) { Wait = TimeSpan.FromSeconds(60) });
        var witness = Witness.Enter(_tree!);
        await File.AppendAllTextAsync(_tree!.File("order"), agent + "\n");
        witness.Leave();
        return "done";
    }

    private static string TookOver(AcquireResult result) =>
        result.Leases.SelectMany(l => l.TookOver).Select(l => l.State.ToString()).FirstOrDefault("nobody");

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);

    private static TimeSpan Ms(string word) => TimeSpan.FromMilliseconds(Number(word));
}
