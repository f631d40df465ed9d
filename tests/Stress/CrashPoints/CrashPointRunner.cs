using System.Collections.Concurrent;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>
/// Runs a command once to see which system calls touch the store, then once for each of them, killed at its entry, and looks at what is left.
/// </summary>
internal sealed class CrashPointRunner(ITestOutputHelper output)
{
    /// <summary>The sequence of calls is the same in every run but for a rare repetition, as when the guard was contended for a moment.</summary>
    private const int Attempts = 5;

    private const int ToldViolations = 10;

    /// <summary>A plain test run leaves out so many of the calls that only look, others each time.</summary>
    private const int ShortStep = 3;

    private static readonly string[] Looks = ["stat", "lstat", "fstat", "newfstatat", "fstatfs", "getdents64", "lseek", "pread64", "flock", "close", "readlink", "access"];

    private readonly ConcurrentBag<string> _violations = [];
    private readonly ConcurrentDictionary<string, int> _names = new(StringComparer.Ordinal);
    private readonly int _step = Proof.Budget(0, 1) > TimeSpan.Zero ? 1 : ShortStep;
    private readonly int _offset = Seed.New(output);
    private int _tried;
    private int _missed;

    public async Task KillAtEveryCallAsync(string what, IEnumerable<CrashScenario> scenarios)
    {
        await Parallel.ForEachAsync(scenarios, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (scenario, _) => await KillAtEveryCallAsync(scenario));
        string names = string.Join(' ', _names.OrderByDescending(n => n.Value).Select(n => $"{n.Key} {n.Value}"));
        Proof.Report(output, $"Crash points: {what}", _tried, "system calls killed at", _violations.Count, _missed == 0 ? names : $"{names}; {_missed} missed and tried again");
        Assert.True(_violations.IsEmpty, $"{_violations.Count} violations, among them:\n{string.Join('\n', _violations.Order(StringComparer.Ordinal).Take(ToldViolations))}");
    }

    private async Task KillAtEveryCallAsync(CrashScenario scenario)
    {
        using var tree = Tree.Create();
        await using var kept = await scenario.Arrange(tree);
        var start = StoreSnapshot.Take(tree);
        var old = StoreContent.Read(tree);
        var story = await StoryAsync(tree);
        start.Restore();
        var clean = await Strace.RunAsync(tree, scenario.Arguments, Strace.AllOfFiles, inject: null, scenario.Variables);
        Assert.True(clean.End.Code == scenario.Code, $"{scenario.Name} ended with {clean.End.Code}: {clean.End.Output} {clean.End.Error}");
        var done = StoreContent.Read(tree, old);
        Assert.NotEqual(old.Records, done.Records);

        var trace = clean.Trace;
        var points = trace.OfStore.Append(trace.Calls.Last(c => c.Name == Strace.Exit)).ToList();
        Assert.All(points, p => Assert.Equal(trace.MainThread, p.Thread));
        var path = new RecoveryPath(scenario, old, done);
        for (int i = 0; i < points.Count; i++)
        {
            if (!IsChosen(points, i))
                continue;
            try
            {
                var (remains, told) = await KillAsync(tree, scenario, start, points, i, old);
                path.Add(remains, isLast: i == points.Count - 1);
                await LookAsync(tree, new Aftermath(tree, scenario, remains, story), told, old, done);
            }
            catch (Exception error) when (error is XunitException or LockException or IOException or TimeoutException)
            {
                _violations.Add($"{scenario.Name}, killed at {points[i]}: {error.Message}");
            }
            Interlocked.Increment(ref _tried);
            _names.AddOrUpdate(points[i].Name, 1, (_, n) => n + 1);
        }
    }

    /// <summary>Every call that may change something, and the one after it; of the others as many as there is time for.</summary>
    private bool IsChosen(List<SystemCall> points, int i) =>
        !Looks.Contains(points[i].Name) || (i > 0 && !Looks.Contains(points[i - 1].Name)) || (i + _offset) % _step == 0;

    /// <summary>Kills a run at the entry of one call, and makes sure that it was this one.</summary>
    private async Task<(StoreContent Remains, string Output)> KillAsync(
        Tree tree, CrashScenario scenario, StoreSnapshot start, List<SystemCall> points, int at, StoreContent old)
    {
        var traced = points.Select(p => p.Name).Distinct().ToList();
        string saw = "";
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            start.Restore();
            var killed = await Strace.RunAsync(tree, scenario.Arguments, traced, new Injection("SIGKILL", points[at].Name, points[at].Ordinal), scenario.Variables);
            var last = killed.Trace.Calls.LastOrDefault(c => c.Thread == killed.Trace.MainThread);
            var before = killed.Trace.OfStore.SkipLast(points[at].Name == Strace.Exit ? 0 : 1).Select(c => c.What);
            if (killed.End.Code == 128 + 9 && last is { Returned: false } && last.What == points[at].What && before.SequenceEqual(points.Take(at).Select(p => p.What)))
                return (StoreContent.Read(tree, old), killed.End.Output);
            Interlocked.Increment(ref _missed);
            saw = $"{last}, exit code {killed.End.Code}";
        }
        throw new XunitException($"this call could not be hit; the last attempt ended at {saw}");
    }

    private static async Task LookAsync(Tree tree, Aftermath aftermath, string told, StoreContent old, StoreContent done)
    {
        var remains = StoreSnapshot.Take(tree);
        aftermath.TheCounterKnowsEveryToken(told);
        await aftermath.ReadersUnderstandItAsync();
        await aftermath.AnotherAgentIsServedAsync();
        remains.Restore();
        await aftermath.RepeatingItCompletesItAsync(old, done);
        remains.Restore();
        await aftermath.NothingIsLeftOfItAsync();
    }

    /// <summary>The events that no death may lose: a rotation drops what is in the older file.</summary>
    private static async Task<IReadOnlyList<LockEvent>> StoryAsync(Tree tree)
    {
        await using var locks = tree.Open();
        var events = await locks.HistoryAsync(new HistoryQuery());
        string? journal = Directory.Exists(tree.Store) ? Directory.EnumerateFiles(tree.Store, "journal.jsonl", SearchOption.AllDirectories).FirstOrDefault() : null;
        return journal is null ? events : [.. events.TakeLast(File.ReadLines(journal).Count(line => line.Contains("\"event\"", StringComparison.Ordinal)))];
    }
}
