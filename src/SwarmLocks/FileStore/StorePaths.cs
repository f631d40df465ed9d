using System.IO.Abstractions;

namespace SwarmLocks.FileStore;

/// <summary>The files of one store. All but the guard lie below its id: a store that was deleted and made anew has other paths, so that a paused writer of the old one finds nothing to write to.</summary>
internal sealed class StorePaths(IFileSystem files, string store, string id)
{
    private readonly string _data = files.Path.Combine(store, id);

    public string Id => id;

    /// <summary>A path or a named thing each.</summary>
    public string Locks => files.Path.Combine(_data, "locks");

    /// <summary>A glob or a directory each.</summary>
    public string Globs => files.Path.Combine(_data, "globs");

    /// <summary>A request in line each.</summary>
    public string Waiting => files.Path.Combine(_data, "waiting");

    /// <summary>A process life each.</summary>
    public string Sessions => files.Path.Combine(_data, "sessions");

    /// <summary>Unreadable lock files that are out of the way.</summary>
    public string Corrupt => files.Path.Combine(_data, "corrupt");

    public string Journal => files.Path.Combine(_data, "journal.jsonl");

    public string OlderJournal => files.Path.Combine(_data, "journal.1.jsonl");

    /// <summary>Where the holder of the guard prepares a record before it replaces another; one name, so that a killed writer leaves at most one.</summary>
    public string Next => files.Path.Combine(_data, "next.tmp");

    /// <summary>Which tree the store belongs to, for readers, who do not open the guard.</summary>
    public string Tree => files.Path.Combine(_data, "root");

    /// <summary>Tells readers that the tree has another store now.</summary>
    public string Moved => files.Path.Combine(_data, "moved");

    public IReadOnlyList<string> Directories => [Locks, Globs, Waiting, Sessions, Corrupt];

    /// <summary>The folder that all of it is in.</summary>
    public string Data => _data;

    /// <summary>The lock file of <paramref name="resource"/>.</summary>
    public string FileOf(LockResource resource) =>
        files.Path.Combine(resource.IsPattern ? Globs : Locks, LockFileName.Encode(resource) + RecordFiles.Extension);

    /// <summary>The file of the request with this place in line; names sort like places.</summary>
    public string FileOf(long ticket) =>
        files.Path.Combine(Waiting, ticket.ToString("d19", System.Globalization.CultureInfo.InvariantCulture) + RecordFiles.Extension);

    public static string GuardOf(IFileSystem files, string store) => files.Path.Combine(store, "guard");
}
