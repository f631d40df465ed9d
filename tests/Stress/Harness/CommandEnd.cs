using System.Text.Json;

namespace SwarmLocks.Tests.Stress;

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

    /// <summary>By SIGKILL, as a shell tells it.</summary>
    public const int Killed = 128 + 9;

    private const string Prefix = "swarmlocks: ";

    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

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
