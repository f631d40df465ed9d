using BenchmarkDotNet.Running;
using SwarmLocks.Benchmarks;

// eng/bench.sh runs "all"; a worker is one of its many processes, eng/profile.sh runs "profile"; everything else is for BenchmarkDotNet.
switch (args)
{
    case [Worker.Verb, .. var job]:
        await Worker.RunAsync(job).ConfigureAwait(false);
        return 0;
    case [Profile.Verb, .. var job]:
        return await Profile.RunAsync(job).ConfigureAwait(false);
    case ["all", var folder, .. var options]:
        var effort = options.Contains("--quick") ? Effort.Quick : Effort.Full;
        string[] only = [.. options.Where(option => option != "--quick")];
        bool isWhole = await new Everything(folder, effort, only).RunAsync().ConfigureAwait(false);
        Scene.DeleteAll();
        return isWhole ? 0 : 1;
    default:
        BenchmarkSwitcher.FromAssembly(typeof(HoldBenchmarks).Assembly).Run(args);
        Scene.DeleteAll();
        return 0;
}
