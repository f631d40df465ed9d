using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace SwarmLocks.Benchmarks;

/// <summary>What single operations allocate, counted by BenchmarkDotNet.</summary>
internal static class Allocations
{
    public static void Measure(Table table, string folder)
    {
        // In this process: allocations are exact however short it runs, and nothing has to be built.
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .AddLogger(NullLogger.Instance)
            .WithArtifactsPath(Path.Combine(folder, "benchmarkdotnet"));
        var summary = BenchmarkRunner.Run<HoldBenchmarks>(config);
        Add(nameof(HoldBenchmarks.AcquireAndRelease), "acquire + release", 4);
        Add(nameof(HoldBenchmarks.Conflict), "conflict answer", goal: null);
        Add(nameof(HoldBenchmarks.WhoHas), "who-has", goal: null);
        Add(nameof(HoldBenchmarks.Renew), "renew", goal: null);

        void Add(string method, string what, double? goal)
        {
            long? most = summary.Reports.Where(r => r.BenchmarkCase.Descriptor.WorkloadMethod.Name == method)
                .Max(r => r.Success ? r.GcStats.GetBytesAllocatedPerOperation(r.BenchmarkCase) : null);
            table.Add(new Row($"allocated per {what}", most / 1024.0, "KiB", goal, Note: most is null ? "BenchmarkDotNet could not run it" : ""));
        }
    }
}
