using Microsoft.Extensions.Options;

namespace SwarmLocks;

/// <summary>
/// Settings of a <see cref="LockManager"/>. The defaults suit; every range is checked once, when the manager is made, and what is changed afterwards changes nothing.
/// Not safe for concurrent use.
/// </summary>
public sealed partial class LockManagerOptions : IOptions<LockManagerOptions>
{
    /// <summary>Itself: options made by hand and those of a container go in at the same door.</summary>
    LockManagerOptions IOptions<LockManagerOptions>.Value => this;

    /// <summary>Where to look for the working tree: it or its ancestors. Null for the current directory.</summary>
    public string? Directory { get; set; }

    /// <summary>The folder that holds the locks, absolute; null to find it from <see cref="Directory"/>.</summary>
    public string? StoreDirectory { get; set; }

    /// <summary>What relative paths are relative to; null for the root of the tree.</summary>
    public string? RelativeTo { get; set; }

    /// <summary>
    /// Settings by kind of resource: <c>path</c>, <c>glob</c>, <c>plan</c>, <c>project</c>, <c>task</c>, <c>name</c>. A further key is a further kind;
    /// it is 1–32 lower-case letters, digits and <c>-</c>.
    /// </summary>
    public IDictionary<string, LockKindOptions> Kinds { get; private set; } = new Dictionary<string, LockKindOptions>(StringComparer.Ordinal)
    {
        ["path"] = new(),
        ["glob"] = new(),
        ["plan"] = new(),
        ["name"] = new(),
        ["project"] = new() { Ttl = TimeSpan.FromSeconds(600) },
        ["task"] = new() { Ttl = TimeSpan.FromSeconds(600), MaxAbandonments = 3 },
    };

    /// <summary>How long an operation waits for its turn at the store before it reports "busy"; 100 ms – 5 min, default 10 s.</summary>
    /// <remarks>
    /// Not bounded by it: a request that waits in line (by its own limit), a renewal by name or by a handle (by what is left of the longest lease), the release
    /// by a handle (10 s), and leaving the line (2 s).
    /// </remarks>
    public TimeSpan GuardTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The first pause between two looks of a waiting request, before chance takes up to half of each; 10 ms – 10 s, default 50 ms.</summary>
    public TimeSpan PollMin { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest pause between two looks of a waiting request, which the first doubles up to; <see cref="PollMin"/> – 10 s, default 500 ms.</summary>
    public TimeSpan PollMax { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The size at which the journal is rotated (one older file is kept); 4 KiB – 1 GiB, default 1 MiB.</summary>
    public long JournalBytes { get; set; } = 1 << 20;

    /// <summary>True to let processes that this one starts keep its session, and so its leases, alive until they end too.</summary>
    public bool ChildrenKeepSession { get; set; }

    /// <summary>The shortest TTL that is accepted. Tests go lower.</summary>
    internal TimeSpan MinTtl { get; set; } = TimeSpan.FromSeconds(1);
}

/// <summary>Settings of one kind of resource.</summary>
public sealed class LockKindOptions
{
    /// <summary>How long a lease lasts without renewal; 1 s – 24 h, default 300 s (project and task: 600 s).</summary>
    public TimeSpan Ttl { get; set; } = TimeSpan.FromSeconds(300);

    /// <summary>How often handles renew; at most half the TTL. Null for a third of the TTL, at most 30 s.</summary>
    public TimeSpan? RenewEvery { get; set; }

    /// <summary>After so many holders that died or lapsed the next request is refused until a reset; 1 – 1000, null for never (task: 3).</summary>
    public int? MaxAbandonments { get; set; }

    internal LockKindOptions Copy() => (LockKindOptions)MemberwiseClone();
}
