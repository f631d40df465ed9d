using System.IO.Abstractions;

namespace SwarmLocks.FileStore;

/// <summary>The files of one store. All but the guard and its line lie below its id: a store that was deleted and made anew has other paths, so that a paused writer of the old one finds nothing to write to.</summary>
internal sealed class StorePaths(IFileSystem files, string store, string id)
{
    // Read and written by several threads, each time as a whole.
    private Named? _last;

    /// <summary>What the names of lock files say.</summary>
    public NamesOnDisk Names { get; } = new();

    public string Id => id;

    /// <summary>A path or a named thing each.</summary>
    public string Locks { get; } = files.Path.Combine(store, id, "locks");

    /// <summary>A glob or a directory each.</summary>
    public string Globs { get; } = files.Path.Combine(store, id, "globs");

    /// <summary>A request in line each.</summary>
    public string Waiting { get; } = files.Path.Combine(store, id, "waiting");

    /// <summary>A process life each.</summary>
    public string Sessions { get; } = files.Path.Combine(store, id, "sessions");

    /// <summary>Unreadable lock files that are out of the way.</summary>
    public string Corrupt { get; } = files.Path.Combine(store, id, "corrupt");

    public string Journal { get; } = files.Path.Combine(store, id, "journal.jsonl");

    public string OlderJournal { get; } = files.Path.Combine(store, id, "journal.1.jsonl");

    /// <summary>Where the holder of the guard prepares a record before it replaces another; one name, so that a killed writer leaves at most one.</summary>
    public string Next { get; } = files.Path.Combine(store, id, "next.tmp");

    /// <summary>Which tree the store belongs to, for readers, who do not open the guard.</summary>
    public string Tree { get; } = files.Path.Combine(store, id, "root");

    /// <summary>Tells readers that the tree has another store now.</summary>
    public string Moved { get; } = files.Path.Combine(store, id, "moved");

    public IReadOnlyList<string> Directories => [Locks, Globs, Waiting, Sessions, Corrupt];

    /// <summary>The folder that all of it is in.</summary>
    public string Data { get; } = files.Path.Combine(store, id);

    /// <summary>The lock file of <paramref name="resource"/>.</summary>
    public string FileOf(LockResource resource)
    {
        // Nearly always it is the same one several times: when it is loaded, when it is written, and when those who wait are told.
        if (_last is { } last && last.Resource.Equals(resource))
            return last.File;
        string file = files.Path.Join(resource.IsPattern ? Globs : Locks, LockFileName.Encode(resource) + RecordFiles.Extension);
        _last = new Named(resource, file);
        return file;
    }

    /// <summary>The file of the request with this place in line; names sort like places.</summary>
    public string FileOf(long ticket) =>
        files.Path.Combine(Waiting, ticket.ToString("d19", System.Globalization.CultureInfo.InvariantCulture) + RecordFiles.Extension);

    /// <summary>The file of a process life; null for a text that names none.</summary>
    public string? FileOfSession(string session) => SwarmLocks.FileStore.Sessions.IsId(session) ? files.Path.Combine(Sessions, session) : null;

    /// <summary>A new place in <see cref="Corrupt"/> for what lies at <paramref name="file"/>.</summary>
    public string AsideOf(string file) => files.Path.Combine(Corrupt, $"{files.Path.GetFileName(file)}.{Guid.CreateVersion7():n}");

    public static string GuardOf(IFileSystem files, string store) => files.Path.Combine(store, "guard");

    private sealed record Named(LockResource Resource, string File);
}
