using System.Text.Json;
using SwarmLocks.Policy;

namespace SwarmLocks.FileStore;

/// <summary>
/// Reads records that look exactly as <see cref="LockFileWriter"/> writes them, which is nearly every one. Whatever differs in anything, be it an order, an unknown key
/// or a value that no writer gives, is left to the serializer, whose word counts.
/// </summary>
internal static class LockFileReader
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = LockFileJson.Depth };

    // Whoever reads many reads the same agents, sessions and machines again and again: half of what a list of thousands would allocate.
    [ThreadStatic]
    private static LockEntry? _last;

    /// <summary>The record; null for the serializer to read.</summary>
    public static LockRecord? TryReadRecord(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var json = new Utf8JsonReader(bytes, Options);
            return TryReadRecord(ref json);
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    private static LockRecord? TryReadRecord(ref Utf8JsonReader json)
    {
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject
            || !IsNext(ref json, "version"u8) || json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out int version) || version != LockRecord.CurrentVersion
            || !IsNext(ref json, "resource"u8) || Text(ref json) is not { } canonical
            || !IsNext(ref json, "mode"u8) || Mode(ref json) is not { } mode
            || !IsNext(ref json, "holders"u8) || json.TokenType != JsonTokenType.StartArray)
        {
            return null;
        }
        var resource = LockResource.FromCanonical(canonical);
        var holders = new List<LockEntry>(1);
        while (json.Read() && json.TokenType == JsonTokenType.StartObject)
        {
            if (TryReadEntry(ref json, resource) is not { } entry)
                return null;
            holders.Add(entry);
        }
        return json.TokenType == JsonTokenType.EndArray
            && IsNext(ref json, "abandoned"u8) && json.TokenType == JsonTokenType.Number && json.TryGetInt32(out int abandoned)
            && json.Read() && json.TokenType == JsonTokenType.EndObject && !json.Read()
            ? new LockRecord { Version = version, Resource = resource, Mode = mode, Holders = holders, Abandoned = abandoned }
            : null;
    }

    private static LockEntry? TryReadEntry(ref Utf8JsonReader json, LockResource resource)
    {
        var last = _last;
        if (!IsNext(ref json, "agent"u8) || Text(ref json, last?.Agent) is not { } agent
            || !IsNext(ref json, "session"u8) || !IsTextOrNull(ref json, last?.Session, out string? session)
            || !IsNext(ref json, "lease_id"u8) || Text(ref json) is not { } leaseId
            || !IsNext(ref json, "fencing_token"u8) || Number(ref json) is not { } token
            || !IsNext(ref json, "reason"u8) || !IsTextOrNull(ref json, last?.Reason, out string? reason)
            || !IsNext(ref json, "requested_as"u8) || Text(ref json, resource.Value) is not { } requestedAs
            || !json.Read() || json.TokenType != JsonTokenType.PropertyName)
        {
            return null;
        }
        string? requestedFrom = null;
        if (json.ValueTextEquals("requested_from"u8))
        {
            json.Read();
            requestedFrom = Text(ref json);
            if (requestedFrom is null || !json.Read() || json.TokenType != JsonTokenType.PropertyName)
                return null;
        }
        if (!json.ValueTextEquals("acquired_at"u8) || !json.Read() || Instant(ref json) is not { } acquiredAt
            || !IsNext(ref json, "renewed_at"u8) || Instant(ref json) is not { } renewedAt
            || !IsNext(ref json, "expires_at"u8) || Instant(ref json) is not { } expiresAt
            || !IsNext(ref json, "ttl_seconds"u8) || json.TokenType != JsonTokenType.Number || !json.TryGetDouble(out double ttl) || ttl is not (>= 0 and <= 1e9)
            || !IsNext(ref json, "host"u8) || !IsTextOrNull(ref json, last?.Host, out string? host)
            || !IsNext(ref json, "pid"u8) || json.TokenType != JsonTokenType.Number || !json.TryGetInt32(out int pid)
            || !IsNext(ref json, "clock"u8) || !IsTextOrNull(ref json, last?.Clock, out string? clock)
            || !IsNext(ref json, "expires_ms"u8) || Number(ref json) is not { } expiresMs
            // A broken one is rare.
            || !IsNext(ref json, "broken"u8) || json.TokenType != JsonTokenType.Null
            || !json.Read() || json.TokenType != JsonTokenType.EndObject)
        {
            return null;
        }
        return _last = new LockEntry
        {
            Agent = agent,
            Session = session,
            LeaseId = leaseId,
            FencingToken = token,
            Reason = reason,
            RequestedAs = requestedAs,
            RequestedFrom = requestedFrom,
            AcquiredAt = acquiredAt,
            RenewedAt = renewedAt,
            ExpiresAt = expiresAt,
            Ttl = SecondsJson.Of(ttl),
            Host = host,
            Pid = pid,
            Clock = clock,
            ExpiresMs = expiresMs,
        };
    }

    /// <summary>Goes to the value of the property that has to come now.</summary>
    private static bool IsNext(ref Utf8JsonReader json, ReadOnlySpan<byte> name) =>
        json.Read() && json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals(name) && json.Read();

    /// <param name="json">At a value.</param>
    /// <param name="last">What it may be once more.</param>
    private static string? Text(ref Utf8JsonReader json, string? last = null) =>
        json.TokenType != JsonTokenType.String ? null : last is not null && json.ValueTextEquals(last) ? last : json.GetString();

    private static bool IsTextOrNull(ref Utf8JsonReader json, string? last, out string? text)
    {
        text = Text(ref json, last);
        return text is not null || json.TokenType == JsonTokenType.Null;
    }

    private static long? Number(ref Utf8JsonReader json) => json.TokenType == JsonTokenType.Number && json.TryGetInt64(out long number) ? number : null;

    private static DateTimeOffset? Instant(ref Utf8JsonReader json) =>
        json.TokenType == JsonTokenType.String && json.TryGetDateTimeOffset(out var at) ? at : null;

    private static LockMode? Mode(ref Utf8JsonReader json) =>
        json.TokenType != JsonTokenType.String ? null
        : json.ValueTextEquals("exclusive"u8) ? LockMode.Exclusive
        : json.ValueTextEquals("shared"u8) ? LockMode.Shared
        : null;
}
