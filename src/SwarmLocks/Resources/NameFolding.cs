using System.Text;

namespace SwarmLocks.Resources;

/// <summary>One spelling for the names that a disk which ignores case and normalisation takes for one.</summary>
internal static class NameFolding
{
    /// <summary>Under invariant globalisation <see cref="string.Normalize()"/> returns its text unchanged.</summary>
    private static readonly bool CanNormalize = string.Equals("e\u0301".Normalize(), "\u00e9", StringComparison.Ordinal);

    /// <summary>Folds case character by character, then composes; null when this build cannot do that for <paramref name="text"/>.</summary>
    internal static string? Fold(string text)
    {
        if (Ascii.IsValid(text)) return text.ToLowerInvariant();
        if (!CanNormalize) return null;
        var folded = new StringBuilder(text.Length);

        // By way of upper case, which joins more letters (the two small sigmas) than lower case alone.
        foreach (Rune rune in text.EnumerateRunes()) folded.Append(Rune.ToLowerInvariant(Rune.ToUpperInvariant(rune)));
        return folded.ToString().Normalize();
    }
}
