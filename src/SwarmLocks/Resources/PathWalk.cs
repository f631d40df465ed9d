using System.IO.Abstractions;
using SwarmLocks.Platform;

namespace SwarmLocks.Resources;

/// <summary>One walk along a path as the kernel goes (<c>path_resolution(7)</c>); what does not exist is taken literally from there on.</summary>
/// <remarks>Where it is, is written into <paramref name="room"/>, since a text for each step would be allocated by every request. So it ends with the method whose room that is.</remarks>
/// <param name="fileSystem">The disk.</param>
/// <param name="platform">Reads symbolic links.</param>
/// <param name="root">The top of the tree as it was given; null where there is none.</param>
/// <param name="realRoot">The same without links; null where there is none.</param>
/// <param name="room">For paths up to this length, which may be none; a longer one gets room of its own.</param>
internal ref struct PathWalk(IFileSystem fileSystem, IPlatform platform, string? root, string? realRoot, Span<char> room)
{
    /// <summary>Enough for nearly all paths.</summary>
    internal const int UsualRoom = 512;

    private const int MaxLinks = 40;
    private const FileAttributes Missing = (FileAttributes)(-1);
    private Span<char> _room = room;
    private int _length;
    private FileAttributes _attributes = FileAttributes.Directory;
    private int _links;

    /// <summary>Length of the last existing ancestor, while the walk is in what does not exist.</summary>
    private int _missingBelow = int.MaxValue;

    /// <summary>The one name of a directory, whatever links lead to it: a tree has one root however it is reached.</summary>
    /// <exception cref="LockUsageException">It cannot be looked at.</exception>
    internal static string RealPath(IFileSystem fileSystem, IPlatform platform, string directory)
    {
        try
        {
            return RealPathOf(fileSystem, platform, fileSystem.Path.GetFullPath(directory));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new LockUsageException($"{ResourceText.Quote(directory)} cannot be resolved: {problem.Message.TrimEnd('.')}.", problem);
        }
    }

    /// <summary>The same of a path that is absolute already.</summary>
    /// <exception cref="IOException">It cannot be looked at.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be looked at.</exception>
    internal static string RealPathOf(IFileSystem fileSystem, IPlatform platform, string path) =>
        new PathWalk(fileSystem, platform, root: null, realRoot: null, stackalloc char[UsualRoom]).Go("", path).Current.ToString();

    /// <summary>Where the walk is: an absolute path without links.</summary>
    internal readonly ReadOnlySpan<char> Current => _room[.._length];

    internal readonly bool Exists => _missingBelow == int.MaxValue;

    internal readonly bool IsDirectory => Exists && _attributes.HasFlag(FileAttributes.Directory);

    /// <param name="start">An absolute path without links, where a relative <paramref name="path"/> starts.</param>
    /// <param name="path">Any path.</param>
    /// <exception cref="IOException">A component cannot be looked at, or there are too many links.</exception>
    /// <exception cref="UnauthorizedAccessException">A component may not be looked at.</exception>
    internal PathWalk Go(string start, string path)
    {
        StandAt(start);
        string rest = Enter(path);
        for (int at = 0; at < rest.Length;)
        {
            int end = at;
            while (end < rest.Length && !LockTarget.IsSeparator(rest[end])) end++;
            var name = rest.AsSpan(at, end - at);
            at = end + 1;
            if (name is "" or ".") continue;
            if (name is "..") Leave();
            else if (Step(name) is { } link)
            {
                rest = Enter(at < rest.Length ? link + '/' + rest[at..] : link);
                at = 0;
            }
        }

        return this;
    }

    /// <summary>Starts an absolute path at its root, or at that of the tree, whose links are known. Returns what is left to walk.</summary>
    private string Enter(string path)
    {
        if (!Path.IsPathRooted(path)) return path;
        (_attributes, _missingBelow) = (FileAttributes.Directory, int.MaxValue);
        foreach (string? known in (ReadOnlySpan<string?>)[realRoot, root])
        {
            if (known is null || !path.StartsWith(known, StringComparison.Ordinal)) continue;
            if (path.Length > known.Length && !LockTarget.IsSeparator(path[known.Length])) continue;
            StandAt(realRoot!);
            return path[known.Length..];
        }

        StandAt(Path.GetPathRoot(path)!);
        return path[_length..];
    }

    private void Leave()
    {
        // There is nothing above a root.
        if (Path.GetDirectoryName(Current) is { IsEmpty: false } above) _length = above.Length;
        if (_length <= _missingBelow) (_attributes, _missingBelow) = (FileAttributes.Directory, int.MaxValue);
    }

    /// <summary>Goes to <paramref name="name"/>, or stays and returns the text of the link that it is.</summary>
    private string? Step(ReadOnlySpan<char> name)
    {
        int from = _length;
        if (from > 0 && !Path.EndsInDirectorySeparator(Current)) Append([Path.DirectorySeparatorChar]);
        Append(name);
        if (!Exists) return null;

        // One look tells a missing name, a directory and another file apart; only a link costs more.
        FileAttributes attributes = platform.AttributesAt(Current) ?? fileSystem.FileInfo.FromFileName(Current.ToString()).Attributes;
        if (attributes == Missing)
        {
            _missingBelow = from;
        }
        else if (attributes.HasFlag(FileAttributes.ReparsePoint) && platform.ReadLink(Current.ToString()) is { } link)
        {
            _length = from;
            return ++_links <= MaxLinks ? link : throw new IOException($"it leads through more than {MaxLinks} symbolic links");
        }

        _attributes = attributes;
        return null;
    }

    private void StandAt(string path)
    {
        _length = 0;
        Append(path);
    }

    private void Append(scoped ReadOnlySpan<char> text)
    {
        if (_length + text.Length > _room.Length)
        {
            Span<char> larger = new char[2 * (_length + text.Length)];
            Current.CopyTo(larger);
            _room = larger;
        }

        text.CopyTo(_room[_length..]);
        _length += text.Length;
    }
}
