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

    /// <summary>Begins to listen for what <paramref name="interest"/> names. What happened before is not heard, so look once more after this.</summary>
    /// <param name="interest">What to be told of: listening is scarce, so only for the first few in line. Null to hear nothing, and only pause.</param>
    IChangeWatch Watch(ChangeInterest? interest);

    /// <summary>The journal, oldest first. Lines that cannot be read are passed over.</summary>
    IEnumerable<LockEvent> ReadJournal();
}

/// <summary>Somebody who listens to a store, until disposed. Not safe for concurrent use.</summary>
public interface IChangeWatch : IDisposable
{
    /// <summary>Returns at the first change since this watch began, or after <paramref name="limit"/>. Changes may go unheard, and nothing may be heard as one: whoever waits looks for itself.</summary>
    /// <param name="limit">The longest pause.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Whether something was heard. This watch then hears nothing more: begin another.</returns>
    ValueTask<bool> WaitAsync(TimeSpan limit, CancellationToken cancellationToken);
}

/// <summary>Which changes matter to somebody who waits: those of everybody else would only wake it for nothing.</summary>
/// <param name="Locks">The locks that stand in the way.</param>
/// <param name="Sessions">The process lives whose end lets it go on.</param>
/// <param name="Behind">The place in line right before it; null for the first in line.</param>
public sealed record ChangeInterest(IReadOnlyList<LockResource> Locks, IReadOnlyList<string> Sessions, long? Behind)
{
    /// <summary>What has to change before these do not stand in the way any more.</summary>
    internal static ChangeInterest In(IReadOnlyList<LockConflict> conflicts)
    {
        var held = conflicts.Select(c => c.Held).OfType<Lease>().ToList();
        return new(
            [.. held.Select(l => l.Resource).OfType<string>().Distinct().Select(LockResource.FromCanonical)],
            [.. held.Select(l => l.Session).OfType<string>().Distinct()], Behind: null);
    }

    /// <inheritdoc/>
    public bool Equals(ChangeInterest? other) =>
        other is not null && Behind == other.Behind && Locks.SequenceEqual(other.Locks) && Sessions.SequenceEqual(other.Sessions);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Behind, Locks.Count, Sessions.Count);
}
