using System.Diagnostics.CodeAnalysis;

namespace SwarmLocks.Policy;

/// <summary>
/// Values by key, in the order in which the keys came. Nearly all changes are of one, for which it makes no object, or of two: as long as there are few, a list is searched,
/// since a dictionary costs more than it saves.
/// </summary>
/// <remarks>A value of which copies share a part: whoever gets one may only read it.</remarks>
internal struct SmallMap<TKey, TValue>
    where TKey : class, IEquatable<TKey>
{
    private const int Few = 8;

    private Pair _first;
    private List<Pair>? _others;
    private Dictionary<TKey, int>? _places;

    public int Count { get; private set; }

    public readonly TValue this[int place] => At(place).Value;

    public void Put(TKey key, TValue value)
    {
        var pair = new Pair(key, value);
        int place = PlaceOf(key);
        if (place == 0 || Count == 0)
            _first = pair;
        else if (place > 0)
            _others![place - 1] = pair;
        else
            (_others ??= []).Add(pair);
        if (place >= 0)
            return;
        Count++;
        if (Count <= Few)
            return;
        _places ??= [];
        for (int next = _places.Count; next < Count; next++)
            _places.Add(At(next).Key, next);
    }

    public readonly bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        int place = PlaceOf(key);
        value = place < 0 ? default : this[place];
        return place >= 0;
    }

    private readonly int PlaceOf(TKey key)
    {
        if (_places is not null)
            return _places.GetValueOrDefault(key, -1);
        int place = Count - 1;
        while (place >= 0 && !At(place).Key.Equals(key))
            place--;
        return place;
    }

    private readonly Pair At(int place) => place == 0 ? _first : _others![place - 1];

    private readonly record struct Pair(TKey Key, TValue Value);
}
