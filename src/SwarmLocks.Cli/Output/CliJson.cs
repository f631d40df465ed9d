using System.Text.Json.Serialization;

namespace SwarmLocks.Cli.Output;

/// <summary>Writers for every shape, made by the compiler: nothing is reflected on at run time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, GenerationMode = JsonSourceGenerationMode.Serialization)]
[JsonSerializable(typeof(GrantJson))]
[JsonSerializable(typeof(RefusalJson))]
[JsonSerializable(typeof(RunGrantJson))]
[JsonSerializable(typeof(RunRefusalJson))]
[JsonSerializable(typeof(ReleaseJson))]
[JsonSerializable(typeof(RenewJson))]
[JsonSerializable(typeof(CheckJson))]
[JsonSerializable(typeof(WhoHasJson))]
[JsonSerializable(typeof(ListJson))]
[JsonSerializable(typeof(WaitJson))]
[JsonSerializable(typeof(CleanupJson))]
[JsonSerializable(typeof(BreakJson))]
[JsonSerializable(typeof(ResetJson))]
[JsonSerializable(typeof(HistoryJson))]
[JsonSerializable(typeof(DoctorJson))]
[JsonSerializable(typeof(InitJson))]
[JsonSerializable(typeof(ErrorJson))]
internal sealed partial class CliJson : JsonSerializerContext;
