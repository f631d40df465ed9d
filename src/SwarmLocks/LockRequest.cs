using System.Diagnostics.CodeAnalysis;
using SwarmLocks.Requests;
using SwarmLocks.Resources;

namespace SwarmLocks;

/// <summary>What an agent asks for: all of <see cref="Resources"/>, or nothing.</summary>
public sealed record LockRequest
{
    /// <summary>Asks for nothing yet; set <see cref="Agent"/> and <see cref="Resources"/>.</summary>
    public LockRequest()
    {
    }

    /// <summary>Asks for <paramref name="resources"/> in the name of <paramref name="agent"/>.</summary>
    [SetsRequiredMembers]
    public LockRequest(string agent, params IReadOnlyList<string> resources)
    {
        Agent = agent;
        Resources = resources;
    }

    /// <summary>Who asks: 1–128 of letters, digits and <c>. _ - @ : /</c>. Two processes with one id are one agent.</summary>
    public required string Agent { get; init; }

    /// <summary>1–200 paths, globs or named things such as <c>plan:42</c>.</summary>
    public required IReadOnlyList<string> Resources { get; init; }

    /// <summary>Exclusive unless said otherwise.</summary>
    public LockMode Mode { get; init; }

    /// <summary>How long the lease lasts without renewal, 1 s – 24 h; null for the default of its kind.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>Shown to everyone who is refused because of this lease; at most 512 characters.</summary>
    public string? Reason { get; init; }

    /// <summary>How long to wait in line, 0 – 24 days: zero answers at once, <see cref="Timeout.InfiniteTimeSpan"/> waits for ever.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>
    /// True for a lease without a session: nothing renews it, the end of this process does not end it, only release, break or its TTL.
    /// Taken with <see cref="ILockManager.TryAcquireAsync"/>; there is no handle.
    /// </summary>
    public bool OutlivesProcess { get; init; }

    /// <summary>
    /// True for a holder that needs time to stop after <see cref="LockHandle.LeaseLost"/> fires: a broken lease then goes on
    /// excluding others until the handle is disposed, though never past the lease's deadline.
    /// </summary>
    public bool ExcludesUntilDisposed { get; init; }

    /// <summary>Whether <paramref name="agent"/> can be an agent's id, as <see cref="Agent"/> says.</summary>
    /// <exception cref="LockUsageException">It cannot.</exception>
    public static void CheckAgent(string agent)
    {
        const int max = 128;
        if (agent is null || agent.Length is 0 or > max || !agent.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '@' or ':' or '/'))
            throw new LockUsageException($"{ResourceText.Quote(agent ?? "")} is no agent id: give 1 to {max} of letters, digits and . _ - @ : /");
    }
}

/// <summary>Names leases of one agent: those this process holds and those without a session. Never those of another session. Always some, unless it is <see cref="All"/>.</summary>
public sealed record LeaseSelector
{
    private LeaseSelector(string agent) => Agent = agent;

    /// <summary>Whose leases.</summary>
    public string Agent { get; }

    /// <summary>Whether it means all the agent's leases.</summary>
    public bool IsAll { get; private init; }

    /// <summary>The resources, by canonical form or by the spelling used when acquiring; null when not selected by resource.</summary>
    public IReadOnlyList<string>? Resources { get; private init; }

    /// <summary>The lease ids; null when not selected by id.</summary>
    public IReadOnlyList<string>? LeaseIds { get; private init; }

    /// <summary>The agent's leases on <paramref name="resources"/>, 1–200.</summary>
    /// <exception cref="LockUsageException">There are none or too many.</exception>
    public static LeaseSelector On(string agent, params IReadOnlyList<string> resources) => new(agent) { Resources = Some(resources, "resources") };

    /// <summary>The agent's leases with these ids, 1–200.</summary>
    /// <exception cref="LockUsageException">There are none or too many.</exception>
    public static LeaseSelector ById(string agent, params IReadOnlyList<string> leaseIds) => new(agent) { LeaseIds = Some(leaseIds, "lease ids") };

    /// <summary>All the agent's leases.</summary>
    public static LeaseSelector All(string agent) => new(agent) { IsAll = true };

    /// <summary>A list of its own: a selector that its caller could empty would not mean what it was made for.</summary>
    private static string[] Some(IReadOnlyList<string> named, string what)
    {
        RequestResolver.CheckCount(named, what);
        string[] copy = [.. named];
        return Array.IndexOf(copy, null) < 0 ? copy : throw new LockUsageException($"One of the {what} is null: name each, or leave it out.");
    }
}
