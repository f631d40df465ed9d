using System.Text.Json.Serialization;

namespace SwarmLocks.Cli.Demo;

/// <summary>What an agent says at the end, as one line of JSON.</summary>
internal sealed record AgentReport
{
    /// <summary>The file of each completed edit; the edit's number is the place in the list.</summary>
    public List<int> Edited { get; init; } = [];

    /// <summary>For each lock, how long it took to get, in microseconds.</summary>
    public List<int> AcquireUs { get; init; } = [];

    /// <summary>Locks that were refused at first.</summary>
    public int Conflicts { get; set; }

    /// <summary>Edits that found the file broken and were not made.</summary>
    public int Failed { get; set; }
}

/// <summary>What <c>demo --json</c> prints.</summary>
internal sealed record DemoShape(int Agents, int Seconds, UnlockedShape Unlocked, LockedShape Locked);

internal sealed record UnlockedShape(int Edits, int Lost);

internal sealed record LockedShape(
    int Edits,
    int Lost,
    int Conflicts,
    [property: JsonPropertyName("acquire_p50_us")] int AcquireP50,
    [property: JsonPropertyName("acquire_p99_us")] int AcquireP99);

/// <summary>Readers and writers made by the compiler: nothing is reflected on at run time.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AgentReport))]
[JsonSerializable(typeof(DemoShape))]
internal sealed partial class DemoJson : JsonSerializerContext;
