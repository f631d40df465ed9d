using Xunit.Abstractions;
using Xunit.Sdk;

namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>A command that waits for something, and what happens then.</summary>
/// <param name="Scenario">The command; the store it is started in is that of its arrangement.</param>
/// <param name="IsWaiting">Whether it has come to where it waits.</param>
/// <param name="Go">Lets it go on.</param>
internal sealed record WaitingCommand(CrashScenario Scenario, Func<Tree, bool> IsWaiting, Func<Tree, Task> Go);

/// <summary>
/// Kills a command that waited, at every system call that it makes when it goes on. Those come from threads of its pool, and at other places of their
/// counts each time: so strace comes only when it waits, and each n-th call of each name is tried until a run has fewer.
/// </summary>
internal sealed class AttachedRunner(ITestOutputHelper output)
{
    /// <summary>More calls of one name than any run has.</summary>
    private const int MostCalls = 100;

    /// <summary>A run may have one call less than another; so many without the n-th, the next and so on say that there is none.</summary>
    private const int Enough = 3;

    private const int Attempts = 5;

    /// <summary>A plain test run kills at these only: they change something, or take or give the guard.</summary>
    private static readonly string[] Changes = ["openat", "flock", "pwrite64", "unlink", "rename", "renameat2", "ftruncate"];
    private static readonly string[] Looks = ["close", "pread64", "lstat", "stat", "fstat", "newfstatat", "statx", "fstatfs", "getdents64", "lseek", "inotify_add_watch"];

    /// <summary>They mostly wait.</summary>
    private const int AtOnce = 4;

    private readonly CrashTally _tally = new();
    private readonly string[] _names = Sample.IsAll ? [.. Changes, .. Looks] : Changes;

    // What every run does after its wait, and what was killed at.
    private readonly Lock _gate = new();
    private readonly HashSet<string> _hit = new(StringComparer.Ordinal);
    private HashSet<string>? _always;

    private List<string> Missing => [.. _always!.Except(_hit)];

    public async Task KillOnGoingOnAsync(string what, WaitingCommand waiting)
    {
        using var trials = new Trials(output, $"Crash points: {what}", CrashTally.Killed);
        await KillAllAsync(waiting, _names);
        // A run that had one call more or less than the others shifts those after it.
        for (int again = 0; again < Attempts && Missing.Count > 0; again++)
            await KillAllAsync(waiting, Missing.Select(call => call.Split(' ')[0]).Distinct());
        Assert.True(Missing.Count == 0, $"these calls could not be hit: {string.Join(", ", Missing)}");
        _tally.End(trials);
    }

    private Task KillAllAsync(WaitingCommand waiting, IEnumerable<string> names) =>
        Parallel.ForEachAsync(names.ToList(), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (name, _) => await KillAllAsync(waiting, name));

    private async Task KillAllAsync(WaitingCommand waiting, string name)
    {
        await using var place = await CrashPlace.MakeAsync(waiting.Scenario);
        await waiting.Go(place.Tree);
        place.NoteOld();
        var (end, trace) = await RunAsync(place, waiting, inject: null);
        place.NoteDone(end);
        Assert.All(trace.OfStore, c => Assert.Contains(c.Name, Changes.Concat(Looks)));
        var calls = trace.OfStore.Where(c => _names.Contains(c.Name)).Select(c => c.What).ToList();
        lock (_gate)
            (_always ??= [.. calls]).IntersectWith(calls);
        for (int n = 1, inVain = 0; n < MostCalls && inVain < Enough; n++)
        {
            string? at = await KillAsync(place, waiting, Injection.Signal("SIGKILL", name, n));
            inVain = at is null ? inVain + 1 : 0;
            lock (_gate)
                _hit.Add(at ?? "");
        }
    }

    /// <summary>What it was killed at; null when the run had no such call.</summary>
    private async Task<string?> KillAsync(CrashPlace place, WaitingCommand waiting, Injection inject)
    {
        var killed = await RunAsync(place, waiting, inject);
        if (killed.End.Code == waiting.Scenario.Code)
            return null;
        var at = killed.Trace.Calls.LastOrDefault(c => c.Name == inject.Name && c.Ordinal == inject.Ordinal && !c.Returned);
        // Others, such as those of the runtime, are no points of their own.
        if (at is null || !killed.Trace.OfStore.Contains(at))
            return "";
        _tally.Hit(at);
        try
        {
            Assert.Equal(CommandEnd.Killed, killed.End.Code);
            var remains = place.Read();
            place.Path().Add(remains, isLast: false);
            await place.LookAsync(remains, killed.End.Out);
        }
        catch (Exception error) when (CrashTally.IsViolation(error))
        {
            _tally.Violated($"{waiting.Scenario.Name}, killed at {at}", error);
        }
        return at.What;
    }

    /// <summary>Lets it come to where it waits, attaches strace, lets it go on, and waits for its end.</summary>
    private async Task<TracedEnd> RunAsync(CrashPlace place, WaitingCommand waiting, Injection? inject)
    {
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            var tree = place.Tree;
            place.Restore();
            var process = LoneCommand.Start(tree, [NativeBinary.Path!, .. waiting.Scenario.Arguments], waiting.Scenario.Variables);
            int pid = process.Id;
            var ending = NativeCommand.EndAsync(process);
            await Until.TrueAsync(async () => ending.IsCompleted || (waiting.IsWaiting(tree) && await IsAtRestAsync(pid)), "the wait of the command");
            string log = tree.File("strace.log");
            File.Delete(log);
            using var strace = LoneCommand.Attach(tree, log, pid, inject);
            string? said;
            do
                said = await strace.StandardError.ReadLineAsync().WaitAsync(NativeCommand.Patience);
            while (said?.Contains("attach", StringComparison.Ordinal) == false);
            var rest = strace.StandardError.ReadToEndAsync();
            await waiting.Go(tree);
            var end = await ending;
            await strace.WaitForExitAsync().WaitAsync(NativeCommand.Patience);
            await rest;
            if (said?.Contains(" attached", StringComparison.Ordinal) == true)
                return new TracedEnd(end, Strace.Read(log, tree));
            // Its time was over before strace came.
            _tally.Missed();
        }
        throw new XunitException("strace came too late each time");
    }

    /// <summary>Whether none of its threads has run between two looks: what it still does on its way to the wait would be counted too.</summary>
    private static async Task<bool> IsAtRestAsync(int pid)
    {
        string before = Switches(pid);
        await Task.Delay(TimeSpan.FromMilliseconds(5));
        return before.Length > 0 && before == Switches(pid);
    }

    private static string Switches(int pid)
    {
        try
        {
            return string.Concat(Directory.EnumerateDirectories($"/proc/{pid}/task").Order(StringComparer.Ordinal)
                .SelectMany(task => File.ReadLines(Path.Combine(task, "status")).Where(line => line.Contains("ctxt_switches", StringComparison.Ordinal))));
        }
        catch (IOException)
        {
            // A thread, or the process, has just ended.
            return "";
        }
    }
}
