using SwarmLocks.Platform;

namespace SwarmLocks.FileStore;

/// <summary>
/// Which folders this process has listed under the guard and found empty, and how they looked then. The header says it for all processes, but a person may have put back an
/// old copy of that, or a file into the folder: so both have to say it. Only for whoever has the guard.
/// </summary>
/// <remarks>
/// However young the look is: two changes within one tick of the disk's clock look alike, but the header tells them apart, unless it was put back within that tick, too.
/// </remarks>
internal sealed class EmptyFolders(IPlatform platform)
{
    private readonly Dictionary<string, FileMark> _looks = new(StringComparer.Ordinal);

    /// <summary>Whether the folder looks as it did when it was found empty.</summary>
    /// <param name="folder">Which.</param>
    /// <param name="look">How it looks, for <see cref="Keep"/>: what is listed after this is at least as new.</param>
    public bool Contains(string folder, out FileMark? look)
    {
        look = platform.MarkAt(folder);
        return look is { } now && _looks.TryGetValue(folder, out var seen) && seen == now;
    }

    /// <summary>It was listed, and nothing was there.</summary>
    public void Keep(string folder, FileMark? look)
    {
        if (look is { } seen)
            _looks[folder] = seen;
    }

    /// <summary>Another store is in the place of the one that they belonged to.</summary>
    public void Clear() => _looks.Clear();
}
