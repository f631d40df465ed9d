namespace SwarmLocks.Tests.Stress;

/// <summary>Worker processes that live through all tests, because starting one takes longer than a hundred rounds.</summary>
public sealed class Swarm : IAsyncLifetime
{
    public const string Name = "swarm";
    private const int Size = 16;

    private readonly List<WorkerProcess> _workers = [];

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>The first <paramref name="count"/> workers, at home in <paramref name="tree"/>.</summary>
    internal async Task<IReadOnlyList<WorkerProcess>> OpenAsync(Tree tree, int count = Size)
    {
        foreach (var spoilt in _workers.Where(w => !w.IsUsable).ToList())
        {
            await spoilt.DisposeAsync();
            _workers.Remove(spoilt);
        }
        while (_workers.Count < count)
            _workers.Add(WorkerProcess.Start());
        var workers = _workers.GetRange(0, count);
        await AskAllAsync(workers, _ => $"open {tree.Root}");
        return workers;
    }

    /// <summary>A worker that the test may kill or stop.</summary>
    internal static async Task<WorkerProcess> StartAsync(Tree tree, params IReadOnlyList<string> before)
    {
        var worker = WorkerProcess.Start(before);
        await worker.AskAsync($"open {tree.Root}");
        return worker;
    }

    /// <summary>Sends to all before it reads from any, so that they run at the same time.</summary>
    internal static async Task<string[]> AskAllAsync(IReadOnlyList<WorkerProcess> workers, Func<int, string> request)
    {
        for (int i = 0; i < workers.Count; i++)
            workers[i].Send(request(i));
        var answers = new string[workers.Count];
        for (int i = 0; i < workers.Count; i++)
            answers[i] = await workers[i].AnswerAsync();
        return answers;
    }

    public async Task DisposeAsync()
    {
        foreach (var worker in _workers)
            await worker.DisposeAsync();
    }
}

[CollectionDefinition(Swarm.Name, DisableParallelization = true)]
public sealed class SwarmTests : ICollectionFixture<Swarm>;
