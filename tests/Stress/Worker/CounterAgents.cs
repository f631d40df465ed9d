using System.Globalization;

namespace SwarmLocks.Tests.Stress.Worker;

/// <summary>
/// Agents that count in files: read a number, write one more. Whoever is not alone loses a count. They lock by path, by glob, by name,
/// several things at once, and share to read.
/// </summary>
internal sealed class CounterAgents(LockManager locks, Tree tree, string agent, int seed)
{
    public const int Counters = 6;
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(80);

    private readonly Random _random = new(seed);
    private readonly Dictionary<string, int> _counted = new(StringComparer.Ordinal);

    /// <returns>How often which file was counted up: <c>counted name=count …</c>.</returns>
    public static async Task<string> RunAsync(LockManager locks, Tree tree, string prefix, int agents, int rounds, int seed)
    {
        var all = Enumerable.Range(0, agents)
            .Select(i => new CounterAgents(locks, tree, $"{prefix}-{i.ToString(CultureInfo.InvariantCulture)}", seed + i)).ToList();
        await Task.WhenAll(all.Select(a => Task.Run(() => a.CountAsync(rounds))));
        var sums = all.SelectMany(a => a._counted).GroupBy(c => c.Key, c => c.Value)
            .Select(g => $"{g.Key}={g.Sum().ToString(CultureInfo.InvariantCulture)}");
        return "counted " + string.Join(' ', sums);
    }

    private async Task CountAsync(int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            string a = Path(), b = Path(), name = _random.Next(Counters).ToString(CultureInfo.InvariantCulture);
            await (_random.Next(6) switch
            {
                0 => LockedAsync(LockMode.Shared, [a], () => ReadTwiceAsync(a)),
                1 => LockedAsync(LockMode.Exclusive, ["counters/*.txt"], () => AddAsync(a)),
                2 => LockedAsync(LockMode.Exclusive, [$"plan:{name}"], () => AddAsync($"plan-{name}")),
                3 => LockedAsync(LockMode.Exclusive, [a, b, $"plan:{name}"], () => AddAsync(a, b, $"plan-{name}")),
                _ => LockedAsync(LockMode.Exclusive, [a], () => AddAsync(a)),
            });
        }
    }

    private string Path() => $"counters/{_random.Next(Counters).ToString(CultureInfo.InvariantCulture)}.txt";

    private async Task LockedAsync(LockMode mode, IReadOnlyList<string> resources, Func<Task> work)
    {
        await using var handle = await locks.AcquireAsync(new LockRequest(agent, resources) { Mode = mode, Wait = Wait });
        await work();
        handle.ThrowIfLost();
    }

    private async Task AddAsync(params string[] files)
    {
        foreach (string file in files.Distinct())
        {
            int value = await ReadAsync(file);
            // Give way to whoever should not be here.
            await Task.Yield();
            await File.WriteAllTextAsync(tree.File(file), (value + 1).ToString(CultureInfo.InvariantCulture));
            _counted[file] = _counted.GetValueOrDefault(file) + 1;
        }
    }

    private async Task ReadTwiceAsync(string file)
    {
        int first = await ReadAsync(file);
        await Task.Yield();
        Assert.Equal(first, await ReadAsync(file));
    }

    private async Task<int> ReadAsync(string file) => int.Parse(await File.ReadAllTextAsync(tree.File(file)), CultureInfo.InvariantCulture);
}
