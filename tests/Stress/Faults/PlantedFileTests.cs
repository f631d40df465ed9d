using System.Runtime.InteropServices;
using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress.Faults;

/// <summary>
/// Links, pipes and folders where the store has its files: nothing they lead to is changed, nothing hangs, and no lock beside them is given away.
/// Each of them is tried with the commands as they come, in processes of their own, so that one that hangs can be ended.
/// </summary>
public sealed partial class PlantedFileTests(ITestOutputHelper output)
{
    private const string Outside = "precious, and not a lock";

    /// <summary>What has its place in a store, and is created here first; {0} is the folder with the records.</summary>
    private static readonly string[] Places =
    [
        "{0}/locks/path=planted.cs.json", "{0}/globs/glob=planted+%2a%2a.json", "{0}/waiting/0000000000000000001.json", "{0}/next.tmp", "{0}/journal.jsonl",
        "{0}/journal.1.jsonl", "{0}/root", "{0}/moved", "{0}/sessions/0197a0b1c2d3e4f5061728394a5b6c7d", "{0}/corrupt", "{0}/locks", "{0}/globs", "{0}/waiting", "{0}/sessions", "guard", "guard.line",
    ];

    private static readonly string[] Kinds = ["a link to a file", "a link to nothing", "a link to a pipe", "a link to a folder", "a link to an endless device", "a pipe", "a folder"];

    /// <summary>With the exit codes that a store in order gives.</summary>
    private static readonly (string Line, int Code)[] Commands =
    [
        ("list", CommandEnd.Done), ("who-has held.cs", CommandEnd.Done), ("check --agent a held.cs", CommandEnd.Done), ("history", CommandEnd.Done),
        ("acquire --agent b held.cs", CommandEnd.Refused), ("acquire --agent b hel*", CommandEnd.Refused), ("acquire --agent b planted.cs", CommandEnd.Done),
        ("acquire --agent b planted/**", CommandEnd.Done), ("renew --agent a --all --ttl 3h", CommandEnd.Done), ("release --agent b --all", CommandEnd.Done),
        ("cleanup-stale-locks", CommandEnd.Done), ("break planted.cs --agent boss --reason why", CommandEnd.Done), ("release --agent a held.cs", CommandEnd.Done),
    ];

    [NativeFact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task Planted_links_pipes_and_folders_neither_hang_nor_ruin_nor_give_away()
    {
        int seed = Seed.New(output);
        using var trials = new Trials(output, "planted files", "commands", seed);
        var budget = Proof.Budget(5, 0.02);
        var scenes = (from place in Places from kind in Kinds select (place, kind)).ToArray();
        new Random(seed).Shuffle(scenes);
        int set = 0;
        List<string> violations = [];
        foreach (var (place, kind) in scenes.TakeWhile(_ => Proof.IsLong || trials.Elapsed < budget))
        {
            set++;
            using var scene = await Scene.SetAsync(place, kind);
            foreach (var (line, code) in Commands)
            {
                trials.Tried++;
                // A folder that is put in the place of the locks takes them away; that is nothing anybody could notice.
                int expected = place == "{0}/locks" && kind.EndsWith("folder", StringComparison.Ordinal) ? CommandEnd.Done : code;
                if (await scene.TroubleAsync(line, expected) is { } trouble)
                {
                    violations.Add($"{place} is {kind}, {line}: {trouble}");
                    break;
                }
            }
        }
        trials.Notes = FormattableString.Invariant($"{set} of {scenes.Length} pairs of place and kind");
        Assert.True(set > 2, $"only {set} pairs of place and kind in that time");
        trials.End(violations);
    }

    private sealed class Scene(Tree tree, string outside) : IDisposable
    {
        public static async Task<Scene> SetAsync(string place, string kind)
        {
            var tree = Tree.Create();
            Assert.Equal(CommandEnd.Done, (await NativeCommand.RunAsync(tree.Root, "acquire", "--agent", "a", "held.cs", "--ttl", "2h")).Code);
            string store = Path.Combine(tree.Root, ".git", "swarmlocks");
            string data = Directory.EnumerateDirectories(store).Single();
            string outside = Directory.CreateTempSubdirectory("swarmlocks-stress-").FullName;
            File.WriteAllText(Path.Combine(outside, "file"), Outside);
            Directory.CreateDirectory(Path.Combine(outside, "folder"));
            Assert.Equal(0, MakePipe(Path.Combine(outside, "pipe"), 0x180));
            Plant(Path.Combine(store, place.Replace("{0}", data, StringComparison.Ordinal)), kind, outside);
            return new Scene(tree, outside);
        }

        public async Task<string?> TroubleAsync(string line, int code)
        {
            var end = await NativeCommand.RunBelowAsync(["timeout", "-s", "KILL", "5"], tree.Root, line.Split(' '));
            bool refusedToJudge = end.Code == CommandEnd.Store || (end.Code == CommandEnd.Failed && line.StartsWith("cleanup", StringComparison.Ordinal));
            return end.Code == 128 + 9 ? "it hung"
                : end.Trouble() is { } trouble ? $"{trouble}: {end}"
                : end.Code == CommandEnd.Done && code == CommandEnd.Refused ? $"it was given away: {end}"
                // What is planted may look held, and a lock may be gone with the folder that it was in.
                : end.Code != code && !refusedToJudge && end.Code != CommandEnd.Refused ? $"{end}"
                : File.ReadAllText(Path.Combine(outside, "file")) != Outside ? "it changed a file outside"
                : Directory.EnumerateFileSystemEntries(outside).Count() != 3 ? "it made or removed a file outside" : null;
        }

        public void Dispose()
        {
            tree.Dispose();
            Directory.Delete(outside, recursive: true);
        }

        private static void Plant(string at, string kind, string outside)
        {
            if (Directory.Exists(at))
                Directory.Delete(at, recursive: true);
            else
                File.Delete(at);
            if (kind == "a pipe")
                Assert.Equal(0, MakePipe(at, 0x180));
            else if (kind == "a folder")
                Directory.CreateDirectory(at);
            else
                File.CreateSymbolicLink(at, kind switch
                {
                    "a link to a file" => Path.Combine(outside, "file"),
                    "a link to nothing" => Path.Combine(outside, "nothing"),
                    "a link to a pipe" => Path.Combine(outside, "pipe"),
                    "a link to a folder" => Path.Combine(outside, "folder"),
                    _ => "/dev/zero",
                });
        }
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakePipe(string path, uint mode);
}
