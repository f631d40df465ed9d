using FsCheck;
using FsCheck.Fluent;
using SwarmLocks.Policy;

namespace SwarmLocks.Tests.Unit.Resources;

/// <summary>Random resources over a few letters, and every short path over the same letters.</summary>
internal static class Samples
{
    private static readonly string[] Letters = ["a", "b", "."];

    private static readonly string[] Names =
        [.. Strings(3).Where(n => n is not ("." or ".."))];

    /// <summary>All paths of up to two names of up to three letters, some deeper ones, and some with a letter that no pattern has.</summary>
    public static readonly string[] Paths =
    [
        .. Names, .. Names.SelectMany(_ => Names, (x, y) => x + "/" + y),
        .. Deep(["a", "b", ".a"], 3), .. Deep(["a", "b"], 4), .. Deep(["z", "zz", "zzzz"], 2), "a/z/z/z", "b/zz/z/zzzz", .. Deep(["[a]", "a", "[ab]"], 2),
    ];

    // The second is within the first, but for those with a star where fewer names are meant.
    private static readonly (string Lease, string Asked)[] Pieces =
    [
        ("**", "**"), ("**", "*"), ("**", "a/**"), ("**", "*/b"), ("*", "*"), ("*", "?"), ("*", "a*"), ("*", "[a]"), ("?", "?"), ("?", "a"), ("?", "*"), ("?", "*a"), ("a?", "a*"),
        ("?*", "*"), ("?*", "??"), ("a*", "a?b"), ("*a", "?*a"), ("{?,??}", "?"), ("{?,??}", "??"), ("{?,??}", "*"), ("{?,??*}", "*"), ("{a*,b*}", "a?"), ("{a*,b*}", "b"),
        ("a", "a"), ("[a]", "[a]"), ("[a]", "a"), ("[*]", "[?]"), ("[*]", "[ab]"),
    ];

    private static readonly Gen<string> Name = Gen.Elements(Names);

    private static readonly Gen<string> GlobText =
        from count in Gen.Choose(1, 3)
        from segments in Gen.Frequency((1, Gen.Constant("**")), (1, Gen.Constant("*")), (5, SegmentText())).ListOf(count)
        select "glob:" + string.Join('/', segments);

    private static readonly Gen<string> PathText =
        from count in Gen.Choose(1, 3)
        from names in Name.ListOf(count)
        from end in Gen.Elements("", "/")
        select string.Join('/', names) + end;

    public static Arbitrary<string> Texts => Gen.Frequency((3, GlobText), (2, PathText), (1, Gen.Constant("./"))).Where(IsValid).ToArbitrary();

    /// <summary>A glob, and one made of it piece by piece, which mostly matches less.</summary>
    public static Arbitrary<(string Lease, string Asked)> Narrowed =>
        (from count in Gen.Choose(1, 3)
         from pieces in Gen.Elements(Pieces).ListOf(count)
         select ($"glob:{string.Join('/', pieces.Select(p => p.Lease))}", $"glob:{string.Join('/', pieces.Select(p => p.Asked))}")).ToArbitrary();

    public static Arbitrary<string> PathTexts => PathText.ToArbitrary();

    /// <summary>Texts of every kind with letters that need care somewhere.</summary>
    public static Arbitrary<string> Odd =>
        (from kind in Gen.Elements("path:", "glob:", "plan:", "name:", "x-1:")
         from parts in Gen.Elements("a", "A", "b", "/", ".", "..", "-", "_", "%", "%2f", "^", "+", "=", "~", ":", ",", "{", "}", "{a,B}", "*", "**", "?", "\\",
             "\\*", "\\,", "[x]", "é", "e\u0301", "日", "😀", "\ud83d", "@", " ", "\n", "0123456789012345678901234567890123456789").ListOf()
         select kind + string.Concat(parts)).ToArbitrary();

    /// <summary>What a text means where nothing exists on disk.</summary>
    public static LockResource Resource(string text) => text.StartsWith("glob:", StringComparison.Ordinal)
        ? LockResource.OfGlob(GlobPattern.Parse(text[5..]))
        : LockResource.OfPath(text);

    public static void Check(Property property, int times = 600) => FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(times), property);

    private static Gen<string> SegmentText() =>
        from count in Gen.Choose(1, 3)
        from parts in Gen.Frequency((6, Gen.Elements("a", "b", ".")), (3, Gen.Constant("*")), (3, Gen.Constant("?")),
            (2, Gen.Elements("{a,b}", "{a,*}", "{,b?}", "{a/b,*}", "{**,a}", "{a,{b,.}}", "{?,??*}", "\\a", "\\*", "[a]", "[*]"))).ListOf(count)
        select string.Concat(parts);

    private static bool IsValid(string text)
    {
        try
        {
            _ = Resource(text);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static IEnumerable<string> Strings(int longest) =>
        longest == 0 ? [] : [.. Letters, .. Strings(longest - 1).SelectMany(_ => Letters, (x, y) => x + y)];

    private static IEnumerable<string> Deep(string[] names, int depth) =>
        depth == 1 ? names : Deep(names, depth - 1).SelectMany(_ => names, (x, y) => x + "/" + y);
}
