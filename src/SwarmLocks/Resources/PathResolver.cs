using System.IO.Abstractions;
using System.Text;
using SwarmLocks.Platform;
using SwarmLocks.Policy;

namespace SwarmLocks.Resources;

/// <summary>
/// Turns what a user wrote into the one name of what is meant, as the kernel would: component by component, through symbolic links, the last one included.
/// What does not exist yet is taken literally. Safe for concurrent use.
/// </summary>
internal sealed class PathResolver
{
    /// <summary>As the kernel's limit.</summary>
    private const int MaxLinks = 40;

    private readonly IFileSystem _files;
    private readonly IPlatform _platform;
    private readonly string _root;
    private readonly List<string> _rootParts;
    private readonly List<string> _baseParts;
    private readonly bool _folds;

    /// <param name="files">The disk.</param>
    /// <param name="platform">Reads links.</param>
    /// <param name="root">The top of the tree, absolute.</param>
    /// <param name="relativeTo">Where relative paths start, absolute.</param>
    /// <param name="folds">Whether the disk takes upper and lower case for the same name.</param>
    public PathResolver(IFileSystem files, IPlatform platform, string root, string relativeTo, bool folds)
    {
        (_files, _platform, _root, _folds) = (files, platform, root, folds);
        _rootParts = Walk([], Split(root), root);
        _baseParts = Walk([], Split(relativeTo), relativeTo);
        var below = Below(_baseParts);
        From = below is null or [] ? null : string.Join('/', below);
    }

    /// <summary>The folder that relative paths start from, relative to the root; null for the root itself or a place outside.</summary>
    public string? From { get; }

    /// <summary>Resolves <paramref name="target"/>.</summary>
    /// <exception cref="LockUsageException">It leads out of the tree, lies in a nested tree, or is no valid glob.</exception>
    public LockResource Resolve(LockTarget target) => target.Kind switch
    {
        LockResource.Path => ResolvePath(target),
        LockResource.Glob => ResolveGlob(target),
        _ => LockResource.OfName(target.Kind, target.Value),
    };

    private LockResource ResolvePath(LockTarget target)
    {
        var start = _files.Path.IsPathRooted(target.Value) ? [] : _baseParts;
        var below = ResolveBelow(start, Split(target.Value), target.Text);
        string full = _files.Path.Combine([_root, .. below]);
        bool directory = _files.Directory.Exists(full);
        if (target.IsDirectory && !directory && _files.File.Exists(full))
            throw new LockUsageException($"'{LockTarget.Printable(target.Text)}' ends in a slash but is a file: leave the slash out, or name a directory.");
        return LockResource.OfPath([.. below.Select(part => Fold(part, target))], directory || target.IsDirectory);
    }

    /// <summary>Only the segments before the first wildcard can be followed; matches of a wildcard are real names.</summary>
    private LockResource ResolveGlob(LockTarget target)
    {
        try
        {
            var alternatives = GlobText.Parse(target.Value).Select(pattern =>
            {
                int literal = pattern.LiteralPrefix;
                var below = ResolveBelow(_rootParts, [.. pattern.Segments[..literal].Select(GlobPattern.TextOf)], target.Text);
                var resolved = pattern.WithPrefix(literal, below);
                return _folds ? GlobText.Parse(Fold(resolved.ToString(), target))[0] : resolved;
            });
            return LockResource.OfGlob([.. alternatives.DistinctBy(p => p.ToString(), StringComparer.Ordinal)]);
        }
        catch (FormatException error)
        {
            throw new LockUsageException(
                $"'{LockTarget.Printable(target.Text)}' is no glob because {error.Message}; a glob has '*' and '?' within a name, '**' for any folders, and '{{a,b}}'.", error);
        }
    }

    private List<string> ResolveBelow(List<string> start, IReadOnlyList<string> parts, string text)
    {
        var below = Below(Walk(start, parts, text)) ?? throw new LockUsageException(
            $"'{LockTarget.Printable(text)}' is outside of the tree '{_root}': name something inside it, or go to the tree that you mean.");
        RefuseNestedTree(below, text);
        return below;
    }

    private void RefuseNestedTree(List<string> below, string text)
    {
        string at = _root;
        foreach (string part in below)
        {
            at = _files.Path.Combine(at, part);
            string marker = _files.Path.Combine(at, ".git");
            if (_files.File.Exists(marker) || _files.Directory.Exists(marker))
            {
                throw new LockUsageException(
                    $"'{LockTarget.Printable(text)}' lies in the working tree '{at}' inside this one, which has its own locks: ask there, from within that folder.");
            }
        }
    }

    /// <summary>The parts below the root, or null for a place outside.</summary>
    private List<string>? Below(List<string> parts) =>
        parts.Count >= _rootParts.Count && parts.Take(_rootParts.Count).SequenceEqual(_rootParts, StringComparer.Ordinal) ? parts[_rootParts.Count..] : null;

    private List<string> Walk(List<string> start, IEnumerable<string> parts, string text)
    {
        var at = new List<string>(start);
        var todo = new Stack<string>(parts.Reverse());
        int links = 0;
        while (todo.TryPop(out string? part))
        {
            if (part == ".")
                continue;
            if (part == "..")
            {
                if (at.Count > 0)
                    at.RemoveAt(at.Count - 1);
                continue;
            }
            at.Add(part);
            if (ReadLink(at, text) is not { } link)
                continue;
            if (++links > MaxLinks)
                throw new LockUsageException($"'{LockTarget.Printable(text)}' goes through more than {MaxLinks} symbolic links, probably in a circle: name the file itself.");
            if (_files.Path.IsPathRooted(link))
                at.Clear();
            else
                at.RemoveAt(at.Count - 1);
            foreach (string next in Split(link).AsEnumerable().Reverse())
                todo.Push(next);
        }
        return at;
    }

    private string? ReadLink(List<string> parts, string text)
    {
        try
        {
            return _platform.ReadLink(Absolute(parts));
        }
        catch (IOException error)
        {
            throw new LockUsageException($"'{LockTarget.Printable(text)}' cannot be looked at: {error.Message}.", error);
        }
    }

    private static string Absolute(List<string> parts) =>
        OperatingSystem.IsWindows() ? string.Join('\\', parts) : "/" + string.Join('/', parts);

    private static string[] Split(string path) => path.Split(
        OperatingSystem.IsWindows() ? ['/', '\\'] : ['/'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Where the disk takes two spellings for one name, they get one identity.</summary>
    private string Fold(string part, LockTarget target)
    {
        if (!_folds)
            return part;
        if (!Ascii.IsValid(part) && !NormalizationWorks)
            throw new LockUsageException($"'{LockTarget.Printable(target.Text)}' has letters outside ASCII, which this build cannot compare on a disk that ignores case: run it without invariant globalisation.");
        return part.Normalize(NormalizationForm.FormD).ToUpperInvariant().ToLowerInvariant().Normalize(NormalizationForm.FormC);
    }

    /// <summary>Under invariant globalisation <see cref="string.Normalize()"/> leaves everything as it is.</summary>
    private static bool NormalizationWorks { get; } = "\u00e9".Normalize(NormalizationForm.FormD).Length == 2;
}
