using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Manager;

/// <summary>While another process has the guard nothing is changed, whatever is asked for.</summary>
public sealed class GuardedChangesTests
{
    private static readonly Dictionary<string, Func<LockManager, LockHandle, Task>> Operations = new(StringComparer.Ordinal)
    {
        ["acquire"] = (locks, _) => locks.TryAcquireAsync(new LockRequest("a", "free")),
        ["enter again"] = (locks, _) => locks.TryAcquireAsync(new LockRequest("a", "held")),
        ["take over"] = (locks, _) => locks.TryAcquireAsync(new LockRequest("a", "stale")),
        ["wait in line"] = (locks, _) => locks.TryAcquireAsync(new LockRequest("b", "held") { Wait = TimeSpan.FromSeconds(5) }),
        ["renew"] = (locks, _) => locks.RenewAsync(LeaseSelector.On("a", "held")),
        ["release"] = (locks, _) => locks.ReleaseAsync(LeaseSelector.On("a", "held")),
        ["dispose a handle"] = (_, handle) => handle.DisposeAsync().AsTask(),
        ["clean up"] = (locks, _) => locks.CleanupStaleLocksAsync(),
        ["end all of an agent"] = (locks, _) => locks.CleanupAgentLocksAsync("gone"),
        ["break"] = (locks, _) => locks.BreakAsync("held", "b", "needed"),
        ["reset"] = (locks, _) => locks.ResetAsync("stale", "b"),
        ["close"] = (locks, _) => locks.DisposeAsync().AsTask(),
    };

    private readonly MemoryManagers _process = new();

    public static TheoryData<string> OperationNames => [.. Operations.Keys];

    [Theory]
    [MemberData(nameof(OperationNames))]
    public async Task Nothing_is_changed_while_another_process_has_the_guard(string operation)
    {
        await using var locks = _process.Open(options => options.GuardTimeout = TimeSpan.FromSeconds(1));
        await locks.TryAcquireAsync(new LockRequest("gone", "stale") { OutlivesProcess = true, Ttl = TimeSpan.FromSeconds(1) });
        _process.Clock.Advance(TimeSpan.FromSeconds(1));
        await using var handle = await locks.AcquireAsync(new LockRequest("a", "held"));
        var before = _process.Memory.Files.Snapshot();
        using (_process.HoldGuard())
        {
            await AskAsync(operation, locks, handle);
            Assert.Equal(before, _process.Memory.Files.Snapshot());
        }
        // The same with a free guard does change something, or else the above would prove nothing.
        await AskAsync(operation, locks, handle);
        if (operation != "dispose a handle" && operation != "close")
            Assert.NotEqual(before, _process.Memory.Files.Snapshot());
    }

    [Fact]
    public async Task No_lease_is_renewed_while_another_process_has_the_guard()
    {
        await using var locks = _process.Open();
        await using var handle = await locks.AcquireAsync(new LockRequest("a", "held"));
        var before = _process.Memory.Files.Snapshot();
        using (_process.HoldGuard())
        {
            await _process.PassAsync(TimeSpan.FromSeconds(60));
            Assert.Equal(before, _process.Memory.Files.Snapshot());
        }
        await Eventually.TrueAsync(() => !before.SequenceEqual(_process.Memory.Files.Snapshot()), _process.Clock);
    }

    /// <summary>Some of them fail, some say what they could not do, and a renewal goes on for as long as its lease does: what counts is the disk.</summary>
    private async Task AskAsync(string operation, LockManager locks, LockHandle handle)
    {
        var asked = Record.ExceptionAsync(() => Operations[operation](locks, handle));
        long start = _process.Clock.GetTimestamp();
        await Eventually.TrueAsync(() =>
        {
            _process.Clock.Advance(TimeSpan.FromMilliseconds(50));
            return asked.IsCompleted || _process.Clock.GetElapsedTime(start) > TimeSpan.FromSeconds(15);
        });
    }
}
