using System.Globalization;

namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>One run of a scenario under one schedule, and what came of it.</summary>
internal sealed class SimRun
{
    private readonly Scenario _scenario;
    private readonly SimMachine _machine;
    private readonly Oracle _oracle;
    private readonly Dictionary<SimProcess, IReadOnlyList<Role>> _roles = [];
    private int _successors;
    private int _count;

    private SimRun(Scenario scenario, IChooser chooser, SimTrace? trace, bool tryAll)
    {
        _scenario = scenario;
        _successors = scenario.Successors;
        _machine = new SimMachine(chooser, trace) { Menus = tryAll ? [] : null, Passes = scenario.Passes, Stops = scenario.Stops, Flaw = scenario.Flaw };
        _machine.MayStepWall = scenario.StepsWall;
        _oracle = new Oracle(_machine);
    }

    public string? Failure => _machine.Failure;

    public Schedule Schedule => new(_machine.Picks);

    public int Steps => _machine.Step;

    public int Grants => _oracle.Grants;

    public int Takeovers => _oracle.Takeovers;

    public int Waits => _oracle.Waits;

    /// <summary>How many requests got what they had stood in line for.</summary>
    public int Turns => _oracle.Line.Grants;

    /// <summary>How many processes were killed, in the middle of a write or elsewhere.</summary>
    public int Kills => _machine.Killed;

    /// <summary>The first step that a search has to look at, and the one after the last.</summary>
    public (int From, int Until) Span { get; private set; }

    /// <summary>How long the menu of each step was, from the first on; only when asked for.</summary>
    public IReadOnlyList<int> Menus => _machine.Menus ?? [];

    /// <param name="scenario">Who runs.</param>
    /// <param name="chooser">What happens.</param>
    /// <param name="trace">Where to tell it; null for nowhere.</param>
    /// <param name="tryAll">Whether to note what could be chosen at every step.</param>
    public static SimRun Of(Scenario scenario, IChooser chooser, SimTrace? trace = null, bool tryAll = false)
    {
        var run = new SimRun(scenario, chooser, trace, tryAll);
        run.Play();
        return run;
    }

    private void Play()
    {
        if (_scenario.StartsWithStore)
            Run("maker", locks => locks.CleanupStaleLocksAsync());
        int from = _machine.Step + 1;
        _machine.Kills = _scenario.Kills;
        _machine.OnKilled = dead =>
        {
            // Somebody starts it again, sooner or later.
            if (_successors-- > 0 && _roles.TryGetValue(dead, out var roles))
                Launch(roles);
        };
        foreach (var roles in _scenario.Processes)
            Launch(roles);
        if (_scenario.ReplacesStore)
        {
            var janitor = _machine.Add("janitor", isMortal: false);
            _machine.Start(janitor, "rm -rf", () => DeleteStoreAsync(janitor));
        }
        _machine.Run();
        Span = (from, _machine.Step + 1);
        _machine.Kills = 0;
        if (Failure is null)
            Run("auditor", AuditAsync);
    }

    private void Launch(IReadOnlyList<Role> roles)
    {
        var process = _machine.Add("p" + (_count++).ToString(CultureInfo.InvariantCulture));
        _roles[process] = roles;
        _machine.Start(process, "main", async () =>
        {
            var locks = process.Open(_oracle);
            int left = roles.Count;
            var done = new TaskCompletionSource();
            foreach (var role in roles)
            {
                _machine.Start(process, role.Agent, async () =>
                {
                    await new Agent(process, locks, role, _machine, _oracle).PlayAsync().ConfigureAwait(false);
                    if (--left == 0)
                        done.SetResult();
                });
            }
            await done.Task.ConfigureAwait(false);
            if (_scenario.EndsUntidily)
                _machine.End(process);
            else
                await locks.DisposeAsync().ConfigureAwait(false);
        });
    }

    private async Task DeleteStoreAsync(SimProcess janitor)
    {
        await janitor.SleepAsync(50).ConfigureAwait(false);
        _oracle.StoreIsBeingDeleted();
        foreach (string file in _machine.Disk.Names.Where(f => f.StartsWith(SimProcess.Folder, StringComparison.Ordinal)))
        {
            try
            {
                janitor.Files.File.Delete(file);
            }
            catch (DirectoryNotFoundException)
            {
                // The folder got its name since it was listed.
            }
        }
        janitor.Files.Directory.Delete(SimProcess.Folder, recursive: true);
        _oracle.StoreIsDeleted();
    }

    /// <summary>When all is over, whatever is left must not keep anybody out, and go with one clean-up.</summary>
    private async Task AuditAsync(LockManager locks)
    {
        await locks.CleanupStaleLocksAsync().ConfigureAwait(false);
        foreach (string resource in _scenario.Resources)
        {
            var result = await locks.TryAcquireAsync(new LockRequest("auditor", resource)).ConfigureAwait(false);
            if (!result.Granted)
                throw _machine.Fail($"nobody is left, and {resource} is not to be had: {result.Message}");
            await result.Handle!.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>A process alone on the machine, past every TTL and the place in line of whoever died there; what it leaves is looked at.</summary>
    private void Run(string name, Func<LockManager, Task> work)
    {
        var process = _machine.Add(name, isMortal: false);
        _machine.Start(process, "main", async () =>
        {
            await process.SleepAsync(12_000).ConfigureAwait(false);
            var locks = process.Open(_oracle);
            await work(locks).ConfigureAwait(false);
            await locks.DisposeAsync().ConfigureAwait(false);
            _oracle.CheckRemains();
        });
        _machine.Run();
    }
}
