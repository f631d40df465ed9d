using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using SwarmLocks.Platform;
using SwarmLocks.Policy;

namespace SwarmLocks.FileStore;

/// <summary>
/// What readers found in files and folders that have not changed since: whoever looks every other second at a thousand own locks, or asks who has a file, need not
/// open what is as it was. Never asked by whoever decides.
/// </summary>
/// <remarks>
/// A record is replaced as a whole, by another file, and a folder changes with each file that comes or goes: both show from outside. Only what is older than disks
/// round is kept, since two changes within one tick of their clock look alike. Where the system tells nothing of that kind, nothing is kept. Safe for concurrent use.
/// </remarks>
internal sealed class ReaderMemory(IPlatform platform, TimeProvider time)
{
    /// <summary>Of the coarsest disks.</summary>
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(3);

    /// <summary>More than anybody looks at again and again.</summary>
    private const int Most = 4096;

    private readonly ConcurrentDictionary<string, Seen> _seen = new(StringComparer.Ordinal);

    /// <summary>Looks at a file or folder from outside. To be called before it is opened: what is read then is at least as new.</summary>
    public Glance Look(string path)
    {
        var mark = platform.MarkAt(path);
        return mark is { } now && _seen.TryGetValue(path, out var seen) && seen.Mark == now
            ? new Glance(now, IsKnown: true, seen.Record)
            : new Glance(mark, IsKnown: false, Record: null);
    }

    /// <summary>Keeps what was found: a record, or null for a folder without lock files.</summary>
    public void Keep(string path, Glance glance, LockRecord? record)
    {
        if (glance.Mark is not { } mark || time.GetUtcNow() - mark.ChangedAt < Tick)
            return;
        if (_seen.Count >= Most)
            _seen.Clear();
        _seen[path] = new Seen(mark, record);
    }

    private sealed record Seen(FileMark Mark, LockRecord? Record);
}

/// <summary>How something looked from outside.</summary>
/// <param name="Mark">Its mark; null when there is nothing, or none can be had.</param>
/// <param name="IsKnown">Whether it is as it was when it was last read.</param>
/// <param name="Record">What was read then; null for a folder without lock files.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Glance(FileMark? Mark, bool IsKnown, LockRecord? Record);
