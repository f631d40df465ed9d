using BenchmarkDotNet.Attributes;

namespace SwarmLocks.Benchmarks;

/// <summary>Single operations and what they allocate, alone and with other locks around.</summary>
[MemoryDiagnoser]
public class HoldBenchmarks
{
    private byte[] _record = [];
    private Scene _scene = null!;
    private LockManager _other = null!;

    /// <summary>How many other paths are locked by somebody else.</summary>
    [Params(0, 1_000)]
    public int Others { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        _scene = await Scene.MakeAsync(Others).ConfigureAwait(false);
        _record = await _scene.RecordAsync().ConfigureAwait(false);
        _other = _scene.Other();
        await _other.AcquireAsync(new LockRequest("other", "src/theirs.cs")).ConfigureAwait(false);
        await _scene.Manager.TryAcquireAsync(new LockRequest(Scene.Agent, "src/kept.cs") { OutlivesProcess = true }).ConfigureAwait(false);
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await _other.DisposeAsync().ConfigureAwait(false);
        await _scene.DisposeAsync().ConfigureAwait(false);
    }

    [Benchmark(Baseline = true)]
    public void BarePair() => Floor.Pair(_scene.File("floor"), _record);

    [Benchmark]
    public Task AcquireAndRelease() => _scene.PairAsync();

    [Benchmark]
    public async Task<bool> Conflict() => (await _scene.Manager.TryAcquireAsync(new LockRequest(Scene.Agent, "src/theirs.cs")).ConfigureAwait(false)).Granted;

    [Benchmark]
    public async Task<int> WhoHas() => (await _scene.Manager.WhoHasAsync("src/theirs.cs").ConfigureAwait(false)).Holders.Count;

    [Benchmark]
    public async Task<int> Renew() => (await _scene.Manager.RenewAsync(LeaseSelector.On(Scene.Agent, "src/kept.cs")).ConfigureAwait(false)).Count;
}
