using System.Globalization;
using System.Text.Json;
using SwarmLocks.Policy;

namespace SwarmLocks.FileStore;

/// <summary>
/// Writes records, requests and journal lines exactly as the serializer would from <see cref="LockFileJson"/>, property by property: no description of the types
/// has to be made first, which takes longer than all else that a short command does.
/// </summary>
internal static class LockFileWriter
{
    public static void Write(Utf8JsonWriter json, LockRecord record)
    {
        json.WriteStartObject();
        json.WriteNumber("version"u8, record.Version);
        json.WriteString("resource"u8, record.Resource.ToString());
        json.WriteString("mode"u8, NameOf(record.Mode));
        json.WriteStartArray("holders"u8);
        foreach (var entry in record.Holders.Each())
            Write(json, entry);
        json.WriteEndArray();
        json.WriteNumber("abandoned"u8, record.Abandoned);
        WriteExtra(json, record.Extra);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, LockWaiter waiter)
    {
        json.WriteStartObject();
        json.WriteNumber("version"u8, waiter.Version);
        json.WriteNumber("ticket"u8, waiter.Ticket);
        json.WriteString("agent"u8, waiter.Agent);
        json.WriteString("session"u8, waiter.Session);
        json.WriteString("mode"u8, NameOf(waiter.Mode));
        json.WriteStartArray("resources"u8);
        foreach (var resource in waiter.Resources)
            json.WriteStringValue(resource.ToString());
        json.WriteEndArray();
        WriteInstant(json, "since"u8, waiter.Since);
        WriteInstant(json, "polled_at"u8, waiter.PolledAt);
        WriteInstant(json, "expires_at"u8, waiter.ExpiresAt);
        json.WriteString("clock"u8, waiter.Clock);
        json.WriteNumber("expires_ms"u8, waiter.ExpiresMs);
        json.WriteEndObject();
    }

    /// <summary>A <see cref="JournalLine"/> about an event.</summary>
    public static void Write(Utf8JsonWriter json, LockEvent e)
    {
        json.WriteStartObject();
        WriteInstant(json, "at"u8, e.At);
        json.WriteString("event"u8, NameOf(e.Event));
        json.WriteString("resource"u8, e.Resource);
        json.WriteString("agent"u8, e.Agent);
        WriteUnlessNull(json, "lease_id"u8, e.LeaseId);
        if (e.FencingToken is { } token)
            json.WriteNumber("fencing_token"u8, token);
        WriteUnlessNull(json, "by"u8, e.By);
        WriteUnlessNull(json, "why"u8, e.Why);
        json.WriteEndObject();
    }

    /// <summary>The <see cref="JournalLine"/> that a file begins with.</summary>
    public static void WriteContinuesFrom(Utf8JsonWriter json, long place)
    {
        json.WriteStartObject();
        json.WriteNumber("continues_from"u8, place);
        json.WriteEndObject();
    }

    /// <summary>An instant in UTC with milliseconds.</summary>
    public static ReadOnlySpan<char> Format(DateTimeOffset at, Span<char> text)
    {
        at.UtcDateTime.TryFormat(text, out int length, "yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        return text[..length];
    }

    private static void Write(Utf8JsonWriter json, LockEntry entry)
    {
        json.WriteStartObject();
        json.WriteString("agent"u8, entry.Agent);
        json.WriteString("session"u8, entry.Session);
        json.WriteString("lease_id"u8, entry.LeaseId);
        json.WriteNumber("fencing_token"u8, entry.FencingToken);
        json.WriteString("reason"u8, entry.Reason);
        json.WriteString("requested_as"u8, entry.RequestedAs);
        WriteUnlessNull(json, "requested_from"u8, entry.RequestedFrom);
        WriteInstant(json, "acquired_at"u8, entry.AcquiredAt);
        WriteInstant(json, "renewed_at"u8, entry.RenewedAt);
        WriteInstant(json, "expires_at"u8, entry.ExpiresAt);
        json.WriteNumber("ttl_seconds"u8, (decimal)entry.Ttl.Ticks / TimeSpan.TicksPerSecond);
        json.WriteString("host"u8, entry.Host);
        if (entry.Pid is { } pid)
            json.WriteNumber("pid"u8, pid);
        else
            json.WriteNull("pid"u8);
        json.WriteString("clock"u8, entry.Clock);
        json.WriteNumber("expires_ms"u8, entry.ExpiresMs);
        if (entry.Broken is { } broken)
            Write(json, broken);
        else
            json.WriteNull("broken"u8);
        WriteExtra(json, entry.Extra);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, LeaseBreak broken)
    {
        json.WriteStartObject("broken"u8);
        json.WriteString("by"u8, broken.By);
        json.WriteString("why"u8, broken.Why);
        WriteInstant(json, "at"u8, broken.At);
        json.WriteEndObject();
    }

    private static void WriteInstant(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset at) => json.WriteString(name, Format(at, stackalloc char[24]));

    private static void WriteUnlessNull(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? text)
    {
        if (text is not null)
            json.WriteString(name, text);
    }

    private static void WriteExtra(Utf8JsonWriter json, IDictionary<string, JsonElement>? extra)
    {
        if (extra is null)
            return;
        foreach (var (name, value) in extra)
        {
            json.WritePropertyName(name);
            value.WriteTo(json);
        }
    }

    private static string NameOf(LockMode mode) => mode switch
    {
        LockMode.Exclusive => "exclusive",
        LockMode.Shared => "shared",
        _ => throw new ArgumentOutOfRangeException(nameof(mode)),
    };

    private static string NameOf(LockEventKind kind) => kind switch
    {
        LockEventKind.Acquired => "acquired",
        LockEventKind.Renewed => "renewed",
        LockEventKind.Released => "released",
        LockEventKind.TakenOver => "taken_over",
        LockEventKind.Reaped => "reaped",
        LockEventKind.BreakAsked => "break_asked",
        LockEventKind.Broken => "broken",
        LockEventKind.Lost => "lost",
        LockEventKind.Refused => "refused",
        LockEventKind.Reset => "reset",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "It has no name."),
    };
}
