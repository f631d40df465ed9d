namespace SwarmLocks.Policy;

/// <summary>Lists that mostly get one item, for which they need not be able to grow.</summary>
internal static class ShortList
{
    /// <summary>The list with one more. Only for whoever has it alone: the one given may be the one returned.</summary>
    public static IReadOnlyList<T> And<T>(this IReadOnlyList<T> items, T item)
    {
        if (items.Count == 0)
            return [item];
        var several = items as List<T> ?? [.. items];
        several.Add(item);
        return several;
    }
}
