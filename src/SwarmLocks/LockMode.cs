using System.Text.Json.Serialization;

namespace SwarmLocks;

/// <summary>How a lease excludes others.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<LockMode>))]
public enum LockMode
{
    /// <summary>Nobody else may hold an overlapping lease.</summary>
    [JsonStringEnumMemberName("exclusive")]
    Exclusive,

    /// <summary>Others may hold overlapping shared leases, nobody an exclusive one.</summary>
    [JsonStringEnumMemberName("shared")]
    Shared,
}
