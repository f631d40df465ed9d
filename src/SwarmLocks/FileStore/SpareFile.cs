using System.IO.Abstractions;

namespace SwarmLocks.FileStore;

/// <summary>What lies where a record is prepared, or was put when another took its place: left by a killed writer, or planted. Only for whoever has the guard.</summary>
internal static class SpareFile
{
    /// <summary>Removes a record or a link, since no new file can be made while it is there; a folder, which nothing here makes, is set aside.</summary>
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
        files.Directory.Move(paths.Next, paths.AsideOf(paths.Next));
        return true;
    }
}
