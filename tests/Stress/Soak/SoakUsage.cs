namespace SwarmLocks.Tests.Stress.Soak;

/// <summary>What a process has of the machine: its heap after a full collection, all its memory, and its open file handles.</summary>
internal sealed record SoakUsage(long HeapBytes, long ResidentBytes, int Files)
{
    private const long MiB = 1 << 20;

    /// <summary>Where it begins to count: before, code is compiled and pools are filled.</summary>
    private const double WarmUp = 1 / 3.0;

    /// <summary>How many looks at each end are compared; the smallest of them, because what is under way at the moment of a look is no leak.</summary>
    private const int Looks = 4;

    public static SoakUsage OfThisProcess()
    {
        for (int i = 0; i < 2; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        var collected = GC.GetGCMemoryInfo(GCKind.FullBlocking);
        return new SoakUsage(collected.HeapSizeBytes - collected.FragmentedBytes, process.WorkingSet64, Directory.GetFileSystemEntries("/proc/self/fd").Length);
    }

    /// <summary>
    /// What grew from the end of the warm-up to the end by more than it may: a quarter, and besides 4 MiB of heap (100 bytes for each of 40,000 leases),
    /// 32 MiB of memory (compiled code, and a heap that is not given back) and 8 handles (those that are open at the moment).
    /// </summary>
    public static IEnumerable<string> Leaks(string who, IReadOnlyList<SoakUsage> looks)
    {
        int warm = (int)(looks.Count * WarmUp);
        if (looks.Count < warm + (2 * Looks))
            return [$"{who} was looked at only {looks.Count} times, which tells nothing"];
        var before = looks.Skip(warm).Take(Looks).ToList();
        var after = looks.TakeLast(Looks).ToList();
        return new[]
        {
            Growth(who, "bytes of heap", before, after, u => u.HeapBytes, 4 * MiB),
            Growth(who, "bytes of memory", before, after, u => u.ResidentBytes, 32 * MiB),
            Growth(who, "file handles", before, after, u => u.Files, 8),
        }.OfType<string>();
    }

    public override string ToString() => FormattableString.Invariant($"{HeapBytes} {ResidentBytes} {Files}");

    public static SoakUsage Parse(string text)
    {
        long[] numbers = [.. text.Split(' ').Select(word => long.Parse(word, System.Globalization.CultureInfo.InvariantCulture))];
        return new SoakUsage(numbers[0], numbers[1], (int)numbers[2]);
    }

    private static string? Growth(string who, string what, List<SoakUsage> before, List<SoakUsage> after, Func<SoakUsage, long> of, long allowance)
    {
        long first = before.Min(of), last = after.Min(of);
        return last <= (first * 5 / 4) + allowance ? null : FormattableString.Invariant($"{who} went from {first} to {last} {what}");
    }
}
