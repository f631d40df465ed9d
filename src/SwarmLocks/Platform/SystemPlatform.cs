using System.Runtime.Versioning;

namespace SwarmLocks.Platform;

/// <summary>The operating system this process runs on.</summary>
internal static class SystemPlatform
{
    public static IPlatform Current { get; } = OperatingSystem.IsWindows() ? new WindowsPlatform() : CreateUnix();

    [UnsupportedOSPlatform("windows")]
    private static UnixPlatform CreateUnix() => new();
}
