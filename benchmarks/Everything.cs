using System.Globalization;
using System.Runtime.InteropServices;

namespace SwarmLocks.Benchmarks;

/// <summary>All measures, in one run.</summary>
/// <param name="folder">Where the results go.</param>
/// <param name="effort">How much time to take.</param>
/// <param name="only">The sections to measure; none for all.</param>
internal sealed class Everything(string folder, Effort effort, IReadOnlyCollection<string> only)
{
    private readonly Table _table = new(Console.Out);
    private readonly List<Series> _costs = [];
    private readonly List<Series> _rates = [];

    /// <returns>Whether each section came to its end.</returns>
    public async Task<bool> RunAsync()
    {
        Directory.CreateDirectory(folder);
        bool[] ended =
        [
            await SectionAsync("alone", () => Alone.PairsAsync(_table, effort)).ConfigureAwait(false),
            await SectionAsync("questions", () => Alone.QuestionsAsync(_table, effort)).ConfigureAwait(false),
            await SectionAsync("renew", () => Alone.RenewalsAsync(_table, effort)).ConfigureAwait(false),
            await SectionAsync("paths", async () => _costs.Add(await Among.PathsAsync(_table, effort).ConfigureAwait(false))).ConfigureAwait(false),
            await SectionAsync("globs", async () => _costs.Add(await Among.GlobsAsync(_table, effort).ConfigureAwait(false))).ConfigureAwait(false),
            await SectionAsync("crowd", CrowdAsync).ConfigureAwait(false),
            await SectionAsync("hotpath", () => HotPath.MeasureAsync(_table, effort)).ConfigureAwait(false),
            await SectionAsync("handles", () => Renewals.MeasureAsync(_table, effort)).ConfigureAwait(false),
            await SectionAsync("commands", () => Commands.MeasureAsync(_table, effort)).ConfigureAwait(false),
            await SectionAsync("peers", () => Peers.MeasureAsync(_table, effort)).ConfigureAwait(false),
            await SectionAsync("allocations", () => Task.Run(() => Allocations.Measure(_table, folder))).ConfigureAwait(false),
        ];
        var machine = Machine();
        _table.WriteMarkdown(Path.Combine(folder, "table.md"), machine);
        _table.WriteJson(Path.Combine(folder, "results.json"), machine, [.. _costs, .. _rates]);
        await DrawAsync("locks.svg", "What acquire + release costs beside other locks", "other locks (1 stands for none)", "× the bare calls", _costs).ConfigureAwait(false);
        await DrawAsync("processes.svg", "Acquire + release of different paths by many processes, flat out", "processes", "pairs a second", _rates).ConfigureAwait(false);
        return Array.TrueForAll(ended, e => e);
    }

    private async Task CrowdAsync()
    {
        var (ours, floor) = await Crowd.ThroughputAsync(_table, effort).ConfigureAwait(false);
        _rates.AddRange([ours, floor]);
    }

    /// <summary>What fails says so in the table and leaves the rest standing.</summary>
    private async Task<bool> SectionAsync(string name, Func<Task> measure)
    {
        if (only.Count > 0 && !only.Contains(name))
            return true;
        try
        {
            await measure().ConfigureAwait(false);
            return true;
        }
        catch (Exception error)
        {
            _table.Add(new Row($"all further rows of '{name}'", null, "", Note: error.Message.ReplaceLineEndings(" ")));
            return false;
        }
    }

    private async Task DrawAsync(string file, string title, string across, string up, List<Series> lines)
    {
        if (lines.Count > 0)
            await File.WriteAllTextAsync(Path.Combine(folder, file), Chart.Draw(title, across, up, lines)).ConfigureAwait(false);
    }

    private Dictionary<string, string> Machine() => new(StringComparer.Ordinal)
    {
        ["commit"] = Told("BENCH_COMMIT"),
        ["date"] = DateTimeOffset.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        ["processor"] = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} × {Told("BENCH_PROCESSOR")}"),
        ["disk"] = Told("BENCH_DISK"),
        ["system"] = RuntimeInformation.OSDescription,
        ["runtime"] = RuntimeInformation.FrameworkDescription,
        ["form"] = effort.IsQuick ? "quick" : "full",
    };

    private static string Told(string variable) => Environment.GetEnvironmentVariable(variable) ?? "unknown";
}
