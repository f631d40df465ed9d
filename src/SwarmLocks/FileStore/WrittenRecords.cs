using SwarmLocks.Policy;

namespace SwarmLocks.FileStore;

/// <summary>
/// What this process has last written into each lock file. Read again byte for byte, it is the record that was written, and need not be taken apart: who releases or renews a lock
/// nearly always finds there what it put there. Only for whoever has the guard.
/// </summary>
/// <remarks>A record says nothing that its bytes do not: its times are those that are written, see <see cref="StoreTime.Written"/>.</remarks>
internal sealed class WrittenRecords
{
    /// <summary>More than nearly anybody holds; what is beyond it is taken apart.</summary>
    private const int Most = 4096;

    private readonly Dictionary<string, Written> _byFile = new(StringComparer.Ordinal);

    /// <summary>What was written; null when something else is in the file now.</summary>
    public Written? Find(string file, ReadOnlySpan<byte> content) =>
        _byFile.TryGetValue(file, out var written) && content.SequenceEqual(written.Bytes) ? written : null;

    public void Keep(string file, byte[] bytes, LockRecord record)
    {
        if (_byFile.Count >= Most)
            _byFile.Clear();
        _byFile[file] = new Written(bytes, record);
    }

    /// <summary>Another store is in the place of the one that they belonged to.</summary>
    public void Clear() => _byFile.Clear();

    public void Forget(string file) => _byFile.Remove(file);

    internal sealed record Written(byte[] Bytes, LockRecord Record);
}
