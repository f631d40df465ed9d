using System.Text.Json.Nodes;
using SwarmLocks.FileStore;

namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>
/// What a store says, read straight from its files while nobody changes them: who holds what and who waits, without instants, and with new ids
/// told from old ones but not from each other, so that two runs of one command compare equal.
/// </summary>
internal sealed class StoreContent
{
    private static readonly string[] Instants = ["acquired_at", "renewed_at", "expires_at", "expires_ms", "since", "polled_at", "at", "pid", "clock"];
    private static readonly string[] Ids = ["lease_id", "fencing_token", "session", "ticket"];
    private static readonly string[] Folders = ["locks", "globs", "waiting"];

    private readonly Dictionary<string, string> _records = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);

    private StoreContent(Tree tree, StoreContent? before)
    {
        string guard = StorePaths.GuardOf(new System.IO.Abstractions.FileSystem(), tree.Store);
        if (!File.Exists(guard))
            return;
        HeaderToken = StoreHeader.Parse(File.ReadAllBytes(guard), tree.Store)?.Token ?? 0;
        foreach (string file in Directory.EnumerateDirectories(tree.Store).SelectMany(data => Folders.Select(f => Path.Combine(data, f))).Where(Directory.Exists).SelectMany(Directory.EnumerateFiles))
        {
            byte[] bytes = File.ReadAllBytes(file);
            // A remnant of a dead writer is as good as no file.
            if (!LockFileFormat.IsComplete(bytes))
                continue;
            var record = JsonNode.Parse(bytes)!.AsObject();
            Simplify(record, before);
            Leases += record["holders"]?.AsArray().Count ?? 0;
            string folder = Path.GetFileName(Path.GetDirectoryName(file)!);
            _records[folder == "waiting" ? $"waiting/{record["agent"]}" : $"{folder}/{Path.GetFileName(file)}"] = record.ToJsonString();
        }
    }

    /// <summary>The counter in the guard file; 0 where it has none yet.</summary>
    public long HeaderToken { get; }

    /// <summary>The largest token or ticket in a record.</summary>
    public long LargestInRecords { get; private set; }

    /// <summary>Larger than this has to be whatever is granted next.</summary>
    public long LargestToken => Math.Max(HeaderToken, LargestInRecords);

    /// <summary>How many leases there are.</summary>
    public int Leases { get; private set; }

    /// <summary>By file, below the folder of the store.</summary>
    public IReadOnlyDictionary<string, string> Records => _records;

    /// <summary>Reads it; what is not in <paramref name="before"/> counts as new.</summary>
    public static StoreContent Read(Tree tree, StoreContent? before = null) => new(tree, before);

    /// <summary>Whether both say the same.</summary>
    public bool IsLike(StoreContent other) => _records.Count == other._records.Count && _records.All(r => other._records.GetValueOrDefault(r.Key) == r.Value);

    private void Simplify(JsonNode? node, StoreContent? before)
    {
        if (node is JsonArray array)
        {
            foreach (var item in array)
                Simplify(item, before);
        }
        if (node is not JsonObject record)
            return;
        foreach (string instant in Instants)
            record.Remove(instant);
        foreach (string id in Ids)
        {
            if (record[id] is not { } value)
                continue;
            if (id is "fencing_token" or "ticket")
                LargestInRecords = Math.Max(LargestInRecords, value.GetValue<long>());
            _ids.Add(value.ToString());
            record[id] = before?._ids.Contains(value.ToString()) ?? true ? "old" : "new";
        }
        foreach (var (_, child) in record)
            Simplify(child, before);
    }
}
