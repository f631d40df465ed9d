using System.Collections.Concurrent;
using SwarmLocks.Policy;

namespace SwarmLocks.FileStore;

/// <summary>
/// Tells from the name of a lock file whether it may overlap what is asked for, without opening it. Equal to looking into each: a hashed name says yes.
/// </summary>
/// <remarks>A name stands for one resource for ever, so what was decoded once is kept. Safe for concurrent use.</remarks>
internal sealed class NamesOnDisk
{
    /// <summary>More than anybody has globs; what is beyond it is decoded again.</summary>
    private const int Most = 4096;

    private readonly ConcurrentDictionary<string, LockResource?> _known = new(StringComparer.Ordinal);

    /// <summary>For the folder of globs and directories, of which there are few, and each is looked at by everybody.</summary>
    public Func<ReadOnlySpan<char>, bool> InGlobs(IReadOnlyList<LockResource> asked) =>
        name => LockFileName.IsHashed(name) || (Known(name) is { } named && Overlaps(asked, named));

    /// <summary>
    /// For the folder of paths and named things, of which there may be many: only a name that begins like something asked for is decoded at all.
    /// </summary>
    /// <param name="asked">Globs and directories.</param>
    public static Func<ReadOnlySpan<char>, bool> InLocks(IReadOnlyList<LockResource> asked)
    {
        string[] beginnings = [.. asked.SelectMany(LockFileName.BeginningsOfPaths).Distinct(StringComparer.Ordinal)];
        return name => LockFileName.IsHashed(name) || (BeginsWithAny(name, beginnings) && LockFileName.TryDecode(name.ToString()) is { } named && Overlaps(asked, named));
    }

    private LockResource? Known(ReadOnlySpan<char> name)
    {
        if (_known.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var known))
            return known;
        if (_known.Count >= Most)
            _known.Clear();
        string text = name.ToString();
        return _known[text] = LockFileName.TryDecode(text);
    }

    private static bool BeginsWithAny(ReadOnlySpan<char> name, string[] beginnings)
    {
        foreach (string beginning in beginnings)
        {
            if (name.StartsWith(beginning, StringComparison.Ordinal))
                return true;
        }
        return false;
    }

    private static bool Overlaps(IReadOnlyList<LockResource> asked, LockResource named)
    {
        foreach (var resource in asked.Each())
        {
            if (GlobOverlap.Witness(resource, named) is not null)
                return true;
        }
        return false;
    }
}
