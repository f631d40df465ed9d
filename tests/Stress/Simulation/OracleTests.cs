using SwarmLocks.FileStore;
using SwarmLocks.Policy;

namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>What the oracle says of what it is told, right and wrong: fed by hand, on a machine on which nothing runs.</summary>
public sealed class OracleTests
{
    private const string Data = SimProcess.Folder + "/0123";
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(1);

    private readonly SimMachine _machine = new(new Replay(Schedule.Calm)) { Passes = [], Stops = [] };
    private readonly Oracle _oracle;
    private readonly SimProcess _one;
    private readonly SimProcess _two;

    public OracleTests()
    {
        _oracle = new Oracle(_machine);
        (_one, _two) = (_machine.Add("one"), _machine.Add("two"));
        foreach (string folder in (string[])["locks", "globs", "waiting", "sessions"])
            _machine.Disk.CreateDirectory($"{Data}/{folder}");
        _machine.Disk.File.WriteAllText(Data + "/root", "");
    }

    [Theory]
    [InlineData("glob:*.cs", "b", LockMode.Exclusive, "two believe that they hold path:x.cs")]
    [InlineData("path:x.cs", "b", LockMode.Shared, "two believe that they hold path:x.cs")]
    [InlineData("path:y.cs", "b", LockMode.Exclusive, null)]
    [InlineData("path:x.cs", "a", LockMode.Exclusive, null)]
    public void Two_agents_may_not_believe_to_hold_what_excludes_one_another(string resource, string agent, LockMode mode, string? violation)
    {
        Grant(_one, "a", "path:x.cs", "lease-1");
        Tell(violation, () => Grant(_two, agent, resource, "lease-2", mode));
    }

    [Fact]
    public void Two_may_share()
    {
        Grant(_one, "a", "path:x.cs", "lease-1", LockMode.Shared);
        Tell(null, () => Grant(_two, "b", "path:x.cs", "lease-2", LockMode.Shared));
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(1, "two believe")]
    public void A_belief_lasts_until_its_deadline(long ticksLeft, string? violation)
    {
        Grant(_one, "a", "path:x.cs", "lease-1", sent: _machine.Now - Ttl.Ticks + ticksLeft);
        Tell(violation, () => Grant(_two, "b", "path:x.cs", "lease-2"));
    }

    [Theory]
    [InlineData(LockEventKind.Broken)]
    [InlineData(LockEventKind.Released)]
    [InlineData(LockEventKind.Lost)]
    public void What_its_breaker_died_before_ending_is_still_believed(LockEventKind how)
    {
        Grant(_one, "a", "path:x.cs", "lease-1");
        Decide(_two, changes => changes.Tell(End(how, "lease-1")));
        _machine.Kill(_two);
        Tell("two believe", () => Grant(_machine.Add("three"), "b", "path:x.cs", "lease-2"));
    }

    [Theory]
    [InlineData(LockEventKind.Broken, true)]
    [InlineData(LockEventKind.Released, true)]
    [InlineData(LockEventKind.Broken, false)]
    [InlineData(LockEventKind.Released, false)]
    public void What_was_ended_is_believed_no_more_even_when_its_breaker_died_after_that(LockEventKind how, bool dies)
    {
        Grant(_one, "a", "path:x.cs", "lease-1");
        Decide(_two, changes => changes.Tell(End(how, "lease-1")));
        _machine.Disk.File.Delete(FileOf("path:x.cs"));
        if (dies)
            _machine.Kill(_two);
        else
            _machine.LeftGuard(_two);
        Tell(null, () => Grant(_machine.Add("three"), "b", "path:x.cs", "lease-2"));
    }

    [Theory]
    [InlineData(6, null)]
    [InlineData(5, "gives out token 5 after 5")]
    [InlineData(4, "gives out token 4 after 5")]
    public void A_token_grows(long next, string? violation)
    {
        Decide(_one, changes => changes.Token = 5);
        _machine.LeftGuard(_one);
        Tell(violation, () => Decide(_two, changes => changes.Token = next));
    }

