using System.Globalization;
using System.Text;
using SwarmLocks.Policy;

namespace SwarmLocks.FileStore;

/// <summary>
/// The file name of a resource, without extension: readable in <c>ls</c>, never two for one or one for two, also where the disk ignores case.
/// </summary>
/// <remarks>
/// The <c>:</c> after the kind is <c>=</c> and <c>/</c> is <c>+</c>; <c>a-z 0-9 . _ -</c> stand for themselves, an upper-case letter is
/// <c>^</c> and the small one, any other byte of UTF-8 is <c>%</c> and two hexadecimal digits. A name over 200 bytes is cut and ends in
/// <c>~</c> and 32 digits of the FNV-1a hash of the whole; such a name cannot be read back. Two resources of one name, should anybody construct them, exclude
/// each other: the record in the file speaks of another resource, so it counts as unreadable.
/// </remarks>
internal static class LockFileName
{
    /// <summary>Leaves room in the usual 255 bytes for the extensions of the lock file and its temporary one.</summary>
    internal const int MaxBytes = 200;
    private const int HashDigits = 32;

    /// <summary>The name for <paramref name="resource"/>; ASCII.</summary>
    internal static string Encode(LockResource resource)
    {
        string canonical = resource.ToString();
        if (canonical.Length <= MaxBytes && IsPlain(resource.Kind) && IsPlain(resource.Value))
            return Plain(resource);
        var name = new StringBuilder(canonical.Length + 16);
        Escape(name, resource.Kind);
        name.Append('=');
        Escape(name, resource.Value);
        return name.Length <= MaxBytes ? name.ToString() : Cut(name, canonical);
    }

    private static string Plain(LockResource resource) => string.Create(resource.Kind.Length + 1 + resource.Value.Length, resource, static (name, resource) =>
    {
        resource.Kind.CopyTo(name);
        name[resource.Kind.Length] = '=';
        resource.Value.AsSpan().Replace(name[(resource.Kind.Length + 1)..], '/', '+');
    });

    private static string Cut(StringBuilder name, string canonical)
    {
        int cut = MaxBytes - HashDigits - 1;
        // Half an escape is not readable.
        if (name[cut - 1] is '^' or '%') cut--;
        else if (name[cut - 2] == '%') cut -= 2;
        name.Length = cut;
        return name.Append('~').Append(CultureInfo.InvariantCulture, $"{Hash(Encoding.UTF8.GetBytes(canonical)):x32}").ToString();
    }

    /// <summary>FNV-1a of 128 bits. Whatever .NET has loads a library of the system, which takes fifty milliseconds where there is one, and ends the process where there is none.</summary>
    internal static UInt128 Hash(ReadOnlySpan<byte> bytes)
    {
        var hash = new UInt128(0x6c62272e07bb0142, 0x62b821756295c58d);
        var prime = new UInt128(0x0000000001000000, 0x000000000000013b);
        foreach (byte b in bytes)
            hash = unchecked((hash ^ b) * prime);
        return hash;
    }

    /// <summary>The resource that has this name; null when the name is hashed, or is not one that <see cref="Encode"/> makes.</summary>
    internal static LockResource? TryDecode(string name)
    {
        if (name.Length > MaxBytes || Unescape(name) is not { } canonical) return null;
        try
        {
            LockResource resource = LockResource.FromCanonical(canonical);
            // What has no escapes is the one name of what it says; an escape may be one too many.
            return !name.AsSpan().ContainsAny('^', '%') || Encode(resource) == name ? resource : null;
        }
        catch (FormatException)
        {
            // Somebody else's file: the escapes are in order and still it names no resource.
            return null;
        }
    }

    /// <summary>Whether the name was cut, so that only its record tells the resource.</summary>
    internal static bool IsHashed(ReadOnlySpan<char> name)
    {
        int mark = name.Length - HashDigits - 1;
        return mark > 0 && name.Length <= MaxBytes && name[mark] == '~' && IsHexadecimal(name[(mark + 1)..]);
    }

    /// <summary>What the names of all paths begin with that <paramref name="pattern"/> can match; not those of hashed names, which are cut anywhere.</summary>
    internal static IEnumerable<string> BeginningsOfPaths(LockResource pattern)
    {
        foreach (var segments in pattern.Pattern.Alternatives)
        {
            var name = new StringBuilder(LockTarget.PathKind).Append('=');
            Escape(name, GlobPattern.LiteralBeginning(segments));
            yield return name.ToString();
        }
    }

    /// <summary>Whether nothing but slashes has to be escaped, as is the rule.</summary>
    private static bool IsPlain(string text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('.' or '_' or '-' or '/'))
                return false;
        }
        return true;
    }

    private static bool IsHexadecimal(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiHexDigitLower(c))
                return false;
        }
        return true;
    }

    private static void Escape(StringBuilder name, string text)
    {
        Span<byte> utf8 = stackalloc byte[4];
        foreach (Rune rune in text.EnumerateRunes())
        {
            int c = rune.Value;
            if (c == '/') name.Append('+');
            else if (c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' or '_' or '-') name.Append((char)c);
            else if (c is >= 'A' and <= 'Z') name.Append('^').Append((char)(c | 0x20));
            else
            {
                foreach (byte b in utf8[..rune.EncodeToUtf8(utf8)]) name.Append(CultureInfo.InvariantCulture, $"%{b:x2}");
            }
        }
    }

    /// <param name="name">At most <see cref="MaxBytes"/> long.</param>
    private static string? Unescape(string name)
    {
        // A character stands for one byte at most, and no name is longer.
        Span<byte> bytes = stackalloc byte[MaxBytes];
        int length = 0;
        bool afterKind = false;
        for (int i = 0; i < name.Length; i++)
        {
            char c = name[i];
            if (c == '=' && !afterKind)
            {
                afterKind = true;
                bytes[length++] = (byte)':';
            }
            else if (c == '+') bytes[length++] = (byte)'/';
            else if (char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '_' or '-') bytes[length++] = (byte)c;
            else if (c == '^' && i + 1 < name.Length && char.IsAsciiLetterLower(name[i + 1])) bytes[length++] = (byte)(name[++i] & ~0x20);
            else if (c == '%' && i + 2 < name.Length
                && byte.TryParse(name.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte b))
            {
                bytes[length++] = b;
                i += 2;
            }
            else
            {
                return null;
            }
        }

        return Encoding.UTF8.GetString(bytes[..length]);
    }
}
