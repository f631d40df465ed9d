namespace SwarmLocks.Benchmarks;

/// <summary>
/// The bare system calls that the protocol cannot do without, one after another and with no logic between them: what an operation would cost if all that is .NET and
/// ours took no time. For one thread.
/// </summary>
internal sealed class Limit
{
    private const int JournalBytes = 1 << 20;
    private readonly byte[] _record;
    private readonly byte[] _line = new byte[175];
    private readonly byte[] _token = new byte[46];
    private readonly byte[] _buffer = new byte[4096];
    private readonly string _folder, _nested, _path, _locks, _globs, _file, _temporary, _guardPath, _journalPath, _session;
    private readonly int _guard, _journal;
    private long _end;

    /// <param name="root">The tree to do it in, in files of its own.</param>
    /// <param name="record">What a lock file has in it.</param>
    /// <param name="name">Whose lock file, where several do this at once.</param>
    public Limit(string root, byte[] record, string name = "mine")
    {
        _record = record;
        string own = Directory.CreateDirectory(Path.Combine(root, "limit")).FullName;
        _folder = Path.Combine(root, "src");
        _nested = Path.Combine(_folder, ".git");
        _path = Path.Combine(_folder, "mine.cs");
        _locks = Directory.CreateDirectory(Path.Combine(own, "locks")).FullName;
        _globs = Directory.CreateDirectory(Path.Combine(own, "globs")).FullName;
        _file = Path.Combine(_locks, $"path=src+{name}.cs.json");
        _temporary = Path.Combine(own, "next.tmp");
        _session = Path.Combine(own, "session");
        (_guardPath, _journalPath) = (Path.Combine(own, "guard"), Path.Combine(own, "journal.jsonl"));
        (_guard, _journal) = (Floor.OpenGuard(_guardPath), Floor.OpenGuard(_journalPath));
        Floor.WriteAt(_guard, new byte[182], 0);
        // Its process lives, and keeps it locked.
        int session = Floor.OpenGuard(_session);
        Floor.WriteAt(session, "\n"u8.ToArray(), 0);
        Floor.IsLocked(session);
    }

    /// <summary>The record that the questions and renewals are about.</summary>
    public void Hold() => Floor.Make(_file, _record, Floor.New);

    public void Pair()
    {
        ResolvePath();
        Enter();
        LookAtFolders();
        Floor.Look(_file);
        Floor.WriteAt(_guard, _token, 19);
        Floor.Make(_file, _record, Floor.New);
        Tell();
        Leave();
        Enter();
        Floor.Question(_file, _buffer);
        Floor.Remove(_file);
        Tell();
        Leave();
    }

    /// <summary>Whoever is refused has looked whether the holder lives, and the journal says so.</summary>
    public void Conflict()
    {
        ResolvePath();
        Enter();
        LookAtFolders();
        Floor.Question(_file, _buffer);
        ProbeSession();
        Tell();
        Leave();
    }

    public void WhoHas()
    {
        ResolvePath();
        Floor.Look(_guardPath);
        LookAtFolders();
        Floor.Question(_file, _buffer);
        ProbeSession();
    }

    public void Renew()
    {
        ResolvePath();
        Enter();
        Floor.Question(_file, _buffer);
        Floor.Exchange(_file, _temporary, _record);
        Tell();
        Leave();
    }

    private void ResolvePath()
    {
        Floor.Look(_folder);
        Floor.Look(_path);
        Floor.Look(_nested);
    }

    private void Enter()
    {
        Floor.TakeLock(_guard);
        Floor.Look(_guardPath);
        Floor.ReadAt(_guard, _buffer, 0);
    }

    private void Leave() => Floor.LeaveLock(_guard);

    private void LookAtFolders()
    {
        Floor.Look(_globs);
        Floor.Look(_locks);
    }

    private void ProbeSession()
    {
        int session = Floor.OpenGuard(_session);
        Floor.IsLocked(session);
        Floor.Done(session);
    }

    private void Tell()
    {
        Floor.Look(_journalPath);
        Floor.WriteAt(_journal, _line, _end);
        _end = (_end + _line.Length) % JournalBytes;
    }
}
