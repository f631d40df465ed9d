using SwarmLocks.Policy;
using SwarmLocks.Resources;

namespace SwarmLocks;

/// <summary>
/// What somebody asks to lock, parsed but not yet resolved: <c>src/a.cs</c>, <c>src/auth/</c>, <c>src/**/*.cs</c>, <c>glob:*.{cs,md}</c>, <c>plan:42</c>.
/// Only resolving it against a tree (links, case, <c>..</c>) makes it a <see cref="LockResource"/>.
/// </summary>
/// <remarks>
/// <para>
/// Plain text is a path; with <c>*</c> or <c>?</c> a glob; with <c>{</c> it must say <c>path:</c> or <c>glob:</c>. In a glob, which is anchored at the root
/// of the tree, <c>*</c> and <c>?</c> stay within a segment, <c>**</c> is a whole segment and matches any number of them, <c>{a,b}</c> may be nested,
/// <c>\</c> takes the next character literally, and brackets are literal.
/// </para>
/// <para>Immutable, and so safe for concurrent use.</para>
/// </remarks>
public sealed record LockTarget
{
    internal const string PathKind = "path";
    internal const string GlobKind = "glob";
    private static readonly string[] BuiltInKinds = [PathKind, GlobKind, "plan", "project", "task", "name"];

    private LockTarget(string text, string kind, string value)
    {
        Text = text;
        Kind = kind;
        Value = value;
    }

    /// <summary>The text as it was given.</summary>
    public string Text { get; }

    /// <summary><c>path</c>, <c>glob</c>, <c>plan</c>, <c>project</c>, <c>task</c>, <c>name</c>, or a further kind.</summary>
    public string Kind { get; }

    /// <summary>What follows the kind: a path as it was written, a glob, or the name of the thing.</summary>
    public string Value { get; }

    /// <summary>Whether it is a path that ends in <c>/</c>: the directory with everything under it. Other paths may turn out to be one on disk.</summary>
    public bool IsDirectory => Kind == PathKind && IsSeparator(Value[^1]);

    /// <summary>Parses <paramref name="text"/>. Nothing is looked up on disk.</summary>
    /// <param name="text">A path (at most 4096 bytes of UTF-8), a glob or the name of a thing (at most 1024 characters), without control characters.</param>
    /// <param name="extraKinds">Kinds that are accepted besides the six that are built in.</param>
    /// <exception cref="LockUsageException">It is none of that; the message says what is wrong and what is accepted.</exception>
    public static LockTarget Parse(string text, IReadOnlySet<string>? extraKinds = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length == 0) throw new LockUsageException("An empty text names nothing to lock; give a path, a glob, or a named thing such as plan:42.");
        if (ResourceText.Problem(text) is { } problem)
            throw new LockUsageException($"{ResourceText.Quote(text)} {problem}; paths and names are text without control characters.");

        LockTarget target = SplitKind(text, extraKinds);
        if (target.Value.Length == 0)
            throw new LockUsageException($"{ResourceText.Quote(text)} has nothing after '{target.Kind}:'; write for example {Example(target.Kind)}.");
        CheckLength(target);
        if (target.Kind == GlobKind) CheckGlob(target);
        return target;
    }

    /// <summary>The text as it was given.</summary>
    public override string ToString() => Text;

    internal static bool IsSeparator(char c) => c == '/' || (c == '\\' && Path.DirectorySeparatorChar == '\\');

    private static LockTarget SplitKind(string text, IReadOnlySet<string>? extraKinds)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && ResourceText.IsWord(text.AsSpan(0, colon)) && !IsDrive(text, colon))
        {
            string kind = text[..colon];
            if (BuiltInKinds.Contains(kind, StringComparer.Ordinal) || extraKinds?.Contains(kind) == true)
                return new LockTarget(text, kind, text[(colon + 1)..]);
            IEnumerable<string> kinds = BuiltInKinds.Concat(extraKinds ?? Enumerable.Empty<string>()).Distinct(StringComparer.Ordinal);
            string path = ResourceText.Quote(text).Trim('\'');
            throw new LockUsageException(
                $"{ResourceText.Quote(text)} starts with the unknown kind '{kind}:'; the kinds are {string.Join(", ", kinds)}, "
                + $"and a file with a colon in its name is written ./{path} or path:{path}.");
        }

        if (text.Contains('{', StringComparison.Ordinal))
            throw new LockUsageException($"{ResourceText.Quote(text)} contains '{{', which is a choice in a glob and a letter in a path; write glob: or path: before it.");
        return new LockTarget(text, text.AsSpan().ContainsAny('*', '?') ? GlobKind : PathKind, text);
    }

    /// <summary><c>C:\src</c> is a path where drives have letters.</summary>
    private static bool IsDrive(string text, int colon) =>
        Path.DirectorySeparatorChar == '\\' && colon == 1 && char.IsAsciiLetter(text[0]);

    private static string Example(string kind) => kind switch { PathKind => "path:src/a.cs", GlobKind => "glob:src/**/*.cs", _ => kind + ":42" };

    private static void CheckLength(LockTarget target)
    {
        if (target.Kind == PathKind)
        {
            if (ResourceText.IsTooLongForPath(target.Value))
                throw new LockUsageException($"{ResourceText.Quote(target.Text)} is too long; a path has at most {ResourceText.MaxPathBytes} bytes of UTF-8.");
        }
        else if (target.Value.Length > ResourceText.MaxNameChars)
        {
            throw new LockUsageException($"{ResourceText.Quote(target.Text)} is too long; a glob or a name has at most {ResourceText.MaxNameChars} characters.");
        }
    }

    private static void CheckGlob(LockTarget target)
    {
        try
        {
            _ = GlobPattern.Parse(target.Value);
        }
        catch (FormatException problem)
        {
            throw new LockUsageException($"The glob {ResourceText.Quote(target.Text)} {problem.Message}", problem);
        }
    }
}
