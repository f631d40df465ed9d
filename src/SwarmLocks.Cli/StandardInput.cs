using System.Text;

namespace SwarmLocks.Cli;

/// <summary>Reads resources from stdin.</summary>
internal static class StandardInput
{
    /// <summary>More than any list of resources that would be accepted.</summary>
    private const int MaxBytes = 4 << 20;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The names between separators; empty ones, such as after the last line end, are skipped.</summary>
    /// <exception cref="LockUsageException">Too long, or not UTF-8: a replacement character would name another file.</exception>
    public static IReadOnlyList<string> Resources(Func<Stream> open, char separator)
    {
        using var input = open();
        using var bytes = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = input.Read(buffer)) > 0)
        {
            bytes.Write(buffer, 0, count);
            if (bytes.Length > MaxBytes)
                throw new LockUsageException("What stdin holds is longer than 4 MiB: give fewer resources, or a glob.");
        }
        try
        {
            string text = Strict.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
            if (separator != '\n')
                return text.Split(separator, StringSplitOptions.RemoveEmptyEntries);
            // What programs of Windows begin a text with, and end its lines with, is no part of a name.
            return [.. text.TrimStart('\ufeff').Split('\n').Select(static line => line.EndsWith('\r') ? line[..^1] : line).Where(static line => line.Length > 0)];
        }
        catch (DecoderFallbackException)
        {
            throw new LockUsageException("What stdin holds is not UTF-8: resources are read as UTF-8, one a line, or NUL-separated with -0.");
        }
    }
}
