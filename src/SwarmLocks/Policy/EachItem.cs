namespace SwarmLocks.Policy;

/// <summary>Goes through a list by its places. The enumerator of a list that is seen as an interface is an object of its own, and a pair of acquire and release would make two dozen.</summary>
internal static class EachItem
{
    public static InOrder<T> Each<T>(this IReadOnlyList<T> items) => new(items, items.Count);

    /// <summary>For <c>foreach</c>; what is added meanwhile is not seen.</summary>
    internal struct InOrder<T>(IReadOnlyList<T> items, int count)
    {
        private int _at = -1;

        public readonly T Current => items[_at];

        public readonly InOrder<T> GetEnumerator() => this;

        public bool MoveNext() => ++_at < count;
    }
}
