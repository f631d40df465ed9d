using System.Globalization;
using SwarmLocks.Tests.Stress.History;

namespace SwarmLocks.Tests.Stress.Soak;

/// <summary>
/// Keeps worker processes going, kills and stops them at random, and checks again and again what they wrote. The first one is never killed, so that it
/// would show a leak.
/// </summary>
internal sealed class SoakSupervisor : IAsyncDisposable
{
    private const int Workers = 8;
    private const int AgentsPerWorker = 3;
    private const int Spares = 2;
    private const double ShortestStopMs = 5;
    private const double LongestStopMs = 3000;

    /// <summary>Compiles everything once and quickly: for most of them better code would come too late to pay for itself.</summary>
    private static readonly string[] ShortLived = ["env", "DOTNET_TC_CallCounting=0"];

    private static readonly TimeSpan KillEvery = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan StopEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan CheckEvery = TimeSpan.FromSeconds(2);

    private readonly Tree _tree;
    private readonly string _folder;
    private readonly Random _random;
    private readonly LockManager _locks;
    private readonly List<SoakMember> _members = [];
    private readonly Queue<Task<WorkerProcess>> _spares = new();
    private readonly HistoryWindow _window = new();
    private readonly JournalReader _journal;
    private readonly List<Told> _told = [];
    private int _started;

    private SoakSupervisor(Tree tree, string folder, int seed, LockManager locks, JournalReader journal)
    {
        (_tree, _folder, _random, _locks, _journal) = (tree, folder, new Random(seed), locks, journal);
    }

    public long Acquisitions { get; private set; }

    public long Reentries { get; private set; }

    public long Kills { get; private set; }

    public long Stops { get; private set; }

    public long Uses { get; private set; }

    public long LeasesLost { get; private set; }

    public long JournalLines => _journal.Lines;

    public long TornLines => _journal.TornLines;

    public IReadOnlyList<Violation> Violations { get; private set; } = [];

    /// <summary>Everything that is known about the leases that violations are about.</summary>
    public string Story => StoryTeller.Tell(Violations, _window.Entries);

    /// <summary>What the first worker and this process had of the machine, from time to time.</summary>
    public List<(SoakUsage Worker, SoakUsage Tester)> Usage { get; } = [];

    /// <summary>What the store had too much of, from time to time.</summary>
    public List<string> Excess { get; } = [];

    public static async Task<SoakSupervisor> StartAsync(Tree tree, string folder, int seed)
    {
        var locks = tree.Open();
        // Makes the store, so that its journal can be followed from its first line.
        await (await locks.AcquireAsync(new LockRequest("soak", "name:start"))).DisposeAsync();
        var soak = new SoakSupervisor(tree, folder, seed, locks, new JournalReader(tree.DataFolder, new WallClock()));
        for (int i = 0; i < Spares; i++)
            soak._spares.Enqueue(Swarm.StartAsync(tree, ShortLived));
        for (int i = 0; i < Workers; i++)
            await soak.AddMemberAsync();
        return soak;
    }

    /// <summary>Goes on for so long, or until a promise was broken.</summary>
    public async Task RunAsync(TimeSpan time, int usages)
    {
        long start = HistoryEntry.Now, end = start + HistoryEntry.Ticks(time);
        long nextKill = start + HistoryEntry.Ticks(KillEvery), nextStop = start + HistoryEntry.Ticks(StopEvery), nextCheck = start, nextUsage = start;
        while (HistoryEntry.Now is var now && now < end && Violations.Count == 0)
        {
            foreach (var member in _members.Where(m => m.StoppedUntil <= now))
                member.Continue();
            if (now >= nextKill)
            {
                nextKill += HistoryEntry.Ticks(KillEvery * 2 * _random.NextDouble());
                await KillOneAsync();
            }
            if (now >= nextStop)
            {
                nextStop += HistoryEntry.Ticks(StopEvery * 2 * _random.NextDouble());
                StopOne();
            }
            // Oftener than it is checked: those who work fast fill it twice in some seconds.
            _told.AddRange(_journal.Read());
            if (now >= nextCheck)
            {
                nextCheck = now + HistoryEntry.Ticks(CheckEvery);
                Check();
            }
            if (now >= nextUsage)
            {
                nextUsage = now + HistoryEntry.Ticks(time / usages);
                await MeasureAsync();
            }
            await Task.Delay(5);
        }
        // On a busy machine there was time for fewer.
        while (Usage.Count < usages && Violations.Count == 0)
            await MeasureAsync();
    }