    [Theory]
    [InlineData(false, null)]
    [InlineData(true, "gives out token 5 after 5")]
    public void A_token_of_one_that_died_counts_once_a_record_carries_it(bool isOnRecord, string? violation)
    {
        Decide(_one, changes => changes.Token = 5);
        if (isOnRecord)
            _machine.Disk.File.WriteAllText(FileOf("path:x.cs"), "{\"fencing_token\":5}\n");
        _machine.Kill(_one);
        Tell(violation, () => Decide(_two, changes => changes.Token = 5));
    }

    [Theory]
    [InlineData(true, null)]
    [InlineData(false, "two decides while one is inside the guard")]
    public void Nobody_decides_while_another_is_inside_the_guard(bool hasLeft, string? violation)
    {
        _machine.EnteredGuard(_one);
        if (hasLeft)
            _machine.LeftGuard(_one);
        Tell(violation, () => _machine.EnteredGuard(_two));
    }

    [Theory]
    [InlineData("lease-1", null)]
    [InlineData("lease-2", "there is no record of it on path:x.cs")]
    [InlineData("", "there is no record of it on path:x.cs")]
    public void What_is_relied_on_is_on_record(string record, string? violation)
    {
        var belief = Grant(_one, "a", "path:x.cs", "lease-1");
        if (record.Length > 0)
            _machine.Disk.File.WriteAllText(FileOf("path:x.cs"), record);
        else
            _machine.Disk.File.Delete(FileOf("path:x.cs"));
        Tell(violation, () => _oracle.Check(belief));
    }

    [Theory]
    [InlineData("locks/path=x.json", "{\"holders\":[]}", false)]
    [InlineData("journal.jsonl", "{}", false)]
    [InlineData("locks/path=x.json", "{\"holders\":[{}]}", true)]
    [InlineData("locks/path=x.json", "", true)]
    [InlineData("globs/path=src+.json", "{\"holders\":[{}]}", true)]
    [InlineData("waiting/1.json", "{}", true)]
    [InlineData("sessions/1", "\n", true)]
    [InlineData("next.tmp", "{}", true)]
    [InlineData("../new-4567/root", "", true)]
    public void Nothing_remains_but_what_is_there_to_stay(string name, string text, bool isViolation)
    {
        string file = Path.GetFullPath($"{Data}/{name}");
        _machine.Disk.CreateDirectory(Path.GetDirectoryName(file)!);
        _machine.Disk.File.WriteAllText(file, text);
        Tell(isViolation ? "is left" : null, _oracle.CheckRemains);
    }

    private void Tell(string? violation, Action what)
    {
        if (violation is null)
            what();
        else
            Assert.Throws<ProcessKilledException>(what);
        Assert.Contains(violation ?? "nothing", _machine.Failure ?? "nothing", StringComparison.Ordinal);
    }

    private void Decide(SimProcess process, Action<LockChanges> change)
    {
        var changes = new LockChanges();
        change(changes);
        _machine.EnteredGuard(process);
        _oracle.Decided(process, changes);
    }

    /// <summary>A lease without a session, with its record.</summary>
    private Belief Grant(SimProcess process, string agent, string resource, string leaseId, LockMode mode = LockMode.Exclusive, long? sent = null)
    {
        string file = FileOf(resource);
        _machine.Disk.File.WriteAllText(file, (_machine.Disk.File.Exists(file) ? _machine.Disk.File.ReadAllText(file) : "") + leaseId);
        var lease = new Lease { Resource = resource, Agent = agent, Mode = mode, LeaseId = leaseId, Ttl = Ttl };
        var result = new AcquireResult { Outcome = AcquireOutcome.Granted, Message = "", Leases = [new GrantedLease(lease, Reentrant: false, TookOver: [])] };
        return _oracle.Begin(process, new LockRequest(agent, resource) { Mode = mode }, result, sent ?? _machine.Now);
    }

    private string FileOf(string resource) => new StorePaths(_machine.Disk, SimProcess.Folder, "0123").FileOf(LockResource.FromCanonical(resource));

    private LockEvent End(LockEventKind how, string leaseId) => new(1, _machine.Wall, how, "path:x.cs", "a", leaseId, FencingToken: 1, By: null, Why: null);
}
