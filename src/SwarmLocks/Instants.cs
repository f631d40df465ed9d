using System.Globalization;

namespace SwarmLocks;

/// <summary>Instants as people read them, in their own time zone. One form for the messages of the library and of the command.</summary>
public static class Instants
{
    /// <summary>The time of day, as in <c>14:05:10</c>; with the date where it is not today's.</summary>
    /// <param name="at">The instant.</param>
    /// <param name="time">Says which day it is, and where.</param>
    public static string Format(DateTimeOffset at, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        var zone = time.LocalTimeZone;
        var local = TimeZoneInfo.ConvertTime(at, zone);
        bool today = local.Date == TimeZoneInfo.ConvertTime(time.GetUtcNow(), zone).Date;
        return local.ToString(today ? "HH:mm:ss" : "yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
    }
}
