using System.IO.Abstractions;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using SwarmLocks.Platform;

namespace SwarmLocks.Tests.Stress;

/// <summary>A working tree of its own for one test.</summary>
internal sealed class Tree(string root) : IDisposable
{
    public string Root => root;

    /// <summary>Where its locks are.</summary>
    public string Store => Path.Combine(root, ".git", "swarmlocks");

    public static Tree Create()
    {
        var tree = new Tree(Directory.CreateTempSubdirectory("swarmlocks-stress-").FullName);
        // The git folder is what makes it a tree; no git is needed.
        Directory.CreateDirectory(Path.Combine(tree.Root, ".git"));
        return tree;
    }

    /// <summary>A manager of this tree, which accepts leases as short as a test needs them.</summary>
    public LockManager Open(TimeSpan? guardTimeout = null) => new(Options(guardTimeout));

    /// <summary>The same with a clock of its own.</summary>
    public LockManager Open(TimeProvider time) => new(Options(), new FileSystem(), SystemPlatform.Current, time, NullLogger.Instance);

    private LockManagerOptions Options(TimeSpan? guardTimeout = null) => new()
    {
        Directory = root,
        MinTtl = TimeSpan.FromMilliseconds(1),
        PollMin = TimeSpan.FromMilliseconds(10),
        GuardTimeout = guardTimeout ?? TimeSpan.FromSeconds(60),
    };

    /// <summary>Where a store that exists has everything but the guard.</summary>
    public string DataFolder => Path.GetDirectoryName(Directory.EnumerateFiles(Path.Combine(root, ".git", "swarmlocks"), "root", SearchOption.AllDirectories).Single())!;

    public string File(string name) => Path.Combine(root, name);

    /// <summary>
    /// The files of the store, but for what is there to stay: the guard, the marker of the tree, the journal, and empty records that count how often
    /// a stale holder was found.
    /// </summary>
    public IReadOnlyList<string> LeftInStore()
    {
        return
        [
            .. Directory.EnumerateFiles(Store, "*", SearchOption.AllDirectories)
                .Where(file => Path.GetFileName(file) is not ("guard" or "guard.line" or "root" or "journal.jsonl" or "journal.1.jsonl") && !IsOnlyACount(file))
                .Select(file => Path.GetRelativePath(Store, file)),
        ];
    }

    private static bool IsOnlyACount(string file)
    {
        if (Path.GetFileName(Path.GetDirectoryName(file)) is not ("locks" or "globs"))
            return false;
        using var record = JsonDocument.Parse(System.IO.File.ReadAllBytes(file));
        return record.RootElement.GetProperty("holders").GetArrayLength() == 0 && record.RootElement.GetProperty("abandoned").GetInt32() > 0;
    }

    public void Dispose() => Directory.Delete(root, recursive: true);
}
