using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SwarmLocks.Tests.Stress.Faults;

/// <summary>Spoils the content of a file in one of the ways in which files are spoilt, by disks and by people.</summary>
internal sealed partial class Mutation(Random random)
{
    private static readonly string[] Values =
    [
        "null", "true", "-1", "0", "1e308", "-1e308", "9223372036854775807", "-9223372036854775808", "99999999999999999999", "0.1", "\"\"", "\"x\"", "[]", "{}", "[null]",
        "\"0001-01-01T00:00:00.000Z\"", "\"9999-12-31T23:59:59.999Z\"", "\"2026-13-45T99:99:99Z\"", "\"path:../../x\"", "\"path:\\u0000\"", "\"\\ud800\"", "\"shared\"",
        "\"exclusive\"", "[{}]", "86400", "86401", "1e9", "300", "\"guard\"",
    ];

    private static readonly string[] Extra = ["\"x\":1,", "\"version\":1,", "\"version\":2,", "\"holders\":[],", "\"resource\":\"path:keep.cs\",", "\"expires_ms\":1,", "\"\\u0000\":null,"];

    public byte[] Spoil(byte[] bytes)
    {
        for (int times = random.Next(1, 4); times > 0; times--)
            bytes = Once(bytes);
        return bytes;
    }

    private byte[] Once(byte[] bytes)
    {
        if (bytes.Length < 2)
            return Encoding.UTF8.GetBytes("{}\n");
        int at = random.Next(bytes.Length);
        return random.Next(12) switch
        {
            0 => With(bytes, at, (byte)(bytes[at] ^ (1 << random.Next(8)))),
            1 => bytes[..at],
            2 => [.. bytes[..at], (byte)'\n'],
            3 => [.. bytes, .. bytes],
            4 => [.. bytes[..at], .. bytes[Math.Max(0, at - 40)..]],
            5 => [.. bytes[..at], .. RandomBytes(), .. bytes[at..]],
            6 => With(bytes, at, (byte)random.Next(0x80, 0x100)),
            7 => InText(bytes, Nest),
            8 => InText(bytes, text => text.Insert(text.IndexOf('{', StringComparison.Ordinal) + 1, Extra[random.Next(Extra.Length)])),
            9 => [.. bytes[..at], .. new byte[random.Next(1, 64)]],
            _ => InText(bytes, OtherValue),
        };
    }

    private byte[] RandomBytes()
    {
        byte[] bytes = new byte[random.Next(1, 16)];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>One value becomes another, of its type or not.</summary>
    private string OtherValue(string text)
    {
        var values = Value().Matches(text);
        if (values.Count == 0)
            return text;
        var value = values[random.Next(values.Count)].Groups["value"];
        return text[..value.Index] + Values[random.Next(Values.Length)] + text[(value.Index + value.Length)..];
    }

    private string Nest(string text)
    {
        int depth = random.Next(1, 3000);
        return text.Insert(text.IndexOf('{', StringComparison.Ordinal) + 1, string.Create(CultureInfo.InvariantCulture, $"\"deep\":{new string('[', depth)}{new string(']', depth)},"));
    }

    private static byte[] With(byte[] bytes, int at, byte value)
    {
        byte[] changed = [.. bytes];
        changed[at] = value;
        return changed;
    }

    /// <summary>Latin-1 keeps every byte what it is.</summary>
    private static byte[] InText(byte[] bytes, Func<string, string> change) => Encoding.Latin1.GetBytes(change(Encoding.Latin1.GetString(bytes)));

    [GeneratedRegex("\"[a-z_]+\":(?<value>\"[^\"]*\"|[0-9.]+|null|true|false)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Value();
}
