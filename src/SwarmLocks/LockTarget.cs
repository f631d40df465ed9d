using System.Text;

namespace SwarmLocks;

/// <summary>
/// What a user wrote, parsed but not yet resolved: <c>src/a.cs</c>, <c>src/</c>, <c>src/**/*.cs</c>, <c>path:…</c>, <c>glob:…</c>, <c>plan:42</c>.
/// Plain text is a path, or a glob when it has <c>*</c> or <c>?</c>.
/// </summary>
public sealed record LockTarget
{
    /// <summary>The kinds of named things there are without further options.</summary>
    public static IReadOnlyList<string> NamedKinds { get; } = ["plan", "project", "task", "name"];

    private const int MaxPathBytes = 4096;
    private const int MaxText = 1024;

    private LockTarget(string text, string kind, string value)
    {
        Text = text;
        Kind = kind;
        Value = value;
    }

    /// <summary>The text as it was given.</summary>
    public string Text { get; }

    /// <summary><c>path</c>, <c>glob</c>, or the kind of a named thing.</summary>
    public string Kind { get; }

    /// <summary>The text without its kind.</summary>
    public string Value { get; }

    /// <summary>Whether it says that it means a directory.</summary>
    public bool IsDirectory => Kind == LockResource.Path && Value.EndsWith('/');

    /// <summary>Reads a resource.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="extraKinds">Kinds of named things besides <see cref="NamedKinds"/>.</param>
    /// <exception cref="LockUsageException">It is no resource; the message says what is accepted.</exception>
    public static LockTarget Parse(string text, IReadOnlyCollection<string>? extraKinds = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0)
            throw new LockUsageException("An empty text names nothing to lock: give a path, a glob, or a named thing such as 'plan:42'.");
        if (text.Any(char.IsControl) || HasLoneSurrogate(text))
            throw new LockUsageException($"'{Printable(text)}' has a control character or broken Unicode in it, which no resource may have: give a path, a glob, or a named thing such as 'plan:42'.");

        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string? word = colon > 0 && text[..colon].All(c => char.IsLetterOrDigit(c) || c is '.' or '_' or '-') ? text[..colon] : null;
        if (word is { Length: 1 } && OperatingSystem.IsWindows())
            word = null;
        string kind = word ?? (text.AsSpan().ContainsAny('*', '?') ? LockResource.Glob : LockResource.Path);
        string value = word is null ? text : text[(colon + 1)..];
        if (word is not (null or LockResource.Path or LockResource.Glob) && !NamedKinds.Contains(word) && extraKinds?.Contains(word) != true)
        {
            throw new LockUsageException(
                $"'{Printable(text)}' has the unknown kind '{word}:': known are path:, glob:, {string.Join(", ", NamedKinds.Union(extraKinds ?? []).Where(k => k is not ("path" or "glob")).Select(k => k + ":"))}; for a file with a colon in its name write './{Printable(text)}'.");
        }
        if (value.Length == 0)
            throw new LockUsageException($"'{text}' names nothing: give something after the colon.");
        if (word is null && kind == LockResource.Path && text.Contains('{', StringComparison.Ordinal))
            throw new LockUsageException($"'{Printable(text)}' may be a path or a glob: write 'path:{Printable(text)}' or 'glob:{Printable(text)}'.");
        if (kind == LockResource.Path ? Encoding.UTF8.GetByteCount(value) > MaxPathBytes : value.Length > MaxText)
            throw new LockUsageException($"'{Printable(text)}' is too long: a path may have {MaxPathBytes} bytes, a glob or a name {MaxText} characters.");
        return new LockTarget(text, kind, value);
    }

    /// <summary>Whether <paramref name="word"/> can be a kind: 1–32 lower-case letters, digits and <c>-</c>, a letter first.</summary>
    internal static bool IsKind(string word) =>
        word.Length is >= 1 and <= 32 && char.IsAsciiLetterLower(word[0]) && word.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    /// <summary>A user's text for a message: cut, and without control characters.</summary>
    internal static string Printable(string text)
    {
        string cut = text.Length <= 120 ? text : text[..120] + "…";
        return string.Concat(cut.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '\uFFFD' : c));
    }

    private static bool HasLoneSurrogate(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[++i]))
                return true;
        }
        return false;
    }
}
