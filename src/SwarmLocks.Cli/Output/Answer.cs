using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SwarmLocks.Cli.Platform;

namespace SwarmLocks.Cli.Output;

/// <summary>Where an answer goes: data to stdout (as words, or as exactly one JSON document), messages to stderr.</summary>
internal sealed class Answer(CliHost host, bool json)
{
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether JSON is wanted.</summary>
    public bool Json => json;

    /// <summary>How things are said on stdout.</summary>
    public Words Words { get; } = new(host.Time, host.OutIsTerminal && host.Color, host.OutIsTerminal);

    /// <summary>How things are said on stderr, and in the messages of JSON.</summary>
    public Words Messages { get; } = new(host.Time, !json && host.ErrorIsTerminal && host.Color, host.ErrorIsTerminal);

    /// <summary>Gives the answer in the form that is wanted.</summary>
    /// <param name="code">The exit code, passed through.</param>
    /// <param name="shape">The JSON.</param>
    /// <param name="type">Its type; asked for only with JSON, since describing it takes longer than most answers.</param>
    /// <param name="words">Lines for stdout.</param>
    /// <param name="message">Lines for stderr; not written with JSON, which has a message of its own.</param>
    public int Give<T>(int code, T shape, Func<JsonTypeInfo<T>> type, IEnumerable<string>? words = null, IEnumerable<string>? message = null)
    {
        if (json)
        {
            host.Out.WriteLine(Text(shape, type()));
            return code;
        }
        foreach (string line in words ?? [])
            host.Out.WriteLine(line);
        Tell(message ?? []);
        return code;
    }

    /// <summary>Writes messages to stderr, the first with the name of the program.</summary>
    public void Tell(IEnumerable<string> lines)
    {
        string prefix = "swarmlocks: ";
        foreach (string line in lines)
        {
            host.Error.WriteLine(prefix + line);
            prefix = "  ";
        }
    }

    /// <summary>Reports whatever ended the call, and says with which exit code.</summary>
    public int Fail(Exception error)
    {
        int code = error switch
        {
            LockUsageException => ExitCode.Usage,
            LockStoreException => ExitCode.Store,
            LockException => ExitCode.Refused,
            InterruptedException interrupt => ExitCode.Signal + interrupt.Signal,
            _ => ExitCode.Failed,
        };
        var shape = Shape(error);
        return Give(code, shape, static () => CliJson.Default.ErrorJson, message: [Words.Clean(shape.Message)]);
    }

    /// <summary>An error as JSON.</summary>
    public static ErrorJson Shape(Exception error) => error switch
    {
        LockUsageException => new() { Error = "usage", Message = error.Message },
        LockStoreException => new() { Error = "store", Message = error.Message },
        LockException or InterruptedException => new() { Error = "unexpected", Message = error.Message },
        _ => new() { Error = "unexpected", Message = $"Unexpected {error.GetType().Name}: {error.Message}" },
    };

    /// <summary>The JSON of a shape, on one line.</summary>
    public static string Text<T>(T shape, JsonTypeInfo<T> type)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, WriterOptions))
            JsonSerializer.Serialize(writer, shape, type);
        return System.Text.Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}
