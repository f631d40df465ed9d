using SwarmLocks.Policy;
using SwarmLocks.Resources;

namespace SwarmLocks;

/// <summary>
/// A resolved resource: a file, a directory with everything under it, a glob, or a named thing. It can only be valid, and equals
/// another with the same canonical text.
/// </summary>
/// <remarks>
/// Canonical texts: <c>path:src/auth/login.cs</c>, the directory <c>path:src/auth/</c>, the root <c>path:./</c> (everything),
/// <c>glob:src/**/*.cs</c>, <c>plan:42</c>. Paths are relative to the root of the tree and written raw. Immutable and safe for concurrent use.
/// </remarks>
public sealed class LockResource : IEquatable<LockResource>
{
    internal const string RootValue = "./";
    private readonly string _text;
    private GlobPattern? _pattern;

    private LockResource(string text, string kind, string value, GlobPattern? pattern = null)
    {
        _text = text;
        _pattern = pattern;
        Kind = kind;
        Value = value;
    }

    /// <summary><c>path</c> (files and directories), <c>glob</c>, or the kind of a named thing such as <c>plan</c>.</summary>
    public string Kind { get; }

    /// <summary>Whether it can match more than one path: a glob or a directory.</summary>
    public bool IsPattern => IsGlob || IsDirectory;

    /// <summary>What follows the kind; a directory's ends in <c>/</c>.</summary>
    internal string Value { get; }

    internal bool IsPath => Kind == LockTarget.PathKind;

    internal bool IsGlob => Kind == LockTarget.GlobKind;

    internal bool IsDirectory => IsPath && Value[^1] == '/';

    internal bool IsRoot => IsPath && Value == RootValue;

    /// <summary>The paths that it matches. Not for named things.</summary>
    internal GlobPattern Pattern => _pattern ??= IsGlob ? GlobPattern.Parse(Value) : GlobPattern.OfPath(Value);

    /// <summary>Two resources are equal when their canonical texts are.</summary>
    public static bool operator ==(LockResource? left, LockResource? right) => left is null ? right is null : left.Equals(right);

    /// <summary>Two resources are equal when their canonical texts are.</summary>
    public static bool operator !=(LockResource? left, LockResource? right) => !(left == right);

    /// <summary>Reads back what <see cref="ToString"/> wrote. A kind that is not known is a kind of named things.</summary>
    /// <param name="canonical">A canonical text.</param>
    /// <exception cref="FormatException">It is not exactly a canonical text.</exception>
    public static LockResource FromCanonical(string canonical)
    {
        ArgumentNullException.ThrowIfNull(canonical);
        int colon = canonical.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0 || !ResourceText.IsWord(canonical.AsSpan(0, colon)))
            throw new FormatException($"{ResourceText.Quote(canonical)} does not start with a kind and ':'.");
        string value = canonical[(colon + 1)..];
        return canonical.AsSpan(0, colon) switch
        {
            LockTarget.PathKind => OfPath(value, canonical),
            LockTarget.GlobKind => OfCanonicalGlob(value),
            _ => OfName(canonical[..colon], value),
        };
    }

    /// <inheritdoc/>
    public bool Equals(LockResource? other) => other is not null && string.Equals(_text, other._text, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as LockResource);

    /// <inheritdoc/>
    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(_text);

    /// <summary>The canonical text.</summary>
    public override string ToString() => _text;

    /// <summary>A file, or with a <c>/</c> at the end a directory; <c>./</c> is the root.</summary>
    /// <exception cref="FormatException">It is not a normalised path relative to the root.</exception>
    internal static LockResource OfPath(string value) => OfPath(value, LockTarget.PathKind + ":" + value);

    private static LockResource OfPath(string value, string text)
    {
        CheckText(value);
        if (ResourceText.IsTooLongForPath(value))
            throw new FormatException($"{ResourceText.Quote(value)} is longer than {ResourceText.MaxPathBytes} bytes of UTF-8.");
        if (value != RootValue && !IsNormalised(value))
            throw new FormatException($"{ResourceText.Quote(value)} is not a normalised path relative to the root.");
        return new LockResource(text, LockTarget.PathKind, value);
    }

    internal static LockResource OfGlob(GlobPattern pattern)
    {
        string value = pattern.Render();
        return new LockResource(LockTarget.GlobKind + ":" + value, LockTarget.GlobKind, value, pattern);
    }

    /// <exception cref="FormatException">It is no name.</exception>
    internal static LockResource OfName(string kind, string value)
    {
        CheckText(value);
        if (value.Length > ResourceText.MaxNameChars)
            throw new FormatException($"{ResourceText.Quote(value)} is longer than {ResourceText.MaxNameChars} characters.");
        return new LockResource(kind + ":" + value, kind, value);
    }

    private static LockResource OfCanonicalGlob(string value)
    {
        CheckText(value);
        LockResource glob = OfGlob(GlobPattern.Parse(value));
        return glob.Value == value ? glob : throw new FormatException($"{ResourceText.Quote(value)} is not a canonical glob.");
    }

    private static void CheckText(string value)
    {
        if (value.Length == 0) throw new FormatException("A kind with nothing after it names nothing.");
        if (ResourceText.Problem(value) is { } problem) throw new FormatException($"{ResourceText.Quote(value)} {problem}.");
    }

    private static bool IsNormalised(ReadOnlySpan<char> value)
    {
        if (value.EndsWith('/')) value = value[..^1];
        foreach (Range part in value.Split('/'))
            if (value[part] is "" or "." or "..") return false;
        return true;
    }
}
