using SwarmLocks.FileStore;
using SwarmLocks.Policy;

namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>
/// Knows at every moment who believes to hold what, by asking the handles themselves, and what the decisions under the guard were. Says so as soon as two
/// believe what excludes one another, a lock is missing that somebody relies on, or a token does not grow.
/// </summary>
internal sealed class Oracle
{
    private readonly SimMachine _machine;
    private readonly List<Belief> _beliefs = [];
    private readonly HashSet<string> _broken = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    private readonly List<string> _decidedEnds = [];
    private long _lastToken;
    private long? _decidedToken;
    private long _deletedAt = long.MinValue;

    public Oracle(SimMachine machine)
    {
        _machine = machine;
        Line = new LineWatch(machine);
        machine.OnLeftGuard = Decided;
    }

    /// <summary>Who is granted what in which order.</summary>
    public LineWatch Line { get; }

    /// <summary>How many leases were granted.</summary>
    public int Grants { get; private set; }

    /// <summary>How many leases went because they were stale.</summary>
    public int Takeovers { get; private set; }

    /// <summary>How many requests stood in line.</summary>
    public int Waits { get; private set; }

    /// <summary>The store was deleted: who held something before believes until its next look, and the counter of tokens starts from the clock.</summary>
    public bool StoreWasReplaced { get; private set; }

    /// <summary>From here on grants may be made in what is going away: none counts until all of it is gone.</summary>
    public void StoreIsBeingDeleted()
    {
        StoreWasReplaced = true;
        _machine.GuardWasDeleted = true;
        _beliefs.Clear();
        _deletedAt = long.MaxValue;
    }

    /// <summary>All of it is gone: what is asked for from now on can only be granted in a new one.</summary>
    public void StoreIsDeleted()
    {
        _beliefs.Clear();
        _deletedAt = _machine.Now;
    }

    /// <summary>Sees each decision before it is applied, under the guard.</summary>
    public void Decided(SimProcess process, LockChanges changes)
    {
        if (changes.Token is { } token)
        {
            if (token <= _lastToken && !StoreWasReplaced)
                throw _machine.Fail($"{process.Name} gives out token {token} after {_lastToken}");
            _decidedToken = token;
        }
        _decidedEnds.Clear();
        Waits += changes.WaiterWrites.Count;
        foreach (var e in changes.Events)
        {
            if (e.Event is LockEventKind.TakenOver or LockEventKind.Reaped)
                Takeovers++;
            // From here on exclusion is given up, or it was without a session and ends at once.
            if (e.Event == LockEventKind.Broken)
                Ends(_broken, e.LeaseId!);
            // Its agent gave it back, by whatever way.
            if (e.Event is LockEventKind.Released or LockEventKind.Lost)
                Ends(_ended, e.LeaseId!);
        }
    }

    /// <summary>From its decision on nobody is asked to rely on it; whether that stays so is seen when the guard is free again.</summary>
    private void Ends(HashSet<string> how, string leaseId)
    {
        if (how.Add(leaseId))
            _decidedEnds.Add(leaseId);
    }

    /// <summary>
    /// A token is given out when its decision stands; one of a process that died counts when a record carries it. What such a process meant to end and is
    /// still on record goes on.
    /// </summary>
    private void Decided(SimProcess process)
    {
        if (!process.IsAlive)
        {
            foreach (string leaseId in _decidedEnds.Where(IsOnRecord))
            {
                _broken.Remove(leaseId);
                _ended.Remove(leaseId);
            }
        }
        _decidedEnds.Clear();
        if (_decidedToken is { } token && (process.IsAlive || _machine.Disk.Snapshot().Values.Any(hex => Text(hex).Contains($"\"fencing_token\":{token}", StringComparison.Ordinal))))
            _lastToken = token;
        _decidedToken = null;
    }

    /// <summary>Somebody was just granted something.</summary>
    public Belief Begin(SimProcess process, LockRequest request, AcquireResult result, long sent)
    {
        Grants++;
        var belief = new Belief(
            process, request.Agent, request.Mode, [.. result.Leases.Select(l => LockResource.FromCanonical(l.Lease.Resource!))],
            [.. result.Leases.Select(l => l.Lease.LeaseId!)], result.Handle, sent + result.Leases.Min(l => l.Lease.Ttl).Ticks);
        _machine.Tell(process, $"holds {belief}");
        // What was sent while the store was being deleted may have been granted in the old one.
        if (sent > _deletedAt)
            _beliefs.Add(belief);
        Check(belief);
        return belief;
    }

