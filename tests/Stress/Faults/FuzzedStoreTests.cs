using SwarmLocks.Tests.Unit.TestSupport;
using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress.Faults;

/// <summary>
/// Files of a store are spoilt at random, and then everything is asked of it: nothing but the errors that a caller expects comes of it, readers change nothing,
/// and a whole record beside the spoilt ones still excludes.
/// </summary>
public sealed class FuzzedStoreTests(ITestOutputHelper output)
{
    private const string Kept = "keep.cs";
    private const string Keeper = "keeper";

    /// <summary>In a proof; a plain run takes what it can within its time.</summary>
    private const int AtLeast = 100_000;

    [Fact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task Whatever_is_in_the_files_nothing_unexpected_happens_and_a_whole_record_excludes()
    {
        int seed = Seed.New(output);
        var random = new Random(seed);
        using var trials = new Trials(output, "spoilt files in a store", "inputs", seed);
        var budget = Proof.Budget(10, 0.05);
        int refused = 0;
        while (trials.Elapsed < budget || (Proof.IsLong && trials.Tried < AtLeast))
        {
            var scene = await Scene.SetAsync(random);
            for (int i = 0; i < 200; i++, trials.Tried++)
                refused += await scene.TryAsync() ? 0 : 1;
        }
        trials.Notes = FormattableString.Invariant($"{refused} questions were answered with an error of the contract");
        Assert.True(trials.Tried > 1000, $"only {trials.Tried} inputs in that time");
        trials.End();
    }

    /// <summary>One store in memory, its files as they should be, and those as they are spoilt.</summary>
    private sealed class Scene
    {
        private readonly MemoryManagers _process = new();
        private readonly Random _random;
        private readonly Mutation _mutation;
        private Dictionary<string, byte[]> _whole = [];
        private string _kept = "";

        private Scene(Random random) => (_random, _mutation) = (random, new Mutation(random));

        private MemoryFileSystem Files => _process.Memory.Files;

        public static async Task<Scene> SetAsync(Random random)
        {
            var scene = new Scene(random);
            await using var locks = scene._process.Open();
            await TakeAsync(locks, Keeper, LockMode.Exclusive, Kept);
            await TakeAsync(locks, "a", LockMode.Exclusive, "a.cs", "src/**", "plan:7", new string('n', 300));
            await TakeAsync(locks, "b", LockMode.Shared, "both.cs");
            await TakeAsync(locks, "c", LockMode.Shared, "both.cs");
            scene._kept = scene._process.Memory.FileOf("path:" + Kept);
            scene.Files.File.WriteAllBytes(
                scene._process.Memory.Data + "/waiting/0000000000000000007.json",
                SwarmLocks.FileStore.LockFileFormat.ToBytes(Records.Waiter(scene._process.Memory.Now, 7, "w", session: null, "path:a.cs")));
            scene._whole = scene.Snapshot();
            return scene;
        }

        /// <summary>Spoils some files and asks one thing. False when the answer was an error.</summary>
        public async Task<bool> TryAsync()
        {
            Restore();
            string what = Spoil();
            var spoilt = Snapshot();
            await using var locks = _process.Open();
            try
            {
                await AskAsync(locks, what, spoilt);
                return true;
            }
            catch (LockException)
            {
                return false;
            }
            catch (Exception error) when (error is not Xunit.Sdk.XunitException)
            {
                throw new InvalidOperationException($"{what}\n{error}", error);
            }
            finally
            {
                // Whoever was refused, and whoever was granted something else: this one stands.
                AssertKept(what);
            }
        }

        private static async Task TakeAsync(LockManager locks, string agent, LockMode mode, params string[] resources) =>
            Assert.True((await locks.TryAcquireAsync(new LockRequest(agent, resources) { Mode = mode, OutlivesProcess = true, Ttl = TimeSpan.FromHours(1) })).Granted);

        private string Spoil()
        {
            string[] names = [.. _whole.Keys.Where(f => f != _kept && !f.Contains("/sessions/", StringComparison.Ordinal))];
            List<string> done = [];
            for (int times = _random.Next(1, 3); times > 0; times--)
            {
                string name = names[_random.Next(names.Length)];
                byte[] bytes = _mutation.Spoil(_whole[name]);
                if (_random.Next(10) == 0)
                {
                    // Under the name of another, but for the one that is to be kept.
                    string other = names[_random.Next(names.Length)];
                    bytes = _random.Next(2) == 0 ? _whole[_kept] : _whole[other];
                }
                Files.File.WriteAllBytes(name, bytes);
                done.Add($"{name}: {System.Text.Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, 2000)))}");
            }
            return string.Join('\n', done);
        }

        private async Task AskAsync(LockManager locks, string what, Dictionary<string, byte[]> spoilt)
        {
            string[] resources = ["a.cs", "src/x.cs", "both.cs", "plan:7", new('n', 300), "new.cs", "src/**", "*"];
            string resource = resources[_random.Next(resources.Length)];
            switch (_random.Next(14))
            {
                case 0: await ReadingAsync(what, spoilt, locks.ListAsync()); break;
                case 1: await ReadingAsync(what, spoilt, locks.WhoHasAsync(resource)); break;
                case 2: await ReadingAsync(what, spoilt, locks.CheckAsync("a", [resource])); break;
                case 3: await ReadingAsync(what, spoilt, locks.HistoryAsync(new HistoryQuery())); break;
                case 4: await ReadingAsync(what, spoilt, locks.CountStaleLocksAsync()); break;
                case 5: await locks.CleanupStaleLocksAsync(); break;
                case 6: await locks.CleanupAgentLocksAsync("a"); break;
                case 7: await locks.RenewAsync(LeaseSelector.All("a")); break;
                case 8: await locks.ReleaseAllAsync("a"); break;
                case 9: await locks.BreakAsync("a.cs", "boss", "why"); break;
                case 10: await locks.ResetAsync(resource, "boss"); break;
                case 11: await OnceOnlyAsync(locks, resource); break;
                default: Assert.False(await StealsAsync(locks), $"stolen:\n{what}"); break;
            }
        }

        private async Task ReadingAsync(string what, Dictionary<string, byte[]> spoilt, Task read)
        {
            await read;
            Assert.True(Same(spoilt, Snapshot()), $"A reader changed something:\n{what}");
        }

        /// <summary>Whatever there was before, what somebody was granted nobody else is.</summary>
        private static async Task OnceOnlyAsync(LockManager locks, string resource)
        {
            if (!(await locks.TryAcquireAsync(Request("x", resource))).Granted)
                return;
            Assert.True(resource != "*", "The kept lock was overlooked.");
            foreach (string overlapping in (string[])[resource, "**"])
                Assert.False((await locks.TryAcquireAsync(Request("y", overlapping))).Granted, $"{resource} was granted twice");
        }

        private async Task<bool> StealsAsync(LockManager locks)
        {
            string[] overlapping = [Kept, "k*", "**/*.cs", "{keep,x}.cs", "./"];
            string way = overlapping[_random.Next(overlapping.Length)];
            return (await locks.TryAcquireAsync(Request("thief", way.StartsWith('{') ? "glob:" + way : way) with { Mode = _random.Next(2) == 0 ? LockMode.Shared : LockMode.Exclusive })).Granted;
        }

        private static LockRequest Request(string agent, string resource) => new(agent, resource) { OutlivesProcess = true };

        private void AssertKept(string what) =>
            Assert.True(Files.File.Exists(_kept) && Files.File.ReadAllBytes(_kept).AsSpan().SequenceEqual(_whole[_kept]), $"The whole record was touched:\n{what}");

        private Dictionary<string, byte[]> Snapshot() => Files.Snapshot().ToDictionary(f => f.Key, f => Convert.FromHexString(f.Value), StringComparer.Ordinal);

        private void Restore()
        {
            foreach (string file in Files.Snapshot().Keys.Where(f => !_whole.ContainsKey(f)))
                Files.File.Delete(file);
            foreach (var (file, bytes) in _whole)
                Files.File.WriteAllBytes(file, bytes);
        }

        private static bool Same(Dictionary<string, byte[]> one, Dictionary<string, byte[]> other) =>
            one.Count == other.Count && one.All(f => other.TryGetValue(f.Key, out byte[]? bytes) && bytes.AsSpan().SequenceEqual(f.Value));
    }
}
