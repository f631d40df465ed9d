namespace SwarmLocks.Policy;

/// <content>What a refusal says.</content>
internal static partial class LockPolicy
{
    private static Decision<AcquireVerdict> Refused(
        LockView view, LockAsk ask, AcquireOutcome outcome, Found found, IReadOnlyList<Blocker> ahead, LockChanges changes, IReadOnlyList<string>? cycle = null,
        IReadOnlyList<Abandonment>? abandoned = null)
    {
        if (ask.Ticket is { } ticket)
            changes.DeleteWaiter(ticket);
        var verdict = new AcquireVerdict { Outcome = outcome, Conflicts = Conflicts(ask, found, ahead), Cycle = cycle ?? [], Abandoned = abandoned ?? [], Ahead = ahead.Count };
        foreach (var asked in ask.Resources)
            changes.Tell(Refusal(view, ask, asked, outcome, verdict.Conflicts));
        return new(verdict, changes);
    }

    /// <summary>The journal's line about a refusal.</summary>
    public static LockEvent Refusal(LockView view, LockAsk ask, AskedResource asked, AcquireOutcome outcome, IReadOnlyList<LockConflict> conflicts)
    {
        var first = conflicts.FirstOrDefault(c => c.Requested == asked.RequestedAs) ?? conflicts.FirstOrDefault();
        return new LockEvent(
            0, view.Now.Wall, LockEventKind.Refused, asked.Resource.ToString(), ask.Agent, LeaseId: null, FencingToken: null,
            By: first?.Held?.Agent ?? first?.Queued?.Agent, Why: outcome switch
            {
                AcquireOutcome.Timeout => "timeout",
                AcquireOutcome.Deadlock => "deadlock",
                AcquireOutcome.Abandoned => "abandoned",
                _ => "conflict",
            });
    }

    /// <summary>
    /// First what is held, in the order asked for, then who is in line. Records come as the disk lists them: people look for names in order, and whoever listens listens anew when the
    /// order changes.
    /// </summary>
    private static List<LockConflict> Conflicts(LockAsk ask, Found found, IReadOnlyList<Blocker> ahead)
    {
        List<LockConflict> conflicts = [.. found.Conflicts];
        for (int start = 0, end; start < conflicts.Count; start = end)
        {
            end = start + 1;
            while (end < conflicts.Count && conflicts[end].Requested == conflicts[start].Requested)
                end++;
            conflicts.Sort(start, end - start, NameOrder.Instance);
        }
        foreach (var blocker in ahead)
            conflicts.Add(new LockConflict(ask.Resources[blocker.Index].RequestedAs, Held: null, new QueuedRequest(blocker.Agent, blocker.Since), blocker.Witness));
        return conflicts;
    }

    private sealed class NameOrder : IComparer<LockConflict>
    {
        public static NameOrder Instance { get; } = new();

        public int Compare(LockConflict? x, LockConflict? y) =>
            string.CompareOrdinal(x!.Held?.Resource, y!.Held?.Resource) is not 0 and var byResource ? byResource
            : string.CompareOrdinal(x.Held?.Agent, y.Held?.Agent) is not 0 and var byAgent ? byAgent
            : string.CompareOrdinal(x.Held?.LeaseId, y.Held?.LeaseId);
    }
}
