using BenchmarkDotNet.Attributes;

namespace SwarmLocks.Benchmarks;

/// <summary>Acquire and release of one path, alone, against the bare system calls; and with other locks around.</summary>
[MemoryDiagnoser]
public class HoldBenchmarks
{
    private readonly byte[] _record = new byte[600];
    private string _tree = "";
    private LockManager _locks = null!;
    private LockManager _others = null!;

    /// <summary>How many other paths are locked by somebody else.</summary>
    [Params(0, 1_000)]
    public int Others { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        // Beside the benchmark, not in the temporary folder, which may be in memory.
        _tree = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, $"tree-{Guid.NewGuid():n}")).FullName;
        Directory.CreateDirectory(Path.Combine(_tree, ".git"));
        _locks = new LockManager(new LockManagerOptions { Directory = _tree });
        _others = new LockManager(new LockManagerOptions { Directory = _tree });
        for (int i = 0; i < Others; i++)
            await _others.TryAcquireAsync(new LockRequest("other", $"src/other{i}.cs") { OutlivesProcess = true }).ConfigureAwait(false);
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await _locks.DisposeAsync().ConfigureAwait(false);
        await _others.DisposeAsync().ConfigureAwait(false);
        Directory.Delete(_tree, recursive: true);
    }

    [Benchmark(Baseline = true)]
    public void BarePair() => Floor.Pair(Path.Combine(_tree, "floor.json"), _record);

    [Benchmark]
    public async Task AcquireAndRelease()
    {
        var handle = await _locks.AcquireAsync(new LockRequest("agent", "src/mine.cs")).ConfigureAwait(false);
        await handle.DisposeAsync().ConfigureAwait(false);
    }

    [Benchmark]
    public async Task<bool> WhoHas() => (await _locks.WhoHasAsync("src/mine.cs").ConfigureAwait(false)).Holders.Count == 0;
}
