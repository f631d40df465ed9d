using System.Globalization;

namespace SwarmLocks;

/// <summary>Durations as people write them: <c>500ms</c>, <c>90s</c>, <c>5m</c>, <c>1h30m</c>, <c>2d</c>, or plain seconds. One form for options, environment and messages.</summary>
public static class Durations
{
    /// <summary>What is accepted, for messages.</summary>
    public const string Accepted = "such as 500ms, 90s, 5m, 1h30m, or plain seconds";

    private static readonly (string Unit, double Ms)[] Units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

    /// <summary>Reads a duration: decimal numbers with units from large to small, or one number of seconds. Never negative, below 10,000 days.</summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = default;
        if (string.IsNullOrEmpty(text))
            return false;
        double ms = 0;
        int largest = -1;
        var rest = text.AsSpan();
        while (rest.Length > 0)
        {
            int digits = rest.IndexOfAnyExcept("0123456789.");
            var number = digits < 0 ? rest : rest[..digits];
            if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value))
                return false;
            rest = rest[number.Length..];
            int letters = rest.IndexOfAny("0123456789.");
            var unit = letters < 0 ? rest : rest[..letters];
            rest = rest[unit.Length..];
            int index = unit.Length == 0 && number.Length == text.Length ? 3 : IndexOf(unit);
            if (index <= largest)
                return false;
            largest = index;
            ms += value * Units[index].Ms;
        }
        if (ms >= 10_000 * Units[0].Ms)
            return false;
        duration = TimeSpan.FromTicks((long)Math.Round(ms * TimeSpan.TicksPerMillisecond));
        return true;
    }

    /// <summary>
    /// Writes a duration so that <see cref="TryParse"/> reads it back, to the millisecond: <c>1h30m</c>, <c>4m12s</c>, <c>1.5s</c>, <c>250ms</c>. A negative one, which is
    /// no input, begins with a minus.
    /// </summary>
    public static string Format(TimeSpan duration)
    {
        if (duration.TotalMilliseconds <= -0.5)
            return $"-{Format(duration == TimeSpan.MinValue ? TimeSpan.MaxValue : -duration)}";
        long ms = (long)Math.Round(Math.Abs(duration.TotalMilliseconds));
        if (ms < 1000)
            return string.Create(CultureInfo.InvariantCulture, $"{ms}ms");
        var text = new System.Text.StringBuilder();
        foreach (var (unit, length) in Units[..3])
        {
            long count = ms / (long)length;
            if (count > 0)
                text.Append(CultureInfo.InvariantCulture, $"{count}{unit}");
            ms %= (long)length;
        }
        if (ms > 0)
            text.Append(CultureInfo.InvariantCulture, $"{ms / 1000m:0.###}s");
        return text.ToString();
    }

    private static int IndexOf(ReadOnlySpan<char> unit)
    {
        for (int i = 0; i < Units.Length; i++)
        {
            if (unit.SequenceEqual(Units[i].Unit))
                return i;
        }
        return -1;
    }
}
