using SwarmLocks.Tests.Stress.History;

namespace SwarmLocks.Tests.Stress.Soak;

/// <summary>What one granted request gave an agent: a handle, or leases without a session until a deadline.</summary>
internal sealed class Holding(LockRequest request, AcquireResult result, long asked)
{
    public LockRequest Request { get; } = request;

    public LockHandle? Handle { get; } = result.Handle;

    public long FencingToken { get; } = result.FencingToken;

    public IReadOnlyList<string> Ids { get; } = [.. result.Leases.Select(l => l.Lease.LeaseId!)];

    public IReadOnlyList<string> Resources { get; } = [.. result.Leases.Select(l => l.Lease.Resource!)];

    /// <summary>Counted by the agent itself, for leases without a handle.</summary>
    public long OwnDeadline { get; set; } = asked + HistoryEntry.Ticks(result.Leases.Min(l => l.Lease.Ttl));

    /// <summary>Until when it is promised, judged at <paramref name="now"/>: early rather than late. Of a promise that is over nobody knows more than that it was made.</summary>
    public long DeadlineAt(long now) => Handle is null ? OwnDeadline : Handle.UntilDeadline is { Ticks: > 0 } left ? now + HistoryEntry.Ticks(left) : asked;

    /// <summary>The leases that are lost; none while all are held.</summary>
    public IReadOnlyList<string> LostIds()
    {
        if (Handle is null)
            return HistoryEntry.Now < OwnDeadline ? [] : Ids;
        try
        {
            Handle.ThrowIfLost();
            return [];
        }
        catch (LockExpiredException lost)
        {
            var which = lost.Lost.Select(l => l.Resource).ToHashSet(StringComparer.Ordinal);
            return [.. Ids.Where((_, i) => which.Contains(Resources[i]))];
        }
    }
}
