using System.IO.Abstractions;

namespace SwarmLocks.FileStore;

/// <summary>
/// Looks at what is at a path. <c>File.Exists</c> and its like take every failure for "no": a disk that does not answer would make a live lock a free one.
/// These throw instead.
/// </summary>
internal static class DiskLook
{
    private const FileAttributes Missing = (FileAttributes)(-1);

    /// <summary>Whether there is a file, a link to one, or a link to nothing.</summary>
    /// <exception cref="IOException">The disk does not say.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be looked at.</exception>
    public static bool HasFile(this IFileSystem files, string path) => files.At(path) is var found && found != Missing && !found.HasFlag(FileAttributes.Directory);

    /// <summary>Whether there is a folder, or a link to one.</summary>
    /// <exception cref="IOException">The disk does not say.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be looked at.</exception>
    public static bool HasDirectory(this IFileSystem files, string path) => files.At(path) is var found && found != Missing && found.HasFlag(FileAttributes.Directory);

    /// <summary>What is at <paramref name="path"/> as a file that was written here; null when there is none, or a folder.</summary>
    /// <exception cref="IOException">The disk does not say.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be looked at.</exception>
    public static FoundFile? Look(this IFileSystem files, string path)
    {
        var info = files.FileInfo.FromFileName(path);
        var found = info.Attributes;
        return found == Missing || (found.HasFlag(FileAttributes.Directory) && !found.HasFlag(FileAttributes.ReparsePoint)) ? null
            : found.HasFlag(FileAttributes.ReparsePoint) ? new FoundFile(IsLink: true, 0)
            : new FoundFile(IsLink: false, info.Length);
    }

    /// <summary>Runs what finds out where the store of a tree is: a disk that does not answer makes it a store that cannot be used, not one that is not there.</summary>
    /// <exception cref="LockStoreException">The disk does not say.</exception>
    public static T Asking<T>(string directory, Func<T> ask)
    {
        try
        {
            return ask();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new LockStoreException(
                StoreProblem.Unavailable, $"The tree around '{directory}' cannot be looked at ({error.Message.TrimEnd('.')}), so nothing was changed: check its disk and permissions, and try again.", error);
        }
    }

    private static FileAttributes At(this IFileSystem files, string path) => files.FileInfo.FromFileName(path).Attributes;
}

/// <summary>A file as it looks from outside, before anybody opens it.</summary>
/// <param name="IsLink">True for a symbolic link: nothing here writes one, and it may lead to what blocks, or ruins, whoever opens it.</param>
/// <param name="Length">Its length. A pipe has none, and opening one would hang everybody.</param>
internal readonly record struct FoundFile(bool IsLink, long Length)
{
    /// <summary>Whether it can be opened without surprises.</summary>
    public bool IsPlain => !IsLink && Length > 0;
}
