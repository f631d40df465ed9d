using Microsoft.Extensions.Logging;

namespace SwarmLocks.Holding;

/// <summary>What the keeper tells the log.</summary>
internal static partial class KeeperLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Reason}")]
    public static partial void LeaseLost(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} leases could not be renewed yet: {Error}")]
    public static partial void RenewalFailed(ILogger logger, int count, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The own locks could not be looked at: {Error}")]
    public static partial void LookFailed(ILogger logger, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A lease of {Agent} could not be released and ends with its TTL or this process: {Error}")]
    public static partial void ReleaseFailed(ILogger logger, string agent, string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "A LeaseLost callback failed: {Error}")]
    public static partial void CallbackFailed(ILogger logger, string error);
}
