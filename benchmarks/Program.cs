using BenchmarkDotNet.Running;
using SwarmLocks.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(HoldBenchmarks).Assembly).Run(args);
