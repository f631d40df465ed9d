using System.Text.Json;

namespace SwarmLocks.Tests.Stress.Faults;

/// <summary>A store as it is on disk at one time.</summary>
internal sealed class StoreImage
{
    private readonly string _store;
    private readonly HashSet<string> _folders;
    private readonly SortedDictionary<string, byte[]> _files;

    private StoreImage(string store)
    {
        _store = store;
        bool exists = Directory.Exists(store);
        _folders = exists ? [store, .. Directory.EnumerateDirectories(store, "*", SearchOption.AllDirectories)] : [];
        _files = new(
            exists ? Directory.EnumerateFiles(store, "*", SearchOption.AllDirectories).ToDictionary(f => f, File.ReadAllBytes) : [], StringComparer.Ordinal);
    }

    public static StoreImage Of(Tree tree) => new(Path.Combine(tree.Root, ".git", "swarmlocks"));

    /// <summary>Puts the disk back to this.</summary>
    public void Restore()
    {
        var now = new StoreImage(_store);
        foreach (string file in now._files.Keys.Where(f => !_files.ContainsKey(f)))
            File.Delete(file);
        foreach (string folder in now._folders.Except(_folders).OrderByDescending(f => f.Length))
            Directory.Delete(folder);
        foreach (string folder in _folders)
            Directory.CreateDirectory(folder);
        foreach (var (file, bytes) in _files)
        {
            if (!now._files.TryGetValue(file, out byte[]? there) || !bytes.AsSpan().SequenceEqual(there))
                File.WriteAllBytes(file, bytes);
        }
    }

    /// <summary>
    /// What differs, byte for byte, from an earlier state; empty for nothing. The counter may be ahead, and the journal tells of what was tried.
    /// </summary>
    public string DifferenceFrom(StoreImage before) => string.Join('\n', Records.Except(before.Records).Select(f => "+ " + f).Concat(before.Records.Except(Records).Select(f => "- " + f)));

    /// <summary>Who has what, without times and ids: the same after the same change of the same state.</summary>
    public string Meaning => string.Join('\n', _files.Where(f => Path.GetExtension(f.Key) == ".json").Select(f => $"{Path.GetFileName(f.Key)} {MeaningOf(f.Value)}"));

    private IEnumerable<string> Records =>
        _files.Where(f => Path.GetFileName(f.Key) is not ("guard" or "guard.line" or "root" or "journal.jsonl" or "journal.1.jsonl")).Select(f => $"{f.Key} {System.Text.Encoding.UTF8.GetString(f.Value)}");

    private static string MeaningOf(byte[] bytes)
    {
        if (bytes is not [(byte)'{', ..])
            return "unreadable";
        using var record = JsonDocument.Parse(bytes);
        var root = record.RootElement;
        var holders = root.GetProperty("holders").EnumerateArray().Select(
            h => $"{h.GetProperty("agent").GetString()} {h.GetProperty("ttl_seconds")}{(h.GetProperty("broken").ValueKind == JsonValueKind.Null ? "" : " broken")}");
        return $"{root.GetProperty("mode").GetString()} {root.GetProperty("abandoned")} [{string.Join(", ", holders)}]";
    }
}
