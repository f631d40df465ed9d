using System.Globalization;
using System.Text.RegularExpressions;
using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress.Faults;

/// <summary>
/// The kernel refuses one call of the command on its store, each in turn, with each error: then it is done completely or not at all, and it says so;
/// above all nobody gets what somebody has.
/// </summary>
[Collection(Swarm.Name)]
public sealed partial class InjectedErrorTests(ITestOutputHelper output)
{
    private static readonly string[] Errors = ["ENOSPC", "EIO", "EMFILE", "ENOLCK", "EACCES", "EROFS", "EINTR"];

    /// <summary>Those that a signal can interrupt at all: they are to be tried again. The kernel interrupts no <c>lstat</c>; if it did, it would be refused like the rest.</summary>
    private static readonly HashSet<string> Interruptible = ["openat", "flock", "pread64", "pwrite64", "read", "write", "ftruncate", "fstatfs", "close"];

    /// <summary>However slow the machine is.</summary>
    private const int AtLeast = 50;

    /// <summary>What is tried, and the exit code without a failure.</summary>
    private static readonly Operation[] Operations =
    [
        new("acquire --agent a new.cs new/** stale.cs", CommandEnd.Done),
        new("acquire --agent a first.cs", CommandEnd.Done) { WithoutStore = true },
        new("acquire --agent a x* --ttl 2h", CommandEnd.Done),
        new("renew --agent a --all --ttl 20h", CommandEnd.Done),
        new("release --agent a --all", CommandEnd.Done),
        new("cleanup-stale-locks", CommandEnd.Done),
        new("break held.cs --agent boss --reason why", CommandEnd.Done),
        new("list", CommandEnd.Done),
        new("check --agent a held.cs", CommandEnd.Done),
        new("who-has held.cs", CommandEnd.Done),
        // These must never come true.
        new("acquire --agent b held.cs", CommandEnd.Refused),
        new("acquire --agent b hel*", CommandEnd.Refused),
        new("acquire --agent b held/x.cs", CommandEnd.Refused),
        new("check --agent b held.cs", CommandEnd.Refused),
        new("release --agent b held.cs", CommandEnd.NotYours),
        new("wait held.cs --timeout 0s", CommandEnd.Refused),
        new("acquire --agent b bad.cs", CommandEnd.Refused),
        new("acquire --agent b ba*", CommandEnd.Refused),
        new("break bad.cs --agent boss --reason why", CommandEnd.Done),
        new("history", CommandEnd.Done),
    ];

    [NativeFact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task Each_refused_call_leaves_the_old_state_or_the_new_one_and_says_which()
    {
        int seed = Seed.New(output);
        var random = new Random(seed);
        using var tree = Tree.Create();
        await PrepareAsync(tree);
        var pairs = new List<(Rehearsal Rehearsal, SystemCall Call, string Error)>();
        foreach (var operation in Operations)
        {
            var rehearsal = await Rehearsal.NewAsync(tree, operation);
            // No local disk interrupts the reading of a folder, and the runtime never leaves readdir again once that happened.
            pairs.AddRange(from call in rehearsal.Calls from error in Errors where !(error == "EINTR" && call.Name == "getdents64") select (rehearsal, call, error));
        }
        random.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(pairs));
        // From here on: rehearsing may take a while on a busy machine.
        using var trials = new Trials(output, "one refused system call", "errors injected", seed);
        var budget = Proof.Budget(10, 0.12);
        int survived = 0, begun = 0;
        List<string> violations = [];
        foreach (var (rehearsal, call, error) in pairs.TakeWhile(_ => Proof.IsLong || trials.Tried < AtLeast || trials.Elapsed < budget))
        {
            begun++;
            var (injected, done, trouble) = await rehearsal.FailAsync(call, error);
            trials.Tried += injected ? 1 : 0;
            survived += done ? 1 : 0;
            if (trouble is not null)
                violations.Add(trouble);
        }
        trials.Notes = string.Create(
            CultureInfo.InvariantCulture, $"{Operations.Length} operations, {pairs.Count} pairs of call and error in all, {begun} begun; {survived} times it was done all the same");
        // A run that does not come to its call is tried for nothing.
        Assert.True(trials.Tried >= 0.99 * begun, $"only {trials.Tried} of {begun} errors could be injected");
        trials.End(violations);
    }

    private static async Task PrepareAsync(Tree tree)
    {
        foreach (string line in (string[])["--agent a held.cs held/**", "--agent a both.cs --shared", "--agent b both.cs --shared", "--agent c stale.cs", "--agent d src/old.cs"])
            Assert.Equal(CommandEnd.Done, (await NativeCommand.RunAsync(tree.Root, ["acquire", "--ttl", "10h", .. line.Split(' ')])).Code);
        string store = Path.Combine(tree.Root, ".git", "swarmlocks");
        foreach (string file in (string[])["path=stale.cs.json", "path=src+old.cs.json"])
        {
            string lockFile = Directory.EnumerateFiles(store, file, SearchOption.AllDirectories).Single();
            File.WriteAllText(Path.Combine(Path.GetDirectoryName(lockFile)!, "path=bad.cs.json"), "nonsense\n");
            File.WriteAllText(lockFile, ExpiresMs().Replace(File.ReadAllText(lockFile), "\"expires_ms\":1"));
        }
    }

