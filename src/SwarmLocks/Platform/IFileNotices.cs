namespace SwarmLocks.Platform;

/// <summary>Tells when single files go, so that nobody hears of all the others. Safe for concurrent use; after disposal nothing is told.</summary>
internal interface IFileNotices : IDisposable
{
    /// <summary>
    /// Tells once when the file now at <paramref name="path"/> has been deleted, renamed or replaced, or when whoever had opened it to write has closed it, as the system does for a process that ends.
    /// </summary>
    /// <param name="path">Which; a link is not followed.</param>
    /// <param name="gone">Called on a thread that everybody waits for; now and then for nothing.</param>
    /// <returns>Ends it. Null when there is no such file, or the system has none to spare: then nothing is told.</returns>
    IDisposable? Tell(string path, Action gone);
}
