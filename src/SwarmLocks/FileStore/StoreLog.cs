using Microsoft.Extensions.Logging;

namespace SwarmLocks.FileStore;

/// <summary>What the store tells the log.</summary>
internal static partial class StoreLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The journal could not be written: {Error}")]
    public static partial void JournalFailed(ILogger logger, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What ended processes left in the store could not be removed: {Error}")]
    public static partial void SweepFailed(ILogger logger, string error);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Session {Session} was left for a clean-up: {Error}")]
    public static partial void SessionLeft(ILogger logger, string session, string error);
}
