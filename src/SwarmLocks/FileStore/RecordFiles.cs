using System.IO.Abstractions;
using SwarmLocks.Policy;

namespace SwarmLocks.FileStore;

/// <summary>Reads the lock files that a decision has to see.</summary>
/// <remarks>
/// Without the guard a file may come, go or be replaced at any moment: one that vanished between listing and opening was released,
/// and one without its final newline is being written. Under the guard nobody else writes, so such a file is the remnant of a dead writer.
/// </remarks>
internal sealed class RecordFiles(IFileSystem files, StorePaths paths, bool underGuard)
{
    public const string Extension = ".json";

    private readonly Snapshot _found = new();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    /// <summary>Loads what <paramref name="scope"/> asks for.</summary>
    public Snapshot Load(LockScope scope)
    {
        if (scope.Waiters)
            LoadWaiters();
        if (scope.Resources is null)
        {
            LoadNamed(paths.Locks, _ => true);
            LoadNamed(paths.Globs, _ => true);
        }
        else if (!scope.Overlapping)
        {
            foreach (var resource in scope.Resources)
                LoadLock(paths.FileOf(resource), resource);
        }
        else
        {
            // A place in line depends on who holds what the earlier ones wait for, so that counts as asked for too.
            LoadOverlapping([.. scope.Resources.Concat(_found.Waiters.SelectMany(w => w.Resources)).Distinct()]);
        }
        return _found;
    }

    /// <summary>
    /// Paths and named things have a file with their own name, so only patterns need a look at names. Names decide without opening a file,
    /// except hashed ones.
    /// </summary>
    private void LoadOverlapping(IReadOnlyList<LockResource> asked)
    {
        foreach (var resource in asked.Where(r => !r.IsPattern))
            LoadLock(paths.FileOf(resource), resource);
        var patterns = asked.Where(r => r.IsPattern).ToList();
        var ofFiles = asked.Where(r => r.IsPath || r.IsGlob).ToList();
        if (patterns.Count > 0)
            LoadNamed(paths.Locks, name => Overlaps(patterns, name));
        if (ofFiles.Count > 0)
            LoadNamed(paths.Globs, name => Overlaps(ofFiles, name));
    }

    private static bool Overlaps(List<LockResource> asked, string name)
    {
        if (LockFileName.IsHashed(name))
            return true;
        return LockFileName.TryDecode(name) is { } named && asked.Exists(resource => GlobOverlap.Witness(resource, named) is not null);
    }

    private void LoadNamed(string directory, Predicate<string> isAsked)
    {
        foreach (string file in List(directory))
        {
            if (isAsked(NameOf(file)))
                LoadLock(file, LockFileName.TryDecode(NameOf(file)));
        }
    }

    /// <summary>Reads a lock file; <paramref name="named"/> is what its name says, as far as it says.</summary>
    private void LoadLock(string file, LockResource? named)
    {
        if (!_seen.Add(file) || Read(file, out string? why) is not { } bytes)
            return;
        string name = NameOf(file);
        LockRecord? record = null;
        why ??= LockFileFormat.TryRead(bytes, out record) ?? NameTrouble(record!);
        if (why is null)
        {
            _found.Originals[file] = bytes;
            _found.Records.Add(record!);
        }
        else if (named is not null || LockFileName.IsHashed(name))
        {
            // Any other name is one that nothing here writes: the file of some other program.
            _found.Unreadable.Add(new UnreadableLock(file, named, new DateTimeOffset(files.File.GetLastWriteTimeUtc(file)), why));
        }

        string? NameTrouble(LockRecord record) => LockFileName.Encode(record.Resource) == name ? null : "it speaks of another resource than its name";
    }

    private void LoadWaiters()
    {
        foreach (string file in List(paths.Waiting).Order(StringComparer.Ordinal))
        {
            if (Read(file, out string? trouble) is not { } bytes)
                continue;
            if (trouble is null && LockFileFormat.TryRead(bytes, out LockWaiter? waiter) is null && paths.FileOf(waiter!.Ticket) == file)
            {
                _found.Originals[file] = bytes;
                _found.Waiters.Add(waiter);
            }
            else if (underGuard)
            {
                // A place in line protects nothing: whoever it was asks again.
                files.File.Delete(file);
            }
        }
    }

    private IEnumerable<string> List(string directory)
    {
        try
        {
            return [.. files.Directory.EnumerateFiles(directory, "*" + Extension)];
        }
        catch (DirectoryNotFoundException) when (!underGuard)
        {
            // Somebody deletes the whole store while we read.
            return [];
        }
    }

    /// <summary>The content of a finished file; null when there is none.</summary>
    /// <param name="file">Which.</param>
    /// <param name="trouble">Why it was not opened; null for a file that was.</param>
    private byte[]? Read(string file, out string? trouble)
    {
        trouble = null;
        byte[] bytes;
        try
        {
            // Mostly there is no lock, and an exception costs more than the whole rest of an acquire.
            if (files.Look(file) is not { } found)
                return null;
            // A planted giant need not be read to be refused.
            trouble = found.IsLink ? "it is a symbolic link" : found.Length > LockFileFormat.MaxBytes ? "it is too large" : null;
            if (trouble is not null)
                return [];
            bytes = found.IsPlain ? files.File.ReadAllBytes(file) : [];
        }
        catch (FileNotFoundException)
        {
            // Released since we looked, or removed by an operator.
            return null;
        }
        catch (DirectoryNotFoundException) when (!underGuard)
        {
            return null;
        }
        return LockFileFormat.IsComplete(bytes) ? bytes : Remnant(file);
    }

    /// <summary>Under the guard nobody is writing it any more.</summary>
    private byte[]? Remnant(string file)
    {
        if (underGuard)
            files.File.Delete(file);
        return null;
    }

    private string NameOf(string file) => files.Path.GetFileNameWithoutExtension(file);

    /// <summary>What was found, and the bytes it was found in.</summary>
    internal sealed class Snapshot
    {
        public List<LockRecord> Records { get; } = [];

        public List<UnreadableLock> Unreadable { get; } = [];

        public List<LockWaiter> Waiters { get; } = [];

        public Dictionary<string, byte[]> Originals { get; } = new(StringComparer.Ordinal);
    }
}
