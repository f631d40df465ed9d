using System.Text;

namespace SwarmLocks.Resources;

/// <summary>What every resource text must satisfy, and how it is quoted in a message.</summary>
internal static class ResourceText
{
    internal const int MaxPathBytes = 4096;
    internal const int MaxNameChars = 1024;
    private const int QuotedChars = 80;

    /// <summary>What is wrong with the characters of <paramref name="text"/>, to follow its name in a sentence; null when nothing is.</summary>
    internal static string? Problem(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            // What a system puts in place of bytes that are no text: two files of different names would become one.
            if (text[i] == '\uFFFD') return "contains U+FFFD, which stands for bytes that are not UTF-8";
            if (char.IsControl(text[i])) return $"contains the control character U+{(int)text[i]:X4}";
        }

        return HasHalfPair(text) ? "is not valid Unicode (half a surrogate pair)" : null;
    }

    /// <summary>Whether half a surrogate pair stands alone in <paramref name="text"/>: it cannot be written as UTF-8.</summary>
    internal static bool HasHalfPair(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1])) return true;
            i++;
        }

        return false;
    }

    /// <summary>Whether <paramref name="word"/> has the form of a kind: ASCII letters, digits and <c>. _ -</c>.</summary>
    internal static bool IsWord(ReadOnlySpan<char> word)
    {
        foreach (char c in word)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-')) return false;
        return !word.IsEmpty;
    }

    internal static bool IsTooLongForPath(string value) =>
        value.Length > MaxPathBytes || (value.Length > MaxPathBytes / 3 && Encoding.UTF8.GetByteCount(value) > MaxPathBytes);

    /// <summary>The text in quotes, shortened, and with what would spoil a line made visible.</summary>
    internal static string Quote(string text)
    {
        var quoted = new StringBuilder("'");
        for (int i = 0; i < text.Length; i++)
        {
            if (i >= QuotedChars) { quoted.Append('…'); break; }
            bool pair = i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]);
            if (pair) quoted.Append(text[i++]).Append(text[i]);
            else if (char.IsControl(text[i]) || char.IsSurrogate(text[i])) quoted.Append('�');
            else quoted.Append(text[i]);
        }

        return quoted.Append('\'').ToString();
    }
}
