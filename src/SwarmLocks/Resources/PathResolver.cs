using System.IO.Abstractions;
using SwarmLocks.Platform;
using SwarmLocks.Policy;

namespace SwarmLocks.Resources;

/// <summary>
/// Turns what was asked for into resources of one tree: paths as the kernel resolves them, the leaf's links too, so that one file has one name.
/// </summary>
/// <remarks>
/// Paths start at the base directory, globs at the root. The root's own links are followed once, when the resolver is made; a path below it
/// then costs one look for each component and one for a <c>.git</c> in each directory. Hard links and bind mounts are not seen through.
/// Safe for concurrent use.
/// </remarks>
internal sealed class PathResolver
{
    private readonly IFileSystem _fileSystem;
    private readonly IPlatform _platform;
    private readonly string _root;
    private readonly string _realRoot;
    private readonly string _prefix;
    private readonly string _realBase;
    private readonly bool _foldsCase;

    /// <param name="fileSystem">The disk.</param>
    /// <param name="platform">Reads symbolic links.</param>
    /// <param name="root">The top of the tree, absolute.</param>
    /// <param name="baseDirectory">Where relative paths start, absolute.</param>
    /// <param name="foldsCase">Whether names that differ in case or Unicode normalisation are one file here.</param>
    internal PathResolver(IFileSystem fileSystem, IPlatform platform, string root, string baseDirectory, bool foldsCase)
    {
        _fileSystem = fileSystem;
        _platform = platform;
        _root = Path.TrimEndingDirectorySeparator(root);
        _foldsCase = foldsCase;
        _realRoot = Looking(root, () => PathWalk.RealPathOf(fileSystem, platform, root));
        _prefix = Path.EndsInDirectorySeparator(_realRoot) ? _realRoot : _realRoot + Path.DirectorySeparatorChar;
        _realBase = Looking(baseDirectory, () => WalkFrom(_realRoot, baseDirectory, []).Current.ToString());
        string below = Path.GetRelativePath(_realRoot, _realBase);
        From = below is "." or ".." || Path.IsPathRooted(below) || below.StartsWith($"..{Path.DirectorySeparatorChar}", StringComparison.Ordinal)
            ? null
            : below.Replace(Path.DirectorySeparatorChar, '/');
    }

    /// <summary>The base directory relative to the root, with <c>/</c>; null for the root itself, and for a place outside of it.</summary>
    internal string? From { get; }

    /// <summary>Resolves a target against the tree as it is now.</summary>
    /// <exception cref="LockUsageException">It is out of the tree, in another tree below it, or cannot be looked at.</exception>
    internal LockResource Resolve(LockTarget target)
    {
        try
        {
            return target.Kind switch
            {
                LockTarget.PathKind => ResolvePath(target),
                LockTarget.GlobKind => ResolveGlob(target),
                _ => LockResource.OfName(target.Kind, target.Value),
            };
        }
        catch (FormatException problem)
        {
            throw new LockUsageException($"{ResourceText.Quote(target.Text)} resolves to what cannot be locked: {problem.Message}", problem);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw Unseen(target.Text, problem);
        }
    }

    private LockResource ResolvePath(LockTarget target)
    {
        CheckWindowsName(target.Value, target.Text);
        PathWalk end = WalkFrom(_realBase, target.Value, stackalloc char[PathWalk.UsualRoom]);
        string path = BelowRoot(end, target);
        if (SaysDirectory(target.Value) && end is { Exists: true, IsDirectory: false })
            throw new LockUsageException($"{ResourceText.Quote(target.Text)} names a directory by its end, but {ResourceText.Quote(path)} is a file; leave the end off to lock the file.");
        if (path.Length == 0) return LockResource.OfPath(LockResource.RootValue);
        path = Fold(path, target.Text);
        return LockResource.OfPath(end.IsDirectory || SaysDirectory(target.Value) ? path + '/' : path);
    }

    private LockResource ResolveGlob(LockTarget target)
    {
        var resolved = new List<GlobSegment[]>();
        var prefixes = new Dictionary<string, GlobSegment[]>(StringComparer.Ordinal);
        foreach (GlobSegment[] alternative in GlobPattern.Parse(target.Value).Alternatives)
        {
            int literal = alternative.TakeWhile(static s => s.IsLiteral).Count();
            string prefix = string.Join('/', alternative.Take(literal).Select(static s => s.ToLiteral()));
            if (!prefixes.TryGetValue(prefix, out GlobSegment[]? real)) prefixes[prefix] = real = ResolvePrefix(prefix, target);
            if (real.Length == 0 && literal == alternative.Length)
                throw new LockUsageException($"The glob {ResourceText.Quote(target.Text)} matches the root of the tree itself; write path:./ for the whole tree.");
            resolved.Add([.. real, .. alternative[literal..]]);
        }

        // The rendered text is parsed again for its limits: a link can make a short glob long.
        string text = new GlobPattern(resolved).Render();
        return LockResource.OfGlob(GlobPattern.Parse(Fold(text, target.Text)));
    }

