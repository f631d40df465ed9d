using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace SwarmLocks.Platform;

/// <summary>
/// By <c>inotify(7)</c>, on the files themselves. On their folder, as <see cref="FileSystemWatcher"/> listens, every change of every lock would wake each process that waits for one.
/// </summary>
/// <remarks>A user has few instances, often 128: one is taken when somebody listens, and given back when nobody has listened for a while.</remarks>
[SupportedOSPlatform("linux")]
internal sealed class LinuxNotices : IFileNotices
{
    private const int CloseOnExecute = 0x80000;

    /// <summary>Closed by a writer, a name less, deleted, renamed; links not followed.</summary>
    private const uint Gone = 0x8 | 0x4 | 0x400 | 0x800 | 0x2000000;

    /// <summary>Of an event: watch, mask, cookie, and the length of a name, four bytes each.</summary>
    private const int HeadLength = 16;

    private const int IdleMs = 5_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<int, List<Notice>> _notices = [];
    private Instance? _instance;
    private bool _isClosed;

    public IDisposable? Tell(string path, Action gone)
    {
        lock (_gate)
        {
            if (_isClosed || (_instance ??= Open()) is not { } instance || LibC.InotifyAdd(instance.Descriptor, path, Gone) is not (>= 0 and var watch))
                return null;
            // Two who want to be told of one file get the same watch.
            if (!_notices.TryGetValue(watch, out var told))
                _notices.Add(watch, told = []);
            var notice = new Notice(this, watch, gone);
            told.Add(notice);
            return notice;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            (_isClosed, var instance) = (true, _instance);
            _instance = null;
            // The thread that reads it closes it: at once when the end of a watch wakes it, which closing would not, and else when it has been idle for a while.
            foreach (int watch in _notices.Keys)
                LibC.InotifyRemove(instance!.Descriptor, watch);
            _notices.Clear();
        }
    }

    /// <summary>Null when all instances of this user are in use.</summary>
    private Instance? Open()
    {
        if (LibC.InotifyInit(CloseOnExecute) is not (>= 0 and var descriptor))
            return null;
        var instance = new Instance(descriptor);
        new Thread(() => Read(instance)) { IsBackground = true, Name = "SwarmLocks notices" }.Start();
        return instance;
    }

    private void Read(Instance instance)
    {
        byte[] events = new byte[4096];
        while (WaitWhileNeeded(instance))
        {
            nint length = LibC.Read(instance.Descriptor, ref MemoryMarshal.GetArrayDataReference(events), events.Length);
            for (int at = 0; at < length; at += HeadLength + BitConverter.ToInt32(events, at + 12))
            {
                foreach (var notice in Take(instance, BitConverter.ToInt32(events, at)))
                    notice.Gone();
            }
        }
        LibC.Close(instance.Descriptor);
    }

    /// <summary>Until there is something to read. False when nobody listens any more.</summary>
    private bool WaitWhileNeeded(Instance instance)
    {
        while (true)
        {
            bool isIdle;
            lock (_gate)
            {
                isIdle = _notices.Count == 0;
                if (_isClosed)
                    return false;
            }
            var wanted = new LibC.PollEntry { File = instance.Descriptor, Events = LibC.PollEntry.Readable };
            int ready = LibC.Poll(ref wanted, 1, isIdle ? IdleMs : -1);
            if (ready > 0)
                return true;
            lock (_gate)
            {
                // Nobody came meanwhile; the next one opens another.
                if (ready == 0 && _notices.Count == 0)
                {
                    if (_instance == instance)
                        _instance = null;
                    return false;
                }
            }
        }
    }

    /// <summary>Those who are told once. What a removed watch, or an overflow, is told for is nobody's.</summary>
    private List<Notice> Take(Instance instance, int watch)
    {
        lock (_gate)
        {
            if (!_notices.Remove(watch, out var told))
                return [];
            // Of a deleted file it is gone already.
            LibC.InotifyRemove(instance.Descriptor, watch);
            return told;
        }
    }

    private void End(Notice notice)
    {
        lock (_gate)
        {
            if (!_notices.TryGetValue(notice.Watch, out var told) || !told.Remove(notice) || told.Count > 0)
                return;
            _notices.Remove(notice.Watch);
            LibC.InotifyRemove(_instance!.Descriptor, notice.Watch);
        }
    }

    private sealed record Instance(int Descriptor);

    private sealed class Notice(LinuxNotices notices, int watch, Action gone) : IDisposable
    {
        public int Watch => watch;

        public Action Gone => gone;

        public void Dispose() => notices.End(this);
    }
}
