namespace SwarmLocks.Policy;

/// <summary>The instant of a decision, read under the guard after everything was loaded, so that no record can be younger.</summary>
/// <param name="Ms">The machine-wide monotonic clock, in milliseconds: time set back or forth and time asleep do not move it.</param>
/// <param name="Wall">The wall clock.</param>
/// <param name="Clock">Which monotonic clock: <c>boot id/time namespace</c>; null when unknown, and then equal to no other.</param>
/// <param name="BootedAt">When this kernel booted, by the wall clock; null when unknown.</param>
public readonly record struct StoreTime(long Ms, DateTimeOffset Wall, string? Clock, DateTimeOffset? BootedAt)
{
    /// <summary>True for an instant within the millisecond <see cref="Ms"/>, false for one exactly at its beginning.</summary>
    public bool IsWithinMs { get; init; }

    /// <summary>The wall clock as records keep it: in whole milliseconds.</summary>
    public DateTimeOffset Written => Wall.AddTicks(-(Wall.Ticks % TimeSpan.TicksPerMillisecond));

    /// <summary>
    /// The expiry of something granted now for <paramref name="ttl"/>. Rounded up: its holder counts from just before this instant, and must not
    /// believe in it for the fraction of a millisecond that rounding down would cut off.
    /// </summary>
    public Expiry After(TimeSpan ttl) => new(Clock, Ms + (IsWithinMs ? 1 : 0) + (long)Math.Ceiling(ttl.TotalMilliseconds), UpToMs(Wall + ttl), Written);

    /// <summary>Whether <paramref name="expiry"/> has passed.</summary>
    /// <exception cref="LockStoreException">The record comes from another kernel that is running now: this store cannot exclude it.</exception>
    public bool HasPassed(Expiry expiry)
    {
        if (Clock is null || expiry.Clock is null)
            return Wall >= expiry.At;
        if (Clock == expiry.Clock)
            return Ms >= expiry.Ms;
        if (BootOf(Clock).SequenceEqual(BootOf(expiry.Clock)) || BootedAt is not { } booted)
            return Wall >= expiry.At;
        if (expiry.Renewed < booted)
            return true;
        throw new LockStoreException(
            StoreProblem.Untrusted,
            $"Another machine or kernel renewed a lock here at {expiry.Renewed:u}, after this one booted: file locks cannot exclude it, so give each machine its own working tree; if there is only this one, its wall clock was ahead before the last boot, and deleting the store while no agent works helps.");
    }

    /// <summary>How long until <paramref name="expiry"/>, at most a day; zero once it has passed.</summary>
    internal TimeSpan Until(Expiry expiry)
    {
        double ms = Clock is not null && Clock == expiry.Clock ? expiry.Ms - (double)Ms : (expiry.At - Wall).TotalMilliseconds;
        return TimeSpan.FromMilliseconds(Math.Clamp(ms, 0, LockManagerOptions.MaxTtl.TotalMilliseconds));
    }

    /// <summary>Whether <paramref name="clock"/> belongs to the kernel that runs now; false when unknown.</summary>
    public bool IsThisBoot(string? clock) => Clock is not null && clock is not null && (Clock == clock || BootOf(Clock).SequenceEqual(BootOf(clock)));

    /// <summary>Records keep milliseconds, and whoever judges by the wall clock must not end a lease for a fraction of one before its holder does.</summary>
    private static DateTimeOffset UpToMs(DateTimeOffset at) =>
        at.Ticks % TimeSpan.TicksPerMillisecond is var rest and > 0 ? at.AddTicks(TimeSpan.TicksPerMillisecond - rest) : at;

    private static ReadOnlySpan<char> BootOf(string clock) => clock.IndexOf('/', StringComparison.Ordinal) is var end and >= 0 ? clock.AsSpan(0, end) : clock;
}

/// <summary>When something lapses, in both clocks.</summary>
/// <param name="Clock">Which monotonic clock <paramref name="Ms"/> belongs to.</param>
/// <param name="Ms">Milliseconds of that clock.</param>
/// <param name="At">By the wall clock: for people, and for judging records of unknown or other clocks.</param>
/// <param name="Renewed">When it was last extended, by the wall clock.</param>
public readonly record struct Expiry(string? Clock, long Ms, DateTimeOffset At, DateTimeOffset Renewed);
