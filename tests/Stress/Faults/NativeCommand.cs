using System.Diagnostics;
using System.Text.Json;

namespace SwarmLocks.Tests.Stress.Faults;

/// <summary>Runs the native binary of the command, alone or below another program.</summary>
internal static class NativeCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Task<CommandEnd> RunAsync(string directory, params IReadOnlyList<string> arguments) => RunBelowAsync([], directory, arguments);

    /// <param name="before">A program, with its arguments, that starts the command: strace, unshare, bash.</param>
    /// <param name="directory">Where it runs.</param>
    /// <param name="arguments">Of the command.</param>
    /// <param name="variables">Further variables of its environment.</param>
    public static async Task<CommandEnd> RunBelowAsync(
        IReadOnlyList<string> before, string directory, IReadOnlyList<string> arguments, params (string Name, string Value)[] variables)
    {
        string[] line = [.. before, NativeBinary.Path!, .. arguments];
        var start = new ProcessStartInfo(line[0], line[1..])
        {
            UseShellExecute = false,
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            return new CommandEnd(CommandEnd.Hung, await output, await error);
        }
        return new CommandEnd(process.ExitCode, await output, await error);
    }
}

/// <summary>How a run of the command ended.</summary>
internal sealed record CommandEnd(int Code, string Out, string Error)
{
    /// <summary>In place of an exit code: it had to be killed.</summary>
    public const int Hung = -1;

    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 64;
    public const int Store = 69;
    public const int Refused = 75;
    public const int NotYours = 77;

    private const string Prefix = "swarmlocks: ";

    /// <summary>What is wrong with the way it ended, whatever the reason; null for nothing.</summary>
    public string? Trouble()
    {
        string[] said = Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return Code switch
        {
            Hung => "it hung",
            not (Done or Failed or Usage or Store or Refused or NotYours) => "no exit code of the contract",
            _ when Error.Contains("\n   at ", StringComparison.Ordinal) || Error.Contains("Unhandled", StringComparison.Ordinal) => "a stack trace",
            _ when Error.Contains("Unexpected", StringComparison.Ordinal) => "a failure that nobody thought of",
            not Done when Error.Length == 0 && Out.StartsWith('{') => JsonTrouble(),
            Failed or Usage or Store when said is not [var one] || !IsSentence(one) => "not one sentence",
            Refused or NotYours when said.Length == 0 || !said[0].StartsWith(Prefix, StringComparison.Ordinal) => "no message",
            _ => null,
        };
    }

    public override string ToString() => $"exit code {Code}\n{Out}{Error}";

    /// <summary>With <c>--json</c> the sentence is in the one document on stdout.</summary>
    private string? JsonTrouble()
    {
        try
        {
            using var document = JsonDocument.Parse(Out);
            return document.RootElement.TryGetProperty("message", out var message) && message.GetString() is { Length: > 0 } said && !said.Contains('\n', StringComparison.Ordinal)
                ? null : "JSON without one sentence as its message";
        }
        catch (JsonException)
        {
            return "not one JSON document";
        }
    }

    private static bool IsSentence(string line) => line.StartsWith(Prefix, StringComparison.Ordinal) && line.Length > Prefix.Length;
}
