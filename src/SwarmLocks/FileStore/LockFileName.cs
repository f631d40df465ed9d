using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SwarmLocks.FileStore;

/// <summary>
/// Names of lock files: readable in <c>ls</c>, different for different resources also on a disk that folds case, and reversible unless too long.
/// <c>path:src/Login.cs</c> is <c>path=src+^login.cs</c>.
/// </summary>
internal static class LockFileName
{
    private const int MaxBytes = 200;
    private const int PrefixBytes = 150;
    private const char HashMark = '~';

    /// <summary>The name of the lock file of <paramref name="resource"/>, without extension.</summary>
    public static string Encode(LockResource resource)
    {
        var name = new StringBuilder(64).Append(resource.Kind).Append('=');
        foreach (byte b in Encoding.UTF8.GetBytes(resource.Value))
        {
            char c = (char)b;
            if (char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '-')
                name.Append(c);
            else if (char.IsAsciiLetterUpper(c))
                name.Append('^').Append(char.ToLowerInvariant(c));
            else if (c == '/')
                name.Append('+');
            else
                name.Append('%').Append(b.ToString("x2", CultureInfo.InvariantCulture));
        }
        return name.Length <= MaxBytes
            ? name.ToString()
            : string.Concat(name.ToString(0, PrefixBytes), HashMark.ToString(), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(resource.ToString())).AsSpan(0, 16)));
    }

    /// <summary>Whether only the file itself tells what it locks.</summary>
    public static bool IsHashed(string name) => name.Contains(HashMark, StringComparison.Ordinal);

    /// <summary>The resource of a lock file's name; null when it is hashed or not one of ours.</summary>
    public static LockResource? TryDecode(string name)
    {
        int equals = name.IndexOf('=', StringComparison.Ordinal);
        if (equals < 1 || IsHashed(name))
            return null;
        var bytes = new List<byte>(name.Length);
        for (int i = equals + 1; i < name.Length; i++)
        {
            char c = name[i];
            if (c == '^' && i + 1 < name.Length)
                bytes.Add((byte)char.ToUpperInvariant(name[++i]));
            else if (c == '%' && i + 2 < name.Length && byte.TryParse(name.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte b))
            {
                bytes.Add(b);
                i += 2;
            }
            else
                bytes.Add(c == '+' ? (byte)'/' : (byte)c);
        }
        try
        {
            var resource = LockResource.FromCanonical($"{name[..equals]}:{Encoding.UTF8.GetString([.. bytes])}");
            return Encode(resource) == name ? resource : null;
        }
        catch (FormatException)
        {
            // A file that some other program put here.
            return null;
        }
    }
}
