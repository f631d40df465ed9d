using Microsoft.Extensions.Logging.Abstractions;
using SwarmLocks.FileStore;
using SwarmLocks.Requests;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>A process on the simulated machine: its view of the disk, its clock, what it has open, and a manager as the product makes it.</summary>
internal sealed class SimProcess
{
    public const string Root = "/tree";
    public const string Folder = Root + "/.git/swarmlocks";
    public const string Guard = Folder + "/guard";

    /// <summary>The name of the first one of a scenario.</summary>
    public const string First = "p0";

    private readonly SimMachine _machine;
    private readonly SimFileSystem _files;

    public SimProcess(SimMachine machine, string name, MemoryFileSystem disk)
    {
        (_machine, Name) = (machine, name);
        _files = new SimFileSystem(machine, this, disk);
        Platform = new SimPlatform(machine, this, disk);
        Time = new SimTime(machine, this);
    }

    public string Name { get; }

    public bool IsAlive { get; private set; } = true;

    /// <summary>Whether it may be killed.</summary>
    public bool IsMortal { get; init; } = true;

    /// <summary>Stopped, as by a signal, until then.</summary>
    public long StoppedUntil { get; set; }

    /// <summary>
    /// The flow that stands at a reading of the clock: the product may do that under a lock of its own, so no other flow of this process may run
    /// until it has gone on.
    /// </summary>
    public Job? Pinned { get; set; }

    public TimeProvider Time { get; }

    public SimPlatform Platform { get; }

    public SimFileSystem Files => _files;

    /// <summary>The manager of this process, which waits and renews as the shipped one does.</summary>
    public LockManager Open(Oracle oracle)
    {
        var options = new LockManagerOptions
        {
            Directory = Root,
            MinTtl = TimeSpan.FromMilliseconds(1),
            GuardTimeout = TimeSpan.FromMilliseconds(150),
            // Equal, so that the jittered pauses between them are rounded to one length.
            PollMin = TimeSpan.FromMilliseconds(40),
            PollMax = TimeSpan.FromMilliseconds(40),
        };
        var store = new FileLockStore(
            _files, Platform, Time, new StoreLocation(Root, Folder, Root + "/.git"), NullLogger.Instance, options.JournalBytes, childrenKeepSession: false,
            new Random(Name.Length));
        return new LockManager(
            new SimStore(_machine, this, store, oracle), options, new RequestResolver(_files, Platform, Root, options, foldsCase: false), Root, Time,
            NullLogger.Instance, work => _machine.Start(this, "background", () => _ = work()));
    }

    /// <summary>Waits; the flow goes on in a job of its own.</summary>
    public Task SleepAsync(int ms) => ms == 0 ? Task.CompletedTask : Task.Delay(TimeSpan.FromMilliseconds(ms), Time);

    public void ThrowIfDead()
    {
        if (!IsAlive)
            throw new ProcessKilledException();
    }

    /// <summary>As by the kernel: what it had open is closed, and nothing of it runs any more.</summary>
    public void Die()
    {
        IsAlive = false;
        _files.CloseAll();
    }
}
