using SwarmLocks.Policy;

namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>
/// Judges each answer under the guard by what it was decided on, without asking the policy: nobody is granted what another holds, waits or is refused for
/// nothing, or passes an earlier request, unless that one waits for it.
/// </summary>
internal sealed class LineWatch(SimMachine machine)
{
    /// <summary>How many requests that had stood in line were granted.</summary>
    public int Grants { get; private set; }

    public void Judge(LockView view, AcquireVerdict verdict, LockChanges changes)
    {
        if (verdict.Outcome == AcquireOutcome.Granted)
            JudgeGrant(view, verdict, changes);
        else if (verdict.Ticket is { } ticket)
            JudgeWait(view, changes.WaiterWrites.Single(w => w.Ticket == ticket));
        else if (verdict.Outcome is AcquireOutcome.Conflict or AcquireOutcome.Timeout)
            JudgeRefusal(view, verdict);
    }

    private void JudgeGrant(LockView view, AcquireVerdict verdict, LockChanges changes)
    {
        string agent = verdict.Leases[0].Lease.Agent;
        var own = view.Waiters.Where(w => w.Agent == agent && changes.WaiterDeletes.Contains(w.Ticket) && view.IsLive(w)).Select(w => (long?)w.Ticket).Max();
        Grants += own is null ? 0 : 1;
        foreach (var lease in verdict.Leases.Select(l => l.Lease))
        {
            LockResource[] resource = [LockResource.FromCanonical(lease.Resource!)];
            if (Holders(view, agent, lease.Mode, resource).FirstOrDefault() is { } holder)
                throw machine.Fail($"{agent} is granted {lease.Resource}, which {holder} holds");
            var passed = Earlier(view, agent, lease.Mode, resource, own ?? long.MaxValue).FirstOrDefault(w => !WaitsFor(view, w, agent));
            if (passed is not null)
                throw machine.Fail($"{agent} is granted {lease.Resource} and passes {passed.Agent}, who waits for {string.Join(", ", passed.Resources)} with ticket {passed.Ticket}");
        }
    }

    private void JudgeWait(LockView view, LockWaiter waiter)
    {
        bool isOwnBroken = view.Records.Any(r => waiter.Resources.Contains(r.Resource) && r.Holders.Any(e => e.Agent == waiter.Agent && e.Broken is not null && view.IsLive(e)));
        if (!isOwnBroken && !view.Unreadable.Any(view.IsLive) && !InTheWay(view, waiter).Any())
            throw machine.Fail($"{waiter.Agent} waits for {string.Join(", ", waiter.Resources)}, which nobody has, and nobody wants before");
    }

    private void JudgeRefusal(LockView view, AcquireVerdict verdict)
    {
        var there = view.Records.SelectMany(r => r.Holders).Where(view.IsLive).Select(e => e.LeaseId).ToHashSet(StringComparer.Ordinal);
        if (verdict.Conflicts.Count == 0 || verdict.Conflicts.Any(c => c.Held is { State: not LeaseState.Unreadable } held && !there.Contains(held.LeaseId!)))
            throw machine.Fail("somebody is refused for a lease that does not live");
        if (verdict.Conflicts.Any(c => c.Queued is { } queued && !view.Waiters.Any(w => w.Agent == queued.Agent && view.IsLive(w))))
            throw machine.Fail("somebody is refused for a request that is not in line");
    }

    /// <summary>
    /// Directly, or because those in its way do; agents wait, with all their requests. Every earlier request counts as in the way: rather one that waits too
    /// much than a violation that is none.
    /// </summary>
    private static bool WaitsFor(LockView view, LockWaiter waiter, string agent)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var next = new Queue<string>([waiter.Agent]);
        while (next.TryDequeue(out string? one))
        {
            if (one == agent)
                return true;
            if (!seen.Add(one))
                continue;
            foreach (string other in view.Waiters.Where(w => w.Agent == one && view.IsLive(w)).SelectMany(w => InTheWay(view, w)))
                next.Enqueue(other);
        }
        return false;
    }

    private static IEnumerable<string> InTheWay(LockView view, LockWaiter waiter) =>
        Holders(view, waiter.Agent, waiter.Mode, waiter.Resources).Concat(Earlier(view, waiter.Agent, waiter.Mode, waiter.Resources, waiter.Ticket).Select(w => w.Agent));

    private static IEnumerable<string> Holders(LockView view, string agent, LockMode mode, IReadOnlyList<LockResource> resources) =>
        from record in view.Records
        where Excludes(mode, record.Mode) && Overlap(resources, [record.Resource])
        from entry in record.Holders
        where entry.Agent != agent && view.IsLive(entry)
        select entry.Agent;

    private static IEnumerable<LockWaiter> Earlier(LockView view, string agent, LockMode mode, IReadOnlyList<LockResource> resources, long ticket) =>
        view.Waiters.Where(w => w.Ticket < ticket && w.Agent != agent && view.IsLive(w) && Excludes(mode, w.Mode) && Overlap(resources, w.Resources));

    private static bool Excludes(LockMode one, LockMode other) => one == LockMode.Exclusive || other == LockMode.Exclusive;

    private static bool Overlap(IReadOnlyList<LockResource> some, IReadOnlyList<LockResource> others) => some.Any(a => others.Any(b => GlobOverlap.Witness(a, b) is not null));
}
