namespace SwarmLocks;

/// <summary>Base of everything SwarmLocks throws on purpose. The message is one sentence fit to show to a user.</summary>
public abstract class LockException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The request itself is wrong: a bad resource, agent id, duration or option, or no tree to lock in. Asking again cannot help.</summary>
public sealed class LockUsageException(string message, Exception? inner = null) : LockException(message, inner);

/// <summary>The store cannot be used: see <see cref="Problem"/>. Nothing was granted, and what was held is unchanged.</summary>
public sealed class LockStoreException(StoreProblem problem, string message, Exception? inner = null) : LockException(message, inner)
{
    /// <summary>What kind of trouble it is.</summary>
    public StoreProblem Problem { get; } = problem;
}

/// <summary>Why a store cannot be used.</summary>
public enum StoreProblem
{
    /// <summary>It cannot be read or written (disk full, no permission, I/O error), or it vanished.</summary>
    Unavailable,

    /// <summary>Another process kept the guard longer than the operation may wait. Nothing is known about the locks.</summary>
    Busy,

    /// <summary>It was written by a newer SwarmLocks.</summary>
    NewerVersion,

    /// <summary>It cannot exclude anybody here: kernel locks do not work, it belongs to another tree, or another kernel uses it.</summary>
    Untrusted,

    /// <summary>The tree has another store now; see <c>swarmlocks init</c>.</summary>
    Moved,
}

/// <summary>Somebody else has it: see <see cref="Result"/> for who, why and until when.</summary>
public sealed class LockConflictException(AcquireResult result) : LockException(result.Message)
{
    /// <summary>The refusal in full.</summary>
    public AcquireResult Result { get; } = result;
}

/// <summary>Waiting would close a cycle of agents that wait for one another: see <see cref="AcquireResult.Cycle"/>.</summary>
public sealed class LockDeadlockException(AcquireResult result) : LockException(result.Message)
{
    /// <summary>The refusal in full.</summary>
    public AcquireResult Result { get; } = result;
}

/// <summary>Its holders died or lapsed too often; a person should look, then <see cref="ILockManager.ResetAsync"/>.</summary>
public sealed class LockAbandonedException(AcquireResult result) : LockException(result.Message)
{
    /// <summary>The refusal in full.</summary>
    public AcquireResult Result { get; } = result;
}

/// <summary>A lease is not held any more: it expired, was broken, or its lock file is gone. Stop writing.</summary>
public sealed class LockExpiredException(string message, IReadOnlyList<Unaffected>? lost = null, IReadOnlyList<Lease>? renewed = null)
    : LockException(message)
{
    /// <summary>What was lost, each with why.</summary>
    public IReadOnlyList<Unaffected> Lost { get; } = lost ?? [];

    /// <summary>For a renewal of several leases: those that were renewed.</summary>
    public IReadOnlyList<Lease> Renewed { get; } = renewed ?? [];
}
