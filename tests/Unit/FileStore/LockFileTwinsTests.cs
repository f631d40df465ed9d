using System.Text;
using System.Text.Json;
using SwarmLocks.FileStore;
using SwarmLocks.Policy;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.FileStore;

/// <summary>The serializer is the measure: what is written and read without it must be what it would write and read.</summary>
public sealed class LockFileTwinsTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 20, 23, 59, 59, 998, TimeSpan.Zero);
    private static readonly string[] Texts = ["", "a", "agent-1", "x\"y\\z", "Ä/é", "\u0001\t", "😀", "</script>", "null"];

    [Fact]
    public void Records_are_written_as_the_serializer_would_and_read_back_by_both()
    {
        var random = new Random(4711);
        for (int i = 0; i < 3000; i++)
        {
            var record = Record(random);
            byte[] bytes = LockFileFormat.ToBytes(record);
            Assert.Equal(JsonSerializer.Serialize(record, LockFileJson.Readable.LockRecord) + "\n", Encoding.UTF8.GetString(bytes));
            if (LockFileReader.TryReadRecord(bytes) is { } read)
                AssertSame(bytes, read);
            else
                Assert.True(record.Extra is not null || record.Holders.Any(e => e.Broken is not null || e.Pid is null || e.Extra is not null));
        }
    }

    [Fact]
    public void Requests_and_journal_lines_are_written_as_the_serializer_would()
    {
        var random = new Random(4712);
        for (int i = 0; i < 1000; i++)
        {
            var waiter = Records.Waiter(
                new StoreTime(random.Next(), Start.AddMilliseconds(i), Maybe(random), null), random.Next(), Text(random), Maybe(random), "path:a", "glob:src/**");
            Assert.Equal(JsonSerializer.Serialize(waiter, LockFileJson.Readable.LockWaiter) + "\n", Encoding.UTF8.GetString(LockFileFormat.ToBytes(waiter)));
            var told = new LockEvent(
                0, Start.AddMilliseconds(i), (LockEventKind)random.Next(Enum.GetValues<LockEventKind>().Length), Text(random), Text(random), Maybe(random),
                random.Next(2) == 0 ? random.NextInt64() : null, Maybe(random), Maybe(random));
            var line = new JournalLine
            {
                At = told.At,
                Event = told.Event,
                Resource = told.Resource,
                Agent = told.Agent,
                LeaseId = told.LeaseId,
                FencingToken = told.FencingToken,
                By = told.By,
                Why = told.Why,
            };
            Assert.Equal(JsonSerializer.Serialize(line, LockFileJson.Readable.JournalLine), Written(json => LockFileWriter.Write(json, told)));
            long place = random.NextInt64();
            Assert.Equal(
                JsonSerializer.Serialize(new JournalLine { ContinuesFrom = place }, LockFileJson.Readable.JournalLine), Written(json => LockFileWriter.WriteContinuesFrom(json, place)));
        }

        static string Written(Action<Utf8JsonWriter> write)
        {
            using var buffer = new MemoryStream();
            using (var json = new Utf8JsonWriter(buffer, LockFileJson.Writing))
                write(json);
            return Encoding.UTF8.GetString(buffer.ToArray());
        }
    }

    [Fact]
    public void Whatever_the_quick_reader_takes_the_serializer_takes_for_the_same()
    {
        var random = new Random(4713);
        int taken = 0;
        for (int i = 0; i < 60_000; i++)
        {
            byte[] bytes = Spoilt(LockFileFormat.ToBytes(Record(random)), random);
            if (LockFileReader.TryReadRecord(bytes) is not { } read)
                continue;
            taken++;
            AssertSame(bytes, read);
        }
        Assert.True(taken > 2000, $"only {taken} were taken");
    }

    private static void AssertSame(byte[] bytes, LockRecord read)
    {
        var same = JsonSerializer.Deserialize(bytes, LockFileJson.Readable.LockRecord)!;
        Assert.Equal(same with { Holders = [] }, read with { Holders = [] });
        Assert.Equal(same.Holders, read.Holders);
    }

    private static byte[] Spoilt(byte[] bytes, Random random)
    {
        var spoilt = new List<byte>(bytes);
        for (int n = random.Next(3); n >= 0; n--)
        {
            int at = random.Next(spoilt.Count), length = Math.Min(random.Next(1, 12), spoilt.Count - at);
            switch (random.Next(5))
            {
                case 0:
                    spoilt[at] = (byte)random.Next(32, 127);
                    break;
                case 1:
                    spoilt.RemoveRange(at, length);
                    break;
                case 2:
                    spoilt.InsertRange(at, spoilt.GetRange(at, length));
                    break;
                case 3:
                    spoilt.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]));
                    break;
                default:
                    // Only a digit: most of these are still records.
                    int digit = spoilt.FindIndex(at, b => b is >= (byte)'0' and <= (byte)'9');
                    if (digit >= 0)
                        spoilt[digit] = (byte)random.Next('0', '9' + 1);
                    break;
            }
            if (spoilt.Count == 0)
                break;
        }
        return [.. spoilt];
    }

    private static readonly string[] Pieces = [" ", "\n", ",", "0", "-", ".5", "e9", "null", "{}", "[]", "\"x\":1,", "\\u0041", "\\ud800", "{", "}"];

    private static LockRecord Record(Random random)
    {
        var record = AnyRecord(random);
        // One without either is not written.
        return record.Holders.Count > 0 || record.Abandoned > 0 ? record : record with { Abandoned = 1 };
    }

    private static LockRecord AnyRecord(Random random) => new()
    {
        Resource = Records.Resource(random.Next(2) == 0 ? "path:src/Ä b.cs" : "glob:src/**/*.cs"),
        Mode = (LockMode)random.Next(2),
        Holders = [.. Enumerable.Range(0, random.Next(4)).Select(_ => Entry(random))],
        Abandoned = random.Next(3),
        Extra = Extra(random),
    };

    private static LockEntry Entry(Random random) => new()
    {
        Agent = Text(random),
        Session = Maybe(random),
        LeaseId = Text(random),
        FencingToken = random.NextInt64(),
        Reason = Maybe(random),
        RequestedAs = Text(random),
        RequestedFrom = Maybe(random),
        AcquiredAt = Start.AddMilliseconds(random.Next()),
        RenewedAt = Start.AddMilliseconds(random.Next()).ToOffset(TimeSpan.FromHours(2)),
        ExpiresAt = Start.AddTicks(random.NextInt64(1_000_000_000)),
        Ttl = random.Next(3) switch { 0 => TimeSpan.FromSeconds(300), 1 => TimeSpan.FromMilliseconds(random.Next(1, 100_000)), _ => TimeSpan.FromTicks(random.Next()) },
        Host = Maybe(random),
        Pid = random.Next(8) == 0 ? null : random.Next(),
        Clock = Maybe(random),
        ExpiresMs = random.NextInt64(),
        Broken = random.Next(8) == 0 ? new LeaseBreak(Text(random), Text(random), Start) : null,
        Extra = Extra(random),
    };

    private static Dictionary<string, JsonElement>? Extra(Random random) => random.Next(8) != 0 ? null : new(StringComparer.Ordinal)
    {
        ["future"] = JsonDocument.Parse("{\"a\":[1,2.50,\"é\"],\"b\":null}").RootElement,
        ["é\"x"] = JsonDocument.Parse("1e3").RootElement,
    };

    private static string Text(Random random) => Texts[random.Next(Texts.Length)];

    private static string? Maybe(Random random) => random.Next(3) == 0 ? null : Text(random);
}