    [GeneratedRegex("\"expires_ms\":[0-9]+", RegexOptions.None, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex ExpiresMs();

    /// <param name="Line">The arguments of the command.</param>
    /// <param name="Code">Its exit code when nothing fails.</param>
    private sealed record Operation(string Line, int Code)
    {
        public string[] Arguments => Line.Split(' ');

        /// <summary>In a tree in which nobody has asked for a lock yet.</summary>
        public bool WithoutStore { get; init; }
    }

    /// <summary>One operation, from one state, and how it ends when nothing fails.</summary>
    private sealed class Rehearsal(Tree tree, Operation operation, StoreImage before)
    {
        private string[] _paths = [];
        private CommandEnd _clean = new(CommandEnd.Hung, "", "");
        private string _meaning = "";

        public IReadOnlyList<SystemCall> Calls { get; private set; } = [];

        public static async Task<Rehearsal> NewAsync(Tree prepared, Operation operation)
        {
            var tree = operation.WithoutStore ? new Tree(Directory.CreateDirectory(prepared.File("fresh")).FullName) : prepared;
            Directory.CreateDirectory(tree.File(".git"));
            var rehearsal = new Rehearsal(tree, operation, StoreImage.Of(tree));
            string store = Path.Combine(tree.Root, ".git", "swarmlocks");
            var named = await RefusedCall.PathsAsync(tree, store, operation.Arguments);
            rehearsal._paths = [.. named, tree.File(".git")];
            rehearsal._meaning = StoreImage.Of(tree).Meaning;
            rehearsal.Restore();
            rehearsal.Calls = await RefusedCall.AllAsync(tree, rehearsal._paths, operation.Arguments);
            rehearsal.Restore();
            rehearsal._clean = await NativeCommand.RunAsync(tree.Root, operation.Arguments);
            rehearsal.Restore();
            Assert.Equal(operation.Code, rehearsal._clean.Code);
            return rehearsal;
        }

        public async Task<(bool Injected, bool Done, string? Trouble)> FailAsync(SystemCall call, string error)
        {
            var (end, injected) = await RefusedCall.FailAsync(tree, _paths, call, error, operation.Arguments);
            if (injected is null)
            {
                Restore();
                return (false, false, null);
            }
            var after = StoreImage.Of(tree);
            string? trouble = end.Trouble() ?? Judge(end, error == "EINTR" && Interruptible.Contains(call.Name), after);
            if (trouble is null && end.Code != operation.Code)
            {
                var again = await NativeCommand.RunAsync(tree.Root, operation.Arguments);
                if (again.Code != operation.Code || StoreImage.Of(tree).Meaning != _meaning)
                    trouble = $"the next plain command suffers: {again}\n{StoreImage.Of(tree).Meaning}";
            }
            Restore();
            return (true, end.Code == operation.Code, trouble is null ? null : $"{operation.Line}: {trouble}\n{injected}\n{end}");
        }

        private string? Judge(CommandEnd end, bool interrupted, StoreImage after)
        {
            if (end.Code == operation.Code)
            {
                return after.Meaning != _meaning ? $"done, but not completely:\n{after.Meaning}\nin place of\n{_meaning}"
                    : operation.Line == "list" && end.Out.Split('\n').Length != _clean.Out.Split('\n').Length ? "it does not tell everything" : null;
            }
            bool said = end.Code == CommandEnd.Store || (end.Code == CommandEnd.Failed && operation.Line == "cleanup-stale-locks");
            return !said ? "it says something else than that the store cannot be used"
                : interrupted ? "an interrupted call is not a failure"
                : end.Code == CommandEnd.Failed ? JudgePart(end, after)
                : after.DifferenceFrom(before) is { Length: > 0 } difference ? $"refused, but changed:\n{difference}" : null;
        }

        /// <summary>A clean-up that fails half-way tells what it did.</summary>
        private string? JudgePart(CommandEnd end, StoreImage after)
        {
            int told = end.Out.Split('\n').Count(line => line.StartsWith("removed path:", StringComparison.Ordinal));
            int removed = after.Meaning.Split('\n').Except(before.Meaning.Split('\n')).Count();
            return told == removed ? null : $"it removed {removed} and told of {told}";
        }

        private void Restore()
        {
            before.Restore();
            if (operation.WithoutStore)
                Assert.False(Directory.Exists(Path.Combine(tree.Root, ".git", "swarmlocks")));
        }
    }
}
