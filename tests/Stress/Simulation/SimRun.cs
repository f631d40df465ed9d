using System.Globalization;

namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>One run of a scenario under one schedule, and what came of it.</summary>
internal sealed class SimRun
{
    private readonly Scenario _scenario;
    private readonly SimMachine _machine;
    private readonly Oracle _oracle;
    private int _successors;
    private int _count;

    private SimRun(Scenario scenario, IChooser chooser, SimTrace? trace, List<int>? menus)
    {
        _scenario = scenario;
        _successors = scenario.Successors;
        _machine = new SimMachine(chooser, trace) { Kills = scenario.Kills, MayStepWall = scenario.StepsWall, Menus = menus };
        _oracle = new Oracle(_machine);
    }

    public string? Failure => _machine.Failure;

    public Schedule Schedule => new(_machine.Picks);

    public int Steps => _machine.Step;

    public int Grants => _oracle.Grants;

    public int Takeovers => _oracle.Takeovers;

    public int Waits => _oracle.Waits;

    public static SimRun Of(Scenario scenario, IChooser chooser, SimTrace? trace = null, List<int>? menus = null)
    {
        var run = new SimRun(scenario, chooser, trace, menus);
        run.Play();
        return run;
    }

    private void Play()
    {
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
        if (Failure is null)
            Audit();
    }

    private readonly Dictionary<SimProcess, IReadOnlyList<Role>> _roles = [];

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
        _oracle.StoreIsDeleted();
        foreach (string file in _machine.Disk.Snapshot().Keys.Where(f => f.StartsWith(SimProcess.Folder, StringComparison.Ordinal)))
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
    private void Audit()
    {
        _machine.Kills = 0;
        var auditor = _machine.Add("auditor", isMortal: false);
        _machine.Start(auditor, "main", async () =>
        {
            // Past every TTL, and past the place in line of whoever died there.
            await auditor.SleepAsync(12_000).ConfigureAwait(false);
            var locks = auditor.Open(_oracle);
            await locks.CleanupStaleLocksAsync().ConfigureAwait(false);
            foreach (string resource in _scenario.Processes.SelectMany(p => p).SelectMany(r => r.Acts).SelectMany(a => a.Resources).Distinct())
            {
                var result = await locks.TryAcquireAsync(new LockRequest("auditor", resource)).ConfigureAwait(false);
                if (!result.Granted)
                    throw _machine.Fail($"nobody is left, and {resource} is not to be had: {result.Message}");
                await result.Handle!.DisposeAsync().ConfigureAwait(false);
            }
            await locks.DisposeAsync().ConfigureAwait(false);
            _oracle.CheckRemains();
        });
        _machine.Run();
    }
}