    /// <summary>Lets everybody give back what it has, and checks the rest of the history.</summary>
    public async Task FinishAsync()
    {
        ContinueAll();
        foreach (var member in _members)
        {
            _window.Add([new Doomed(member.History.Writer, HistoryEntry.Now)]);
            member.Process.Send("soak-stop");
        }
        foreach (var member in _members)
        {
            await member.Process.AnswerAsync();
            End(member);
        }
        _members.Clear();
        if (Violations.Count == 0)
            Check();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in _members)
            await member.Process.DisposeAsync();
        foreach (var spare in _spares)
            await (await spare).DisposeAsync();
        _journal.Dispose();
        await _locks.DisposeAsync();
    }

    private void ContinueAll()
    {
        foreach (var member in _members.Where(m => m.StoppedUntil is not null))
            member.Continue();
    }

    private async Task MeasureAsync()
    {
        // Who was stopped inside the guard would keep the clean-up out for as long as nobody lets it go on.
        ContinueAll();
        Usage.Add((SoakUsage.Parse(await _members[0].Process.AskAsync("usage")), SoakUsage.OfThisProcess()));
        await _locks.CleanupStaleLocksAsync(by: "soak");
        Excess.AddRange(StoreBounds.Excess(_tree, Workers, Workers * AgentsPerWorker));
    }

    private async Task AddMemberAsync()
    {
        var process = await _spares.Dequeue();
        _spares.Enqueue(Swarm.StartAsync(_tree, ShortLived));
        string writer = string.Create(CultureInfo.InvariantCulture, $"w{++_started}");
        long born = HistoryEntry.Now;
        await process.AskAsync(string.Create(CultureInfo.InvariantCulture, $"soak-start {_folder} {writer} {AgentsPerWorker} {_random.Next()}"));
        _members.Add(new SoakMember(process, new HistoryReader(_folder, writer, born)));
    }

    private async Task KillOneAsync()
    {
        var member = _members[_random.Next(1, _members.Count)];
        _window.Add([new Doomed(member.History.Writer, HistoryEntry.Now)]);
        await member.Process.KillAsync();
        Kills++;
        _members.Remove(member);
        End(member);
        await member.Process.DisposeAsync();
        await AddMemberAsync();
    }

    private void StopOne()
    {
        var running = _members.Where(m => m.StoppedUntil is null).ToList();
        if (running.Count < Workers / 2)
            return;
        // Short ones as often as long ones.
        running[_random.Next(running.Count)].Stop(TimeSpan.FromMilliseconds(ShortestStopMs * Math.Pow(LongestStopMs / ShortestStopMs, _random.NextDouble())));
        Stops++;
    }

    private void End(SoakMember member)
    {
        Read(member.History);
        member.History.Delete();
        _window.Add([new Gone(member.History.Writer, HistoryEntry.Now)]);
    }

    private void Check()
    {
        foreach (var member in _members)
            Read(member.History);
        // After the histories: whatever the grants in them followed from is in the journal by now.
        _window.Add([.. _told, .. _journal.Read()]);
        _told.Clear();
        long upTo = _members.Select(m => m.History.CompleteTo).Append(HistoryEntry.Now).Min();
        Violations = _window.Check(upTo);
        if (Violations.Count == 0)
            _window.Forget(upTo);
    }

    private void Read(HistoryReader history)
    {
        var entries = history.Read();
        _window.Add(entries);
        Acquisitions += entries.OfType<Granted>().Count(g => g.Leases.Any(l => !l.Reentrant));
        Reentries += entries.OfType<Granted>().Count(g => g.Leases.All(l => l.Reentrant));
        Uses += entries.OfType<Used>().Count();
        LeasesLost += entries.OfType<Lost>().Sum(l => l.Ids.Count);
    }
}
