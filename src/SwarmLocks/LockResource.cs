using SwarmLocks.Policy;

namespace SwarmLocks;

/// <summary>
/// A resource that locks can be compared by: resolved and normalised, or it does not exist. Two are the same when their canonical texts are. Immutable.
/// </summary>
public sealed class LockResource : IEquatable<LockResource>
{
    internal const string Path = "path";
    internal const string Glob = "glob";

    private readonly string _canonical;
    private IReadOnlyList<GlobPattern>? _alternatives;

    private LockResource(string kind, string value, IReadOnlyList<GlobPattern>? alternatives)
    {
        Kind = kind;
        Value = value;
        _alternatives = alternatives;
        _canonical = $"{kind}:{value}";
    }

    /// <summary><c>path</c>, <c>glob</c>, or the kind of a named thing such as <c>plan</c>.</summary>
    public string Kind { get; }

    /// <summary>The canonical text without its kind.</summary>
    internal string Value { get; }

    /// <summary>Whether it stands for files, as opposed to a named thing.</summary>
    internal bool IsFile => Kind is Path or Glob;

    /// <summary>Whether it stands for more than one name: a glob, or a directory with everything below.</summary>
    public bool IsPattern => Kind == Glob || IsDirectory;

    private bool IsDirectory => Kind == Path && Value[^1] == '/';

    /// <summary>For files: the patterns it consists of.</summary>
    internal IReadOnlyList<GlobPattern> Alternatives => _alternatives ??= [IsDirectory ? GlobPattern.OfDirectory(Segments) : GlobPattern.OfPath(Segments)];

    private IEnumerable<string> Segments => Value == "./" ? [] : Value.TrimEnd('/').Split('/');

    /// <summary>The file at these segments below the root.</summary>
    internal static LockResource OfPath(IReadOnlyList<string> segments, bool directory) =>
        new(Path, segments.Count == 0 ? "./" : string.Join('/', segments) + (directory ? "/" : ""), alternatives: null);

    /// <summary>The files that match any of <paramref name="alternatives"/>.</summary>
    internal static LockResource OfGlob(IReadOnlyList<GlobPattern> alternatives) => new(Glob, GlobText.Format(alternatives), alternatives);

    /// <summary>A named thing.</summary>
    internal static LockResource OfName(string kind, string name) => new(kind, name, alternatives: null);

    /// <summary>Reads a canonical text back, as <see cref="ToString"/> wrote it.</summary>
    /// <exception cref="FormatException">It is not canonical.</exception>
    public static LockResource FromCanonical(string canonical)
    {
        ArgumentNullException.ThrowIfNull(canonical);
        int colon = canonical.IndexOf(':', StringComparison.Ordinal);
        if (colon < 1 || colon == canonical.Length - 1 || canonical.Any(char.IsControl) || !LockTarget.IsKind(canonical[..colon]))
            throw new FormatException($"'{canonical}' is no resource");
        string value = canonical[(colon + 1)..];
        var resource = canonical[..colon] switch
        {
            Path => OfCanonicalPath(value),
            Glob => OfGlob(GlobText.Parse(value)),
            var kind => OfName(kind, value),
        };
        return resource._canonical == canonical ? resource : throw new FormatException($"'{canonical}' is not canonical");
    }

    /// <inheritdoc/>
    public bool Equals(LockResource? other) => other is not null && _canonical == other._canonical;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LockResource);

    /// <inheritdoc/>
    public override int GetHashCode() => _canonical.GetHashCode(StringComparison.Ordinal);

    /// <summary>The canonical text, e.g. <c>path:src/a.cs</c>, <c>path:src/</c> for a directory, <c>path:./</c> for the whole tree, <c>glob:src/**/*.cs</c>, <c>plan:42</c>.</summary>
    public override string ToString() => _canonical;

    private static LockResource OfCanonicalPath(string value)
    {
        bool directory = value[^1] == '/';
        string[] segments = value == "./" ? [] : (directory ? value[..^1] : value).Split('/');
        return Array.TrueForAll(segments, s => s is not ("" or "." or ".."))
            ? OfPath(segments, directory)
            : throw new FormatException($"'{value}' is no path below the root");
    }
}
