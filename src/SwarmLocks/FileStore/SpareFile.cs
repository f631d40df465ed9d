using System.IO.Abstractions;

namespace SwarmLocks.FileStore;

/// <summary>What lies where a record is prepared, or was put when another took its place: left by a killed writer, or planted. Only for whoever has the guard.</summary>
internal static class SpareFile
{
    /// <summary>Removes it: a record, or a link, through which a new one would be written; a folder, which nothing here makes, is set aside.</summary>
    /// <returns>Whether there was anything.</returns>
    public static bool TryRemove(IFileSystem files, StorePaths paths)
    {
        if (files.Look(paths.Next) is not null)
        {
            files.File.Delete(paths.Next);
            return true;
        }
        if (!files.HasDirectory(paths.Next))
            return false;
        files.Directory.Move(paths.Next, files.Path.Combine(paths.Corrupt, $"{files.Path.GetFileName(paths.Next)}.{Guid.CreateVersion7():n}"));
        return true;
    }
}
