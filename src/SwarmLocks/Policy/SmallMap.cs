using System.Diagnostics.CodeAnalysis;

namespace SwarmLocks.Policy;

/// <summary>Values by key, in the order in which the keys came: a list as long as there are few, since nearly all changes are of one or two, for which a dictionary costs more than it saves.</summary>
internal sealed class SmallMap<TKey, TValue>
    where TKey : class, IEquatable<TKey>
{
    private const int Few = 8;

    private readonly List<Pair> _pairs = new(1);
    private Dictionary<TKey, int>? _places;

    public int Count => _pairs.Count;

    public TValue this[int place] => _pairs[place].Value;

    public void Put(TKey key, TValue value)
    {
        if (PlaceOf(key) is >= 0 and var place)
        {
            _pairs[place] = new Pair(key, value);
            return;
        }
        _pairs.Add(new Pair(key, value));
        if (_pairs.Count <= Few)
            return;
        _places ??= [];
        for (int next = _places.Count; next < _pairs.Count; next++)
            _places.Add(_pairs[next].Key, next);
    }

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        int place = PlaceOf(key);
        value = place < 0 ? default : _pairs[place].Value;
        return place >= 0;
    }

    private int PlaceOf(TKey key)
    {
        if (_places is not null)
            return _places.GetValueOrDefault(key, -1);
        int place = _pairs.Count - 1;
        while (place >= 0 && !_pairs[place].Key.Equals(key))
            place--;
        return place;
    }

    private readonly record struct Pair(TKey Key, TValue Value);
}
