namespace SwarmLocks.Policy;

/// <summary>
/// Which agent waits for which. Two processes that use one agent id are one agent, so agents are the nodes: an edge leads from
/// whoever stands in line to everyone it cannot get past.
/// </summary>
/// <remarks>
/// Edges to holders come first. Then, in the order of the line, each request gets edges to the earlier ones that it must not pass;
/// an earlier one that waits, even indirectly, for this very agent is passed instead, so an edge of the line never closes a cycle.
/// Every cycle therefore consists of holders only, and is a real deadlock.
/// </remarks>
internal sealed class WaitGraph
{
    private readonly Dictionary<string, HashSet<string>> _waitsFor = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _waitedForBy = new(StringComparer.Ordinal);

    private WaitGraph()
    {
    }

    /// <summary>The graph of all live requests in line, and of <paramref name="ask"/> at its place (the end, if it has none yet).</summary>
    /// <param name="view">All requests in line, with all locks that overlap what they ask for.</param>
    /// <param name="ask">The request that is being decided.</param>
    /// <param name="blockers">The live requests that <paramref name="ask"/> must not pass, first come first, each with what it wants of the asker.</param>
    public static WaitGraph Of(LockView view, LockAsk ask, out IReadOnlyList<Blocker> blockers)
    {
        var graph = new WaitGraph();
        var asked = new Standing(ask.Agent, ask.Mode, [.. ask.Resources.Select(r => r.Resource)], Since: default, ask.Ticket ?? long.MaxValue);
        var line = new List<Standing>();
        bool placed = false;
        foreach (var waiter in view.Waiters.Where(view.IsLive).OrderBy(w => w.Ticket))
        {
            if (waiter.Ticket == ask.Ticket)
            {
                line.Add(asked);
                placed = true;
            }
            else
            {
                line.Add(new Standing(waiter.Agent, waiter.Mode, waiter.Resources, waiter.Since, waiter.Ticket));
            }
        }
        if (!placed)
            line.Add(asked);

        foreach (var standing in line)
            graph.AddHolders(view, standing);

        // Edges among the others matter only where one of them may wait for the asker: for what it holds, or for another request of its own.
        // Nearly always nobody does, and then a hundred in line cost a hundred comparisons and not five thousand.
        int place = line.IndexOf(asked);
        bool alone = !graph._waitedForBy.ContainsKey(ask.Agent) && line.TrueForAll(s => s.Agent != ask.Agent || ReferenceEquals(s, asked));
        var (first, end) = alone ? (place, place + 1) : (1, line.Count);

        var found = new List<Blocker>();
        for (int later = first; later < end; later++)
        {
            // Edges that lead away from an agent never change who reaches it, so this stands while they are added; one search for each
            // pair instead would take a second with a hundred in line.
            var waitForIt = graph.WhoReaches(line[later].Agent);
            for (int earlier = 0; earlier < later; earlier++)
            {
                if (line[earlier].Agent == line[later].Agent
                    || waitForIt.Contains(line[earlier].Agent)
                    || Wanted(line[earlier], line[later]) is not { } wanted)
                {
                    continue;
                }
                graph.Add(line[later].Agent, line[earlier].Agent);
                if (ReferenceEquals(line[later], asked))
                    found.Add(new Blocker(line[earlier].Agent, line[earlier].Since, line[earlier].Ticket, wanted.Index, wanted.Witness));
            }
        }
        blockers = found;
        return graph;
    }

    private HashSet<string> WhoReaches(string agent)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var queue = new Queue<string>([agent]);
        while (queue.TryDequeue(out var at))
        {
            foreach (var before in _waitedForBy.GetValueOrDefault(at) ?? [])
            {
                if (found.Add(before))
                    queue.Enqueue(before);
            }
        }
        return found;
    }

    /// <summary>The shortest chain of agents from one that waits to one it waits for, both included; null when there is none.</summary>
    public IReadOnlyList<string>? PathBetween(string from, string to)
    {
        var cameFrom = new Dictionary<string, string>(StringComparer.Ordinal);
        var queue = new Queue<string>([from]);
        while (queue.TryDequeue(out var agent))
        {
            foreach (var next in _waitsFor.GetValueOrDefault(agent) ?? [])
            {
                if (!cameFrom.TryAdd(next, agent))
                    continue;
                if (next == to)
                    return Walk(cameFrom, from, to);
                queue.Enqueue(next);
            }
        }
        return null;
    }

    private static List<string> Walk(Dictionary<string, string> cameFrom, string from, string to)
    {
        var path = new List<string> { to };
        do
            path.Add(cameFrom[path[^1]]);
        while (path[^1] != from);
        path.Reverse();
        return path;
    }

    private void AddHolders(LockView view, Standing standing)
    {
        foreach (var record in view.Records)
        {
            if ((standing.Mode == LockMode.Shared && record.Mode == LockMode.Shared)
                || !standing.Resources.Any(resource => GlobOverlap.Witness(resource, record.Resource) is not null))
            {
                continue;
            }
            foreach (var entry in record.Holders)
            {
                // One's own shared entry is no edge: an upgrade waits for the others who share.
                if (entry.Agent != standing.Agent && view.IsLive(entry))
                    Add(standing.Agent, entry.Agent);
            }
        }
    }

    private void Add(string from, string to)
    {
        AddTo(_waitsFor, from, to);
        AddTo(_waitedForBy, to, from);
    }

    private static void AddTo(Dictionary<string, HashSet<string>> edges, string from, string to)
    {
        if (!edges.TryGetValue(from, out var set))
            edges[from] = set = new HashSet<string>(StringComparer.Ordinal);
        set.Add(to);
    }

    private static (int Index, string Witness)? Wanted(Standing earlier, Standing later)
    {
        if (earlier.Mode == LockMode.Shared && later.Mode == LockMode.Shared)
            return null;
        for (int i = 0; i < later.Resources.Count; i++)
        {
            foreach (var resource in earlier.Resources)
            {
                if (GlobOverlap.Witness(resource, later.Resources[i]) is { } witness)
                    return (i, witness);
            }
        }
        return null;
    }

    private sealed record Standing(string Agent, LockMode Mode, IReadOnlyList<LockResource> Resources, DateTimeOffset Since, long Ticket);
}

/// <summary>An earlier request in line.</summary>
/// <param name="Agent">Who waits.</param>
/// <param name="Since">Since when.</param>
/// <param name="Ticket">Its place.</param>
/// <param name="Index">Which of the asked resources it wants too.</param>
/// <param name="Witness">A resource that both match.</param>
internal sealed record Blocker(string Agent, DateTimeOffset Since, long Ticket, int Index, string Witness);
