using System.Buffers.Binary;
using System.Text;

namespace SwarmLocks.Cli.Demo;

/// <summary>The names of the tracked files, from git's index, versions 2 to 4 (gitformat-index(5)). Everything else in it is passed over.</summary>
internal static class GitIndex
{
    private const int HeaderBytes = 12;
    private const int ModeOffset = 24;
    private const int HashOffset = 40;
    private const int Extended = 0x4000;

    /// <summary>The regular files in an index, in its order; null when it cannot be read as one.</summary>
    public static IReadOnlyList<string>? Parse(ReadOnlySpan<byte> index) =>
        // A SHA-1 or a SHA-256 repository; with the wrong length the second entry already makes no sense.
        Parse(index, hashBytes: 20) ?? Parse(index, hashBytes: 32);

    private static List<string>? Parse(ReadOnlySpan<byte> index, int hashBytes)
    {
        if (index.Length < HeaderBytes || !index.StartsWith("DIRC"u8))
            return null;
        uint version = BinaryPrimitives.ReadUInt32BigEndian(index[4..]);
        uint count = BinaryPrimitives.ReadUInt32BigEndian(index[8..]);
        if (version is < 2 or > 4)
            return null;

        var names = new List<string>();
        byte[] name = [];
        int at = HeaderBytes;
        for (uint entry = 0; entry < count; entry++)
        {
            int flagsAt = at + HashOffset + hashBytes;
            if (flagsAt + 4 > index.Length)
                return null;
            uint mode = BinaryPrimitives.ReadUInt32BigEndian(index[(at + ModeOffset)..]);
            int nameAt = flagsAt + ((index[flagsAt] << 8 & Extended) != 0 ? 4 : 2);
            int kept = version < 4 ? 0 : name.Length - ReadNumber(index, ref nameAt);
            int length = nameAt <= index.Length ? index[nameAt..].IndexOf((byte)0) : -1;
            if (mode >> 12 is not (8 or 10 or 14 or 4) || length < 0 || kept < 0 || kept + length == 0)
                return null;
            name = [.. name.AsSpan(0, kept), .. index.Slice(nameAt, length)];
            // Versions 2 and 3 fill up with 1 to 8 NULs to a multiple of 8; version 4 has one.
            at = version == 4 ? nameAt + length + 1 : at + ((nameAt + length - at + 8) & ~7);
            if (mode >> 12 == 8)
                names.Add(Encoding.UTF8.GetString(name));
        }
        return names;
    }

    /// <summary>How much of the end of the name before goes: git's variable-width number, seven bits a byte, where each continuation adds one.</summary>
    private static int ReadNumber(ReadOnlySpan<byte> index, ref int at)
    {
        int value = -1;
        byte digit;
        do
        {
            if (at >= index.Length || value > int.MaxValue >> 8)
                return int.MaxValue;
            digit = index[at++];
            value = (value + 1 << 7) | (digit & 0x7f);
        }
        while ((digit & 0x80) != 0);
        return value;
    }
}
