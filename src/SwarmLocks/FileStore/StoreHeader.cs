using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace SwarmLocks.FileStore;

/// <summary>
/// The content of the guard file: lines of text, in this order. The token with what follows it, and the state, have a fixed width and place, so that each is
/// changed by one write in place.
/// </summary>
/// <param name="Token">The last fencing token given out; null when it cannot be read.</param>
/// <param name="Occupied">Which folders have to be listed by whoever decides: those that may have something in them.</param>
/// <param name="IsMoved">True when the tree has another store now.</param>
/// <param name="Id">Names the folder with everything else.</param>
/// <param name="FoldsCase">Whether the disk takes upper and lower case for the same name.</param>
/// <param name="Root">The tree this store belongs to.</param>
internal readonly record struct StoreHeader(long? Token, Occupied Occupied, bool IsMoved, string Id, bool FoldsCase, string Root)
{
    public const int MaxBytes = 16 * 1024;
    private const string Title = "swarmlocks ";
    private const string Version = "1";
    private const int TokenDigits = 19;

    /// <summary>A counter this high was not reached by counting, and could soon count no further.</summary>
    private const long MaxToken = long.MaxValue / 2;
    private const string Active = "active";
    private const string Moved = "moved ";
    private const string Maybe = "maybe";
    private const string None = "none ";

    /// <summary>Where the digits of the token start.</summary>
    public static readonly int TokenOffset = Title.Length + Version.Length + "\ntoken ".Length;

    /// <summary>How much from there on a decision may change, all of it in one write.</summary>
    public static readonly int ChangingLength = TokenDigits + $"\nglobs {Maybe}\nwaiting {Maybe}\n".Length;

    /// <summary>Where the state starts.</summary>
    public static readonly int StateOffset = TokenOffset + ChangingLength + "state ".Length;

    public byte[] ToBytes()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(
            $"{Title}{Version}\ntoken {new string(' ', ChangingLength)}state {(IsMoved ? Moved : Active)}\nid {Id}\ncase {(FoldsCase ? "folds" : "sensitive")}\nroot {Root}\n");
        WriteChanging(bytes.AsSpan(TokenOffset, ChangingLength));
        return bytes;
    }

    /// <summary>Writes what stands at <see cref="TokenOffset"/>, exactly <see cref="ChangingLength"/> bytes.</summary>
    public void WriteChanging(Span<byte> to)
    {
        if (!Utf8.TryWrite(
                to, CultureInfo.InvariantCulture, $"{Token ?? 0:d19}\nglobs {(Occupied.Globs ? Maybe : None)}\nwaiting {(Occupied.Waiting ? Maybe : None)}\n", out int length)
            || length != ChangingLength)
        {
            throw new InvalidOperationException($"The token {Token} does not fit into the guard.");
        }
    }

    public static byte[] MovedBytes => Encoding.ASCII.GetBytes(Moved);

    /// <summary>Reads a header; null for one that its writer did not finish.</summary>
    /// <exception cref="LockStoreException">It is complete, but not a header this version can use.</exception>
    public static StoreHeader? Parse(ReadOnlySpan<byte> bytes, string store)
    {
        if (bytes.IsEmpty || bytes[^1] != (byte)'\n')
            return null;
        string[] lines = Encoding.UTF8.GetString(bytes).Split('\n');
        if (!lines[0].StartsWith(Title, StringComparison.Ordinal))
            throw Damaged(store);
        if (lines[0] != Title + Version)
        {
            throw new LockStoreException(
                StoreProblem.NewerVersion,
                $"The store '{store}' has format {lines[0][Title.Length..]}, this SwarmLocks reads format {Version}: use the version that the other agents use.");
        }
        // Its writer was killed, or the disk was full, exactly at the end of a line.
        if (lines.Length < 9)
            return null;
        if (lines.Length != 9
            // What follows has its place only when these have their width: a write in place would ruin it.
            || Field(lines[1], "token ") is not { Length: TokenDigits } token
            || Field(lines[2], "globs ") is not { Length: 5 } globs
            || Field(lines[3], "waiting ") is not { Length: 5 } waiting
            || Field(lines[4], "state ") is not (Active or Moved)
            || Field(lines[5], "id ") is not { Length: 32 } id || !id.All(char.IsAsciiHexDigitLower)
            || Field(lines[6], "case ") is not ("folds" or "sensitive")
            || Field(lines[7], "root ") is not { Length: > 0 } root)
        {
            throw Damaged(store);
        }
        return new StoreHeader(
            long.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value < MaxToken ? value : null,
            // Only what was written whole says that there is nothing.
            new Occupied(Globs: globs != None, Waiting: waiting != None),
            IsMoved: lines[4].EndsWith(Moved, StringComparison.Ordinal), id, FoldsCase: lines[6] == "case folds", root);
    }

    private static LockStoreException Damaged(string store) => new(
        StoreProblem.Untrusted,
        $"The guard of the store '{store}' is damaged, so nothing is known about its locks: when no agent works in this tree, delete that folder and start again.");

    private static string? Field(string line, string name) => line.StartsWith(name, StringComparison.Ordinal) ? line[name.Length..] : null;
}

/// <summary>
/// Which folders may have something in them. Said before the first file is made there, and taken back only by whoever has the guard and finds none:
/// so that nearly always nobody has to look.
/// </summary>
/// <param name="Globs">Locks of globs and folders.</param>
/// <param name="Waiting">Requests in line.</param>
internal readonly record struct Occupied(bool Globs, bool Waiting);
