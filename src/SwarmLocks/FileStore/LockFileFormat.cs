using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using SwarmLocks.Policy;

namespace SwarmLocks.FileStore;

/// <summary>Records and requests as JSON: one line that ends in a newline, so that a reader knows a finished file from a torn one.</summary>
internal static class LockFileFormat
{
    /// <summary>Nothing larger is written or read.</summary>
    public const int MaxBytes = 1 << 20;

    // Kept from one record to the next: they are three times as large as what they write.
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <exception cref="LockUsageException">Nobody could read it again.</exception>
    public static byte[] ToBytes(LockRecord record) => Trouble(record) is { } trouble
        ? throw new LockUsageException($"The lock on {record.Resource} was not written, because nobody could read it again: {trouble}.")
        : Write(record, LockFileWriter.Write, record.Resource.ToString());

    public static byte[] ToBytes(LockWaiter waiter) => Write(waiter, LockFileWriter.Write, "the request in line");

    /// <summary>Whether the writer of <paramref name="bytes"/> finished; a remnant of a dead one is empty or lacks the final newline.</summary>
    public static bool IsComplete(ReadOnlySpan<byte> bytes) => !bytes.IsEmpty && bytes[^1] == (byte)'\n';

    /// <summary>Reads a complete lock file.</summary>
    /// <param name="bytes">Its content.</param>
    /// <param name="record">What it says.</param>
    /// <returns>Null, or what is wrong with it.</returns>
    /// <exception cref="LockStoreException">It was written by a newer version.</exception>
    public static string? TryRead(ReadOnlySpan<byte> bytes, out LockRecord? record)
    {
        record = LockFileReader.TryReadRecord(bytes);
        string? why = record is not null ? null : Read(bytes, LockFileJson.Readable.LockRecord, out record);
        return why ?? Trouble(record!) ?? (CanBeRewritten(record!) ? null : "it has something that cannot be written again");
    }

    /// <summary>What others added is kept as it is and never looked at, so only writing it tells: half of a surrogate pair, escaped, can be read and not written.</summary>
    private static bool CanBeRewritten(LockRecord record)
    {
        if (record.Extra is null && record.Holders.All(e => e.Extra is null))
            return true;
        try
        {
            ToBytes(record);
            return true;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or ArgumentException or LockUsageException)
        {
            return false;
        }
    }

    /// <summary>What the serializer does not check: elements of lists, numbers in place of names, lives that no writer gives. Readers and writers refuse it alike.</summary>
    private static string? Trouble(LockRecord record)
    {
        if (record.Holders.Count == 0 && record.Abandoned == 0)
            return "it names no holder";
        if (record.Mode is not (LockMode.Exclusive or LockMode.Shared))
            return "its mode is unknown";
        foreach (var entry in record.Holders.Each())
        {
            if (entry is null)
                return "it names no holder";
            if (entry.Ttl < TimeSpan.Zero || entry.Ttl > LockManagerOptions.MaxTtl)
                return "a lease in it lasts longer or shorter than any may";
        }
        return null;
    }

    /// <summary>Reads a complete file of a request in line.</summary>
    public static string? TryRead(ReadOnlySpan<byte> bytes, out LockWaiter? waiter) =>
        Read(bytes, LockFileJson.Readable.LockWaiter, out waiter) ?? (waiter!.Resources.Any(r => r is null) ? "it asks for nothing" : null);

    private static byte[] Write<T>(T value, Action<Utf8JsonWriter, T> write, string what)
    {
        _buffer ??= new ArrayBufferWriter<byte>(1024);
        _buffer.ResetWrittenCount();
        if (_writer is null)
            _writer = new Utf8JsonWriter(_buffer, LockFileJson.Writing);
        else
            _writer.Reset();
        write(_writer, value);
        _writer.Flush();
        _buffer.Write("\n"u8);
        return _buffer.WrittenCount <= MaxBytes ? _buffer.WrittenSpan.ToArray() : throw new LockUsageException(
            $"Too many holders share {what}: their entries would not fit into {MaxBytes >> 20} MiB; wait until some have released it, or give shorter reasons.");
    }

    private static string? Read<T>(ReadOnlySpan<byte> bytes, JsonTypeInfo<T> type, out T? value)
        where T : class
    {
        value = null;
        try
        {
            RefuseNewer(bytes);
            value = JsonSerializer.Deserialize(bytes, type);
            return value is null ? "it is empty" : null;
        }
        catch (Exception error) when (error is JsonException or FormatException or NotSupportedException or InvalidOperationException)
        {
            return "it is not the JSON of a lock";
        }
    }

    /// <summary>A newer version works here.</summary>
    public static LockStoreException Newer(string why) => new(
        StoreProblem.NewerVersion, $"A lock here cannot be read ({why}, and this SwarmLocks reads format {LockRecord.CurrentVersion}): use the version that the other agents use.");

    /// <summary>The version is looked at first and alone: a newer format need not fit the types of this one.</summary>
    private static void RefuseNewer(ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueTextEquals("version"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long version) && version > LockRecord.CurrentVersion)
                    throw Newer($"it was written in format {version}");
                return;
            }
            if (reader.TokenType == JsonTokenType.PropertyName)
                reader.Skip();
        }
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    MaxDepth = Depth,
    Converters = [typeof(ResourceJson), typeof(InstantJson), typeof(SecondsJson)])]
[JsonSerializable(typeof(LockRecord))]
[JsonSerializable(typeof(LockWaiter))]
[JsonSerializable(typeof(JournalLine))]
internal sealed partial class LockFileJson : JsonSerializerContext
{
    public const int Depth = 32;

    /// <summary>How it is written: what the serializer makes of a record need not be checked once more.</summary>
    public static JsonWriterOptions Writing => new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Paths and reasons stay readable; nothing here is ever put into HTML.</summary>
    public static LockFileJson Readable => field ??= new(new JsonSerializerOptions(s_defaultOptions) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}

/// <summary>A resource as its canonical text.</summary>
internal sealed class ResourceJson : JsonConverter<LockResource>
{
    public override LockResource Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        LockResource.FromCanonical(reader.GetString() ?? throw new JsonException());

    public override void Write(Utf8JsonWriter writer, LockResource value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

/// <summary>An instant in UTC with milliseconds.</summary>
internal sealed class InstantJson : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDateTimeOffset();

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        writer.WriteStringValue(LockFileWriter.Format(value, stackalloc char[24]));
    }
}

/// <summary>A duration as decimal seconds.</summary>
internal sealed class SecondsJson : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        double seconds = reader.GetDouble();
        return seconds is >= 0 and <= 1e9 ? Of(seconds) : throw new JsonException();
    }

    /// <summary>To the tick that was written; <see cref="TimeSpan.FromSeconds(double)"/> cuts off what rounding lost.</summary>
    public static TimeSpan Of(double seconds) => TimeSpan.FromTicks((long)Math.Round(seconds * TimeSpan.TicksPerSecond));

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) => writer.WriteNumberValue((decimal)value.Ticks / TimeSpan.TicksPerSecond);
}
