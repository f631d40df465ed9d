namespace SwarmLocks.Platform;

/// <summary>
/// Tells whether a path leads to an open file by what every system has: the file gets a time of last write that no other file has, and the path is asked for
/// its own. There is no portable way to ask for the number of a file.
/// </summary>
internal static class FileStamp
{
    /// <summary>Disks keep whole even seconds at least.</summary>
    private const int GranularitySeconds = 2;
    private const int Stamps = 600_000_000;

    private static readonly DateTime First = new(1981, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <exception cref="IOException">The file cannot be stamped, or the path cannot be looked at.</exception>
    public static bool IsAt(Stream file, string path)
    {
        if (file is not FileStream { SafeFileHandle: var handle })
            return true;
        var stamp = First.AddSeconds((long)Random.Shared.Next(Stamps) * GranularitySeconds);
        try
        {
            File.SetLastWriteTimeUtc(handle, stamp);
        }
        catch (UnauthorizedAccessException)
        {
            // It belongs to another user, who made it and did not get to fill it: only that one may set its times.
            return true;
        }
        return File.GetLastWriteTimeUtc(path) == stamp;
    }
}