    /// <summary>Somebody relies on it at this moment.</summary>
    public void Check(Belief belief)
    {
        _machine.Quietly(() =>
        {
            if (!_beliefs.Contains(belief) || !IsBelieved(belief))
                return;
            foreach (var other in _beliefs)
            {
                if (other != belief && other.Agent != belief.Agent && (other.Mode == LockMode.Exclusive || belief.Mode == LockMode.Exclusive)
                    && IsBelieved(other) && Witness(belief, other) is { } witness)
                {
                    throw _machine.Fail($"two believe that they hold {witness}: {belief} and {other}");
                }
            }
            if (belief.Resources.Zip(belief.LeaseIds).FirstOrDefault(r => !IsOnDisk(r.First, r.Second)) is { First: { } lost })
                throw _machine.Fail($"{belief} is relied on, and there is no record of it on {lost}");
        });
    }

    /// <summary>Whoever asks who has it is told of it, at every moment, whatever others are in the middle of.</summary>
    public void CheckAnswer(Belief belief, LockManager locks)
    {
        _machine.Quietly(() =>
        {
            if (StoreWasReplaced || !_beliefs.Contains(belief) || !IsBelieved(belief))
                return;
            foreach (var (resource, leaseId) in belief.Resources.Zip(belief.LeaseIds))
            {
                if (!locks.WhoHasAsync(resource.ToString()).GetAwaiter().GetResult().Holders.Any(l => l.LeaseId == leaseId && l.Agent == belief.Agent))
                    throw _machine.Fail($"{belief} is relied on, and whoever asks who has {resource} is not told so");
            }
        });
    }

    /// <summary>Nobody relies on it any more.</summary>
    public void End(Belief belief)
    {
        _machine.Tell(belief.Process, $"gives up {belief}");
        _beliefs.Remove(belief);
    }

    /// <summary>Nothing may be left of anybody when all processes ended well or died, and the dead were cleaned up after.</summary>
    public void CheckRemains()
    {
        foreach (var (file, hex) in _machine.Disk.Snapshot())
        {
            string name = file[(SimProcess.Folder.Length + 1)..];
            string text = Text(hex);
            bool isCount = text.Contains("\"holders\":[]", StringComparison.Ordinal);
            if ((name.Contains("/locks/", StringComparison.Ordinal) || name.Contains("/globs/", StringComparison.Ordinal)) && !isCount)
                throw _machine.Fail($"{name} is left: {text}");
            if (name.Contains("/waiting/", StringComparison.Ordinal) || name.Contains("/sessions/", StringComparison.Ordinal) || name.StartsWith("new-", StringComparison.Ordinal)
                || name.EndsWith(".tmp", StringComparison.Ordinal))
            {
                throw _machine.Fail($"{name} is left");
            }
        }
    }

    private bool IsBelieved(Belief belief)
    {
        if (belief.LeaseIds.Any(_broken.Contains))
            return false;
        if (belief.Handle is { } handle)
            return belief.Process.IsAlive && handle.Remaining > TimeSpan.Zero;
        return _machine.Now < belief.Deadline && !belief.LeaseIds.Any(_ended.Contains);
    }

    private static LockResource? Witness(Belief one, Belief two)
    {
        foreach (var a in one.Resources)
        {
            if (two.Resources.FirstOrDefault(b => GlobOverlap.Witness(a, b) is not null) is { } met)
                return met;
        }
        return null;
    }

    private bool IsOnRecord(string leaseId) => _machine.Disk.Snapshot().Any(
        f => (f.Key.Contains("/locks/", StringComparison.Ordinal) || f.Key.Contains("/globs/", StringComparison.Ordinal)) && Text(f.Value).Contains(leaseId, StringComparison.Ordinal));

    private static string Text(string hex) => System.Text.Encoding.UTF8.GetString(Convert.FromHexString(hex));

    private bool IsOnDisk(LockResource resource, string leaseId)
    {
        var disk = _machine.Disk;
        string data = disk.Directory.EnumerateDirectories(SimProcess.Folder).Single(d => disk.File.Exists(disk.Path.Combine(d, "root")) && !d.Contains("new-", StringComparison.Ordinal));
        string file = new StorePaths(disk, SimProcess.Folder, disk.Path.GetFileName(data)).FileOf(resource);
        return disk.File.Exists(file) && disk.File.ReadAllText(file).Contains(leaseId, StringComparison.Ordinal);
    }
}

/// <summary>Somebody's belief that it holds something.</summary>
/// <param name="Process">Where.</param>
/// <param name="Agent">Who.</param>
/// <param name="Mode">How.</param>
/// <param name="Resources">What.</param>
/// <param name="LeaseIds">By which leases, in the same order.</param>
/// <param name="Handle">Null for leases without a session.</param>
/// <param name="Deadline">Until when without a handle, in ticks of the machine's clock.</param>
internal sealed record Belief(
    SimProcess Process, string Agent, LockMode Mode, IReadOnlyList<LockResource> Resources, IReadOnlyList<string> LeaseIds, LockHandle? Handle, long Deadline)
{
    public override string ToString() => $"{Agent} of {Process.Name}: {(Mode == LockMode.Shared ? "shared " : "")}{string.Join(", ", Resources)}";
}