    private GlobSegment[] ResolvePrefix(string prefix, LockTarget target)
    {
        CheckWindowsName(prefix, target.Text);
        PathWalk end = WalkFrom(_realRoot, prefix, stackalloc char[PathWalk.UsualRoom]);
        string path = BelowRoot(end, target);
        if (path.Length == 0) return [];
        _ = LockResource.OfPath(path);
        return [.. path.Split('/').Select(static name => GlobSegment.OfLiteral(name))];
    }

    private PathWalk WalkFrom(string start, string path, Span<char> room) => new PathWalk(_fileSystem, _platform, _root, _realRoot, room).Go(start, path);

    /// <summary>The path relative to the root, with <c>/</c>; empty for the root.</summary>
    private string BelowRoot(PathWalk end, LockTarget target)
    {
        var path = end.Current;
        StringComparison comparison = _foldsCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        if (path.Equals(_realRoot, comparison)) return "";
        if (!path.StartsWith(_prefix, comparison))
        {
            throw new LockUsageException(
                $"{ResourceText.Quote(target.Text)} {(target.Text == path.ToString() ? "" : $"is {ResourceText.Quote(path.ToString())}, which ")}is outside of the tree {ResourceText.Quote(_realRoot)}; only paths in the tree can be locked.");
        }

        RefuseNestedTree(end, _prefix.Length, target.Text);
        // Mostly it was asked for just so.
        string relative = path[_prefix.Length..] is var below && below.SequenceEqual(target.Value) ? target.Value : below.ToString();
        return Path.DirectorySeparatorChar == '/' ? relative : relative.Replace(Path.DirectorySeparatorChar, '/');
    }

    private void RefuseNestedTree(PathWalk end, int from, string text)
    {
        const string tree = ".git";
        var path = end.Current;
        // One text for each folder on the way would be allocated by every request.
        Span<char> buffer = path.Length < 256 ? stackalloc char[256 + tree.Length] : new char[path.Length + 1 + tree.Length];
        for (int at = from; at <= path.Length; at++)
        {
            if (at < path.Length && path[at] != Path.DirectorySeparatorChar) continue;
            if (at == path.Length && !end.IsDirectory) return;
            ReadOnlySpan<char> inner = Path.TryJoin(path[..at], tree, buffer, out int length) ? buffer[..length] : Path.Join(path[..at], tree);
            if ((int)(_platform.AttributesAt(inner) ?? _fileSystem.FileInfo.FromFileName(inner.ToString()).Attributes) == -1) continue;
            throw new LockUsageException(
                $"{ResourceText.Quote(text)} is in the working tree {ResourceText.Quote(path[..at].ToString())}, which has locks of its own; lock it from there.");
        }
    }

    /// <summary>Runs what looks at the disk, and says of a failure whose path it was.</summary>
    private static T Looking<T>(string text, Func<T> look)
    {
        try
        {
            return look();
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw Unseen(text, problem);
        }
    }

    private static LockUsageException Unseen(string text, Exception problem) =>
        new($"{ResourceText.Quote(text)} cannot be resolved: {problem.Message.TrimEnd('.')}.", problem);

    private static bool SaysDirectory(string path)
    {
        int start = path.Length;
        while (start > 0 && !LockTarget.IsSeparator(path[start - 1])) start--;
        return path.AsSpan(start) is "" or "." or "..";
    }

    private string Fold(string path, string text) => _foldsCase
        ? NameFolding.Fold(path) ?? throw new LockUsageException(
            $"{ResourceText.Quote(text)} has characters beyond ASCII, whose upper and lower case cannot be told on this disk by a build with invariant globalisation; use ASCII names.")
        : path;

    /// <summary>Windows drops dots and spaces at the end of a name and opens a stream after a colon: two spellings of one file.</summary>
    private static void CheckWindowsName(string path, string text)
    {
        if (Path.DirectorySeparatorChar != '\\') return;
        if (Path.IsPathRooted(path) && !Path.IsPathFullyQualified(path))
            throw new LockUsageException($"{ResourceText.Quote(text)} depends on the current drive; write the drive and the whole path, or a relative one.");
        foreach (string name in path[(Path.GetPathRoot(path)?.Length ?? 0)..].Split('/', '\\'))
        {
            if (name is not ("" or "." or "..") && (name[^1] is '.' or ' ' || name.Contains(':', StringComparison.Ordinal)))
                throw new LockUsageException($"{ResourceText.Quote(text)} has a name with a colon, or a dot or space at its end, which Windows reads differently; write the name without.");
        }
    }
}
