using System.IO.Abstractions;
using SwarmLocks.Platform;

namespace SwarmLocks.Resources;

/// <summary>One walk along a path as the kernel goes (<c>path_resolution(7)</c>); what does not exist is taken literally from there on.</summary>
internal sealed class PathWalk(IFileSystem fileSystem, IPlatform platform, string? root, string? realRoot)
{
    private const int MaxLinks = 40;
    private const FileAttributes Missing = (FileAttributes)(-1);
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
            return new PathWalk(fileSystem, platform, null, null).Go("", fileSystem.Path.GetFullPath(directory)).Current;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new LockUsageException($"{ResourceText.Quote(directory)} cannot be resolved: {problem.Message.TrimEnd('.')}.", problem);
        }
    }

    /// <summary>Where the walk is: an absolute path without links.</summary>
    internal string Current { get; private set; } = "";

    internal bool Exists => _missingBelow == int.MaxValue;

    internal bool IsDirectory => Exists && _attributes.HasFlag(FileAttributes.Directory);

    /// <param name="start">An absolute path without links, where a relative <paramref name="path"/> starts.</param>
    /// <param name="path">Any path.</param>
    /// <exception cref="IOException">A component cannot be looked at, or there are too many links.</exception>
    /// <exception cref="UnauthorizedAccessException">A component may not be looked at.</exception>
    internal PathWalk Go(string start, string path)
    {
        Current = start;
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
            Current = realRoot!;
            return path[known.Length..];
        }

        Current = Path.GetPathRoot(path)!;
        return path[Current.Length..];
    }

    private void Leave()
    {
        Current = Path.GetDirectoryName(Current) ?? Current;
        if (Current.Length <= _missingBelow) (_attributes, _missingBelow) = (FileAttributes.Directory, int.MaxValue);
    }

    /// <summary>Goes to <paramref name="name"/>, or stays and returns the text of the link that it is.</summary>
    private string? Step(ReadOnlySpan<char> name)
    {
        string next = Path.Join(Current, name);
        if (Exists)
        {
            // One look tells a missing name, a directory and another file apart; only a link costs more.
            FileAttributes attributes = platform.AttributesAt(next) ?? fileSystem.FileInfo.FromFileName(next).Attributes;
            if (attributes == Missing)
            {
                _missingBelow = Current.Length;
            }
            else if (attributes.HasFlag(FileAttributes.ReparsePoint) && platform.ReadLink(next) is { } link)
            {
                return ++_links <= MaxLinks ? link : throw new IOException($"it leads through more than {MaxLinks} symbolic links");
            }

            _attributes = attributes;
        }

        Current = next;
        return null;
    }
}
