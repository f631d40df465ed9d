using System.Globalization;

namespace SwarmLocks.Benchmarks;

/// <summary>A working tree on the disk that is measured, with locks of others in it.</summary>
internal sealed class Scene : IAsyncDisposable
{
    /// <summary>Of what is measured; it overlaps nothing of the others.</summary>
    public const string Mine = "src/mine.cs";

    public const string Agent = "agent";

    private const int LargestRequest = 200;

    /// <summary>A swarm: locks that lie beside each other are mostly of two agents.</summary>
    private const int Agents = 100;

    private Scene(string root) => (Root, Manager) = (root, new LockManager(new LockManagerOptions { Directory = root }));

    public string Root { get; }

    public LockManager Manager { get; }

    /// <summary>What one process at a time holds to change anything.</summary>
    public static string GuardOf(string root) => Path.Combine(StoreOf(root), "guard");

    /// <summary>The lock files of paths.</summary>
    public string Locks => Path.Combine(Data, "locks");

    /// <summary>The lock file of <see cref="Mine"/>.</summary>
    public string MyFile => Path.Combine(Locks, "path=src+mine.cs.json");

    private static string Trees => Path.Combine(AppContext.BaseDirectory, "trees");

    private string Data => Directory.EnumerateDirectories(StoreOf(Root)).Single();

    /// <param name="paths">How many paths others have locked.</param>
    /// <param name="globs">How many globs others have locked, none of which matches <see cref="Mine"/>.</param>
    /// <param name="alike">Whether these globs begin like it, so that it takes more than a look at their beginning.</param>
    public static async Task<Scene> MakeAsync(int paths = 0, int globs = 0, bool alike = false)
    {
        // Beside the program, not in the temporary folder, which may be in memory.
        string root = Directory.CreateDirectory(Path.Combine(Trees, Guid.NewGuid().ToString("n"))).FullName;
        Directory.CreateDirectory(Path.Combine(root, ".git"));
        // What is edited is there: a path that is not is resolved with one look less.
        Directory.CreateDirectory(Path.Combine(root, "src"));
        await System.IO.File.WriteAllTextAsync(Path.Combine(root, Mine), "").ConfigureAwait(false);
        // Another process took them: nothing of theirs is in the memory of the one that is measured.
        var others = new LockManager(new LockManagerOptions { Directory = root });
        await using var _ = others.ConfigureAwait(false);
        await LockAsync(others, Enumerable.Range(0, paths).Select(i => string.Create(CultureInfo.InvariantCulture, $"lib/other-{i:d5}.cs"))).ConfigureAwait(false);
        await LockAsync(others, Enumerable.Range(0, globs).Select(i => string.Create(CultureInfo.InvariantCulture, $"{(alike ? "src" : $"gen-{i:d5}")}/**/*.g{i:d5}.cs"))).ConfigureAwait(false);
        return new Scene(root);
    }

    /// <summary>Another process in the same tree, as good as: a session of its own, and a memory of its own.</summary>
    public LockManager Other() => new(new LockManagerOptions { Directory = Root });

    public string File(string name) => Path.Combine(Root, name);

    public async Task PairAsync()
    {
        var handle = await Manager.AcquireAsync(new LockRequest(Agent, Mine)).ConfigureAwait(false);
        await handle.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>What an acquire writes for <see cref="Mine"/>: the floor writes the same.</summary>
    public async Task<byte[]> RecordAsync()
    {
        await using (await Manager.AcquireAsync(new LockRequest(Agent, Mine)).ConfigureAwait(false))
            return await System.IO.File.ReadAllBytesAsync(MyFile).ConfigureAwait(false);
    }

    /// <summary>
    /// The files stay until <see cref="DeleteAll"/>: ext4 avoids the inodes of files that were deleted in the last minutes by looking at each, so after ten thousand
    /// deletions every creation takes a millisecond, whoever makes it.
    /// </summary>
    public ValueTask DisposeAsync() => Manager.DisposeAsync();

    /// <summary>Removes what all scenes left, when nothing is measured any more.</summary>
    public static void DeleteAll()
    {
        if (Directory.Exists(Trees))
            Directory.Delete(Trees, recursive: true);
    }

    private static string StoreOf(string root) => Path.Combine(root, ".git", "swarmlocks");

    private static async Task LockAsync(LockManager others, IEnumerable<string> resources)
    {
        foreach (var ofOne in resources.Index().GroupBy(one => one.Index % Agents, one => one.Item))
        {
            foreach (string[] some in ofOne.Chunk(LargestRequest))
            {
                var request = new LockRequest(Worker.AgentOf(ofOne.Key), some)
                {
                    OutlivesProcess = true,
                    Ttl = TimeSpan.FromHours(10),
                    Reason = string.Create(CultureInfo.InvariantCulture, $"part {ofOne.Key} of the work"),
                };
                var taken = await others.TryAcquireAsync(request).ConfigureAwait(false);
                if (!taken.Granted)
                    throw new InvalidOperationException(taken.Message);
            }
        }
    }
}
