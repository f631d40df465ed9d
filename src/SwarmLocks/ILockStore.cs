using SwarmLocks.Policy;

namespace SwarmLocks;

/// <summary>
/// Where locks are kept: a small transaction machine. It loads, lets a pure function decide, and applies what that says;
/// who gets what is never decided here.
/// </summary>
/// <remarks>
/// <para>Calling sequence: any number of <see cref="TransactAsync"/> and <see cref="Read"/>, from any thread, then
/// <see cref="IAsyncDisposable.DisposeAsync"/>.</para>
/// <para>A store promises: transactions of all processes happen one after another; a decision sees every lock and request its scope asks for;
/// its changes are applied together, or, when that fails, undone and reported; a session named in something written is alive while this process lives;
/// a token is persisted before any record that carries it.</para>
/// <para>A reader sees each record whole, before or after a change, but not all records at one instant.</para>
/// </remarks>
public interface ILockStore : IAsyncDisposable
{
    /// <summary>Names the store for people, e.g. its folder.</summary>
    string Location { get; }

    /// <summary>The session of this process in this store.</summary>
    string SessionId { get; }

    /// <summary>Loads <paramref name="scope"/>, runs <paramref name="decide"/> exactly once and applies its changes, alone among all processes.</summary>
    /// <param name="scope">What the decision has to see.</param>
    /// <param name="bound">How long to wait for the turn.</param>
    /// <param name="decide">Pure and quick: everybody waits for it. It may be called on any thread, and must not come back to the store. What it answers may still refer to its view, which stays as it was.</param>
    /// <param name="cancellationToken">Gives up waiting for the turn; a transaction that has begun is finished.</param>
    /// <exception cref="LockStoreException">Busy past <paramref name="bound"/>, or not usable; nothing was changed.</exception>
    ValueTask<T> TransactAsync<T>(LockScope scope, TimeSpan bound, Func<LockView, Decision<T>> decide, CancellationToken cancellationToken);

    /// <summary>Looks without waiting for anybody and without changing anything.</summary>
    /// <exception cref="LockStoreException">The store is not usable.</exception>
    LockView Read(LockScope scope);

    /// <summary>Counts changes noticed in the store while somebody listens.</summary>
    long ChangeStamp { get; }

    /// <summary>Returns when something that <paramref name="interest"/> names has changed since <paramref name="since"/>, or after <paramref name="limit"/>; at times also for nothing.</summary>
    /// <param name="since">A stamp taken before the caller looked, so that no change falls between.</param>
    /// <param name="limit">The longest pause.</param>
    /// <param name="interest">What to be told of: scarce, so only for the first few in line. Null to sleep.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    ValueTask WaitForChangeAsync(long since, TimeSpan limit, ChangeInterest? interest, CancellationToken cancellationToken);

    /// <summary>The journal, oldest first. Lines that cannot be read are passed over.</summary>
    IEnumerable<LockEvent> ReadJournal();
}

/// <summary>Which changes matter to somebody who waits: those of everybody else would only wake it for nothing.</summary>
/// <param name="Locks">The locks that stand in the way.</param>
/// <param name="Behind">The place in line to watch; null for none.</param>
public sealed record ChangeInterest(IReadOnlyList<LockResource> Locks, long? Behind);
