using System.IO.Abstractions;
using SwarmLocks.Platform;

namespace SwarmLocks.FileStore;

/// <summary>Tells of single files by listening to the folder that all of them are in, where the system tells of folders only.</summary>
internal sealed class FolderNotices : IFileNotices
{
    private readonly Lock _gate = new();
    private readonly List<Notice> _notices = [];
    private readonly IFileSystemWatcher? _watcher;

    public FolderNotices(IFileSystem files, string folder) => _watcher = WatcherOf(files, folder);

    public IDisposable? Tell(string path, Action gone)
    {
        if (_watcher is null)
            return null;
        var notice = new Notice(this, path, gone);
        lock (_gate)
            _notices.Add(notice);
        return notice;
    }

    public void Dispose() => _watcher?.Dispose();

    private void Raise(string path)
    {
        List<Notice> told;
        lock (_gate)
        {
            told = _notices.FindAll(notice => notice.Path == path);
            told.ForEach(notice => _notices.Remove(notice));
        }
        told.ForEach(notice => notice.Gone());
    }

    private IFileSystemWatcher? WatcherOf(IFileSystem files, string folder)
    {
        IFileSystemWatcher? watcher = null;
        try
        {
            watcher = files.FileSystemWatcher.CreateNew(folder);
            watcher.IncludeSubdirectories = true;
            watcher.NotifyFilter = NotifyFilters.FileName;
            watcher.Created += (_, change) => Raise(change.FullPath);
            watcher.Deleted += (_, change) => Raise(change.FullPath);
            watcher.Renamed += (_, change) => Raise(change.FullPath);
            watcher.EnableRaisingEvents = true;
            return watcher;
        }
        catch (Exception error) when (error is IOException or ArgumentException or NotSupportedException or NotImplementedException or UnauthorizedAccessException)
        {
            // The file system has no notifications, or none to spare: whoever waits looks for itself.
            watcher?.Dispose();
            return null;
        }
    }

    private sealed class Notice(FolderNotices notices, string path, Action gone) : IDisposable
    {
        public string Path => path;

        public Action Gone => gone;

        public void Dispose()
        {
            lock (notices._gate)
                notices._notices.Remove(this);
        }
    }
}
