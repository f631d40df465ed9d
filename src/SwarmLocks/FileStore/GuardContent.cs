using System.Buffers;

namespace SwarmLocks.FileStore;

/// <summary>Reads and changes the header that stands in the guard file. Only for whoever has the guard.</summary>
internal sealed class GuardContent(string store)
{
    // As it was last read or changed here: mostly nobody else was there since, and nothing has to be taken apart.
    private byte[] _bytes = [];
    private StoreHeader? _header;

    /// <summary>The header; null for one that its writer did not finish.</summary>
    /// <exception cref="LockStoreException">It is complete, but not a header this version can use.</exception>
    public StoreHeader? Read(Stream guard)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(StoreHeader.MaxBytes);
        try
        {
            guard.Position = 0;
            int length = guard.Read(buffer, 0, StoreHeader.MaxBytes);
            if (_header is not null && buffer.AsSpan(0, length).SequenceEqual(_bytes))
                return _header;
            // A disk may give in pieces what there is.
            length += guard.ReadAtLeast(buffer.AsSpan(length, StoreHeader.MaxBytes - length), StoreHeader.MaxBytes - length, throwOnEndOfStream: false);
            _header = null;
            _bytes = buffer[..length];
            return _header = StoreHeader.Parse(_bytes, store);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Writes what may differ in <paramref name="header"/> from the one that is there: the token, and where others have to look.</summary>
    public void Change(Stream guard, StoreHeader header)
    {
        Span<byte> changing = stackalloc byte[StoreHeader.ChangingLength];
        header.WriteChanging(changing);
        bool isKnown = _header?.Id == header.Id;
        // A call may fail after it had its effect.
        _header = null;
        guard.Position = StoreHeader.TokenOffset;
        guard.Write(changing);
        if (!isKnown)
            return;
        changing.CopyTo(_bytes.AsSpan(StoreHeader.TokenOffset));
        _header = header;
    }

    /// <summary>Says that the tree has another store now.</summary>
    public static void Retire(Stream guard)
    {
        guard.Position = StoreHeader.StateOffset;
        guard.Write(StoreHeader.MovedBytes);
    }
}
