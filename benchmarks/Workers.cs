using System.Diagnostics;
using System.Globalization;

namespace SwarmLocks.Benchmarks;

/// <summary>Processes of this program that do the same at the same time.</summary>
internal static class Workers
{
    /// <summary>Started by <c>dotnet</c> it has to name itself.</summary>
    private static string[] Self => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(Workers).Assembly.Location] : [];

    /// <summary>Starts so many, lets all of them begin at one moment, and returns what each says at its end.</summary>
    /// <param name="what">They do: a verb of <see cref="Worker"/>.</param>
    /// <param name="root">The tree they do it in.</param>
    /// <param name="processes">How many.</param>
    /// <param name="much">For so many seconds, or so often.</param>
    /// <param name="warmUp">How long from now until what they do counts.</param>
    public static async Task<string[]> RunAsync(string what, string root, int processes, double much, TimeSpan warmUp)
    {
        var all = Enumerable.Range(0, processes).Select(i => Start(what, root, i, much)).ToList();
        try
        {
            foreach (var process in all)
                await LineAsync(process).ConfigureAwait(false);
            // The clock of all processes of one machine is one.
            long begin = Stopwatch.GetTimestamp() + (long)(warmUp.TotalSeconds * Stopwatch.Frequency);
            foreach (var process in all)
                await process.StandardInput.WriteLineAsync(begin.ToString(CultureInfo.InvariantCulture)).ConfigureAwait(false);
            return await Task.WhenAll(all.Select(LineAsync)).ConfigureAwait(false);
        }
        finally
        {
            foreach (var process in all)
            {
                // Whoever still waits for the beginning reads the end, and goes.
                process.StandardInput.Close();
                await process.WaitForExitAsync().ConfigureAwait(false);
                process.Dispose();
            }
        }
    }

    private static async Task<string> LineAsync(Process process) =>
        await process.StandardOutput.ReadLineAsync().ConfigureAwait(false)
        ?? throw new InvalidOperationException($"A worker died: {await process.StandardError.ReadToEndAsync().ConfigureAwait(false)}");

    private static Process Start(string what, string root, int number, double much)
    {
        string[] job = [Worker.Verb, what, root, number.ToString(CultureInfo.InvariantCulture), much.ToString(CultureInfo.InvariantCulture)];
        var start = new ProcessStartInfo(Environment.ProcessPath!, [.. Self, .. job])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Compiled once and for all before the beginning. Otherwise the compilers of thirty processes, which get better code ready behind their backs
        // for the first minute, are what is measured.
        start.Environment["DOTNET_TieredCompilation"] = "0";
        return Process.Start(start)!;
    }
}
