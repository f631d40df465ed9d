namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>A store as it was at one moment, to be put back as often as needed.</summary>
internal sealed class StoreSnapshot
{
    private readonly string _store;
    private readonly bool _existed;
    private readonly HashSet<string> _folders = [];
    private readonly Dictionary<string, byte[]> _files = [];

    private StoreSnapshot(string store)
    {
        _store = store;
        _existed = Directory.Exists(store);
        if (!_existed)
            return;
        _folders.UnionWith(Directory.EnumerateDirectories(store, "*", SearchOption.AllDirectories));
        foreach (string file in Directory.EnumerateFiles(store, "*", SearchOption.AllDirectories))
            _files[file] = Content(file);
    }

    public static StoreSnapshot Take(Tree tree) => new(tree.Store);

    /// <summary>
    /// Everything is made anew in the same order, so that folders list their files in the same order too. Only the file of a session stays the one that its
    /// process may have locked.
    /// </summary>
    public void Restore()
    {
        if (!_existed)
        {
            if (Directory.Exists(_store))
                Directory.Delete(_store, recursive: true);
            return;
        }
        foreach (string file in Directory.EnumerateFiles(_store, "*", SearchOption.AllDirectories).Where(f => !IsSession(f) || !_files.ContainsKey(f)).ToList())
            File.Delete(file);
        foreach (string folder in Directory.EnumerateDirectories(_store, "*", SearchOption.AllDirectories).Where(f => !_folders.Contains(f)).OrderDescending(StringComparer.Ordinal).ToList())
            Directory.Delete(folder);
        foreach (string folder in _folders.Order(StringComparer.Ordinal))
            Directory.CreateDirectory(folder);
        foreach (var (file, content) in _files.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            if (!IsSession(file) || !File.Exists(file))
                File.WriteAllBytes(file, content);
        }
    }

    private static bool IsSession(string file) => Path.GetFileName(Path.GetDirectoryName(file)) == "sessions";

    /// <summary>A locked file cannot be read, but a session is a newline, or empty if its process did not get that far.</summary>
    private static byte[] Content(string file) => !IsSession(file) ? File.ReadAllBytes(file) : new FileInfo(file).Length > 0 ? "\n"u8.ToArray() : [];
}
