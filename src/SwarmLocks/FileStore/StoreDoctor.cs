using System.IO.Abstractions;
using Microsoft.Extensions.Logging.Abstractions;
using SwarmLocks.Platform;
using SwarmLocks.Policy;

namespace SwarmLocks.FileStore;

/// <summary>Examines whether locks can work in a tree, and says what does not.</summary>
internal sealed class StoreDoctor(IFileSystem files, IPlatform platform, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public async Task<DoctorReport> DiagnoseAsync(Func<StoreLocation> locate, CancellationToken cancellationToken)
    {
        StoreLocation location;
        try
        {
            location = locate();
        }
        catch (LockException error)
        {
            return new DoctorReport(null, null, [new DoctorCheck("tree", Ok: false, error.Message)], 0, 0, 0, 0);
        }

        var store = new FileLockStore(files, platform, time, location, NullLogger.Instance, journalBytes: 1 << 20, childrenKeepSession: false);
        await using var _ = store.ConfigureAwait(false);
        var checks = new List<DoctorCheck> { new("tree", Ok: true, $"The root is {location.Root}, the locks are in {location.Store}.") };
        checks.Add(await GuardAsync(store, location, cancellationToken).ConfigureAwait(false));
        bool usable = checks.TrueForAll(c => c.Ok);
        if (usable)
        {
            checks.Add(await SessionAsync(location, cancellationToken).ConfigureAwait(false));
            checks.Add(await NotificationAsync(store, cancellationToken).ConfigureAwait(false));
        }
        checks.Add(Clock());
        var (view, reading) = Read(store);
        checks.Add(reading);
        var leases = view is null ? [] : LockPolicy.Leases(view);
        return new DoctorReport(
            location.Store, location.Root, checks,
            leases.Count(l => l.State == LeaseState.Live), leases.Count(l => l.State is LeaseState.Expired or LeaseState.Dead),
            leases.Count(l => l.State == LeaseState.Unreadable), view is null ? 0 : LockPolicy.Waiting(view).Count);
    }

    /// <summary>Entering proves the permissions, that kernel locks work and that a second open is kept out.</summary>
    private async Task<DoctorCheck> GuardAsync(FileLockStore store, StoreLocation location, CancellationToken cancellationToken)
    {
        try
        {
            long start = time.GetTimestamp();
            await store.TransactAsync(LockScope.Exactly([]), Patience, _ => new Decision<bool>(true), cancellationToken).ConfigureAwait(false);
            return new DoctorCheck("guard", Ok: true, $"Kernel locks work, the store can be written, and the guard was free within {Durations.Format(time.GetElapsedTime(start))}.");
        }
        catch (LockException error)
        {
            string guard = StorePaths.GuardOf(files, location.Store);
            var openers = error is LockStoreException { Problem: StoreProblem.Busy } ? platform.Openers(guard) : [];
            return new DoctorCheck("guard", Ok: false, openers.Count == 0 ? error.Message : $"{error.Message} It is open in process {string.Join(", ", openers)}.");
        }
    }

    /// <summary>A session that lives must look alive to others, and dead once it has ended.</summary>
    private async Task<DoctorCheck> SessionAsync(StoreLocation location, CancellationToken cancellationToken)
    {
        var holder = new FileLockStore(files, platform, time, location, NullLogger.Instance, journalBytes: 1 << 20, childrenKeepSession: false);
        await using var _ = holder.ConfigureAwait(false);
        try
        {
            var (alive, dead) = await holder.ProbeOwnSessionAsync(Patience, cancellationToken).ConfigureAwait(false);
            return alive && dead
                ? new DoctorCheck("sessions", Ok: true, "A living process is told from a dead one.")
                : new DoctorCheck("sessions", Ok: platform.ClockId is null, "A living process cannot be told from a dead one here: locks of dead processes last until their TTL.");
        }
        catch (LockException error)
        {
            return new DoctorCheck("sessions", Ok: false, error.Message);
        }
    }

    private static async Task<DoctorCheck> NotificationAsync(FileLockStore store, CancellationToken cancellationToken) =>
        new("notification", Ok: true, await store.IsToldOfChangesAsync(Patience, cancellationToken).ConfigureAwait(false)
            ? "Waiting agents are told of changes at once."
            : "There is no file notification to spare (inotify instances of this user are used up, or the disk has none): waiting agents look every half second.");

    private DoctorCheck Clock()
    {
        long first = time.GetTimestamp();
        bool runs = time.GetTimestamp() >= first;
        return new DoctorCheck("clock", runs, platform.ClockId is { } id
            ? $"The monotonic clock of this machine judges leases (boot {id.Split('/')[0][..8]})."
            : "This system names no boot, so the wall clock judges leases: keep it in step.");
    }

    private static (LockView? View, DoctorCheck Check) Read(FileLockStore store)
    {
        try
        {
            var view = store.Read(LockScope.All);
            var leases = LockPolicy.Leases(view);
            var bad = leases.Where(l => l.State == LeaseState.Unreadable).ToList();
            return (view, bad.Count == 0
                ? new DoctorCheck("locks", Ok: true, "Every lock file can be read.")
                : new DoctorCheck("locks", Ok: false, $"{(bad.Count == 1 ? "1 lock file cannot be read, which is" : $"{bad.Count} lock files cannot be read, the first is")} {bad[0].RequestedAs} ({bad[0].Reason}): break that resource, or leave it until it is a day old."));
        }
        catch (LockException error)
        {
            return (null, new DoctorCheck("locks", Ok: false, error.Message));
        }
    }
}
