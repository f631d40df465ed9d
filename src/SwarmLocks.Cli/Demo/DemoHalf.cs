namespace SwarmLocks.Cli.Demo;

/// <summary>One half of the demo: a fresh tree, all agents at once, and what the files say afterwards.</summary>
internal sealed class DemoHalf(DemoOptions options, IReadOnlyList<SampleFile> files, bool locked, DemoProgress progress)
{
    /// <summary>How much later than its time an agent may end: it may stand in line for a lock for a minute.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly List<AgentProcess> _agents = [];

    /// <summary>Runs it. Whatever happens, no agent and no tree is left.</summary>
    /// <exception cref="DemoFailedException">An agent failed.</exception>
    public async Task<HalfResult> RunAsync(CancellationToken cancellationToken)
    {
        string what = locked ? "Locked:   " : "Unlocked: ";
        using var tree = DemoTree.Create(files);
        try
        {
            progress.Say($"{what} {options.Agents} agents start ...");
            for (int number = 0; number < options.Agents; number++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                _agents.Add(AgentProcess.Start(options.Agent, tree.Root, number, options.Seconds, locked));
            }
            await AllAsync(agent => Nothing(agent.PrepareAsync(files)), cancellationToken).ConfigureAwait(false);
            await AllAsync(agent => Nothing(agent.WarmUpAsync()), cancellationToken).ConfigureAwait(false);
            progress.Begin($"{what} {options.Agents} agents edit", options.Seconds);
            await AllAsync(agent => Nothing(agent.GoAsync()), cancellationToken).ConfigureAwait(false);
            var reports = await AllAsync(agent => agent.FinishAsync(Tell), cancellationToken).ConfigureAwait(false);
            return Result(tree, reports);
        }
        finally
        {
            foreach (var agent in _agents)
                agent.Dispose();
            progress.End();
        }
    }

    /// <summary>The smallest of <paramref name="sorted"/> that <paramref name="share"/> of them do not exceed; 0 for none.</summary>
    internal static int Percentile(IReadOnlyList<int> sorted, double share) =>
        sorted.Count == 0 ? 0 : sorted[Math.Max(0, (int)Math.Ceiling(sorted.Count * share) - 1)];

    private HalfResult Result(DemoTree tree, IReadOnlyList<AgentReport> reports)
    {
        var count = MarkTally.Of(files, tree.ReadAll(), [.. reports.Select(report => report.Edited)]);
        List<int> latencies = [.. reports.SelectMany(report => report.AcquireUs).Order()];
        return new HalfResult
        {
            Edits = count.Edits,
            Lost = count.Lost,
            Damaged = count.Damaged,
            Failed = reports.Sum(report => report.Failed),
            Conflicts = reports.Sum(report => report.Conflicts),
            AcquireP50 = Percentile(latencies, 0.50),
            AcquireP99 = Percentile(latencies, 0.99),
        };
    }

    /// <summary>Does something with all agents at once, and fails as soon as one fails.</summary>
    private async Task<T[]> AllAsync<T>(Func<AgentProcess, Task<T>> action, CancellationToken cancellationToken)
    {
        var tasks = _agents.Select(action).ToArray();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(options.Seconds) + Patience);
        try
        {
            await foreach (var task in Task.WhenEach(tasks).WithCancellation(limit.Token).ConfigureAwait(false))
                await task.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DemoFailedException("An agent did not end in time, so the demo shows nothing.");
        }
        return await Task.WhenAll(tasks).ConfigureAwait(false);
    }

    private void Tell() => progress.Tick(_agents.Sum(agent => agent.Edits));

    private static async Task<bool> Nothing(Task task)
    {
        await task.ConfigureAwait(false);
        return true;
    }
}
