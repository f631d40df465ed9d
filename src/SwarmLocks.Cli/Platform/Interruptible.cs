namespace SwarmLocks.Cli.Platform;

/// <summary>A signal ended what the command was waiting for.</summary>
internal sealed class InterruptedException(int signal) : Exception($"Signal {signal} ended the wait; nothing was taken.")
{
    /// <summary>The number of the signal.</summary>
    public int Signal { get; } = signal;
}

/// <summary>Waits that end properly on INT, TERM and HUP: the place in line is given up before the process goes.</summary>
internal static class Interruptible
{
    /// <summary>Runs <paramref name="wait"/> with a token that a signal cancels.</summary>
    /// <exception cref="InterruptedException">A signal came first.</exception>
    public static async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> wait)
    {
        using var signals = new SignalRelay();
        try
        {
            return await wait(signals.Interrupted);
        }
        catch (OperationCanceledException) when (signals.Interrupted.IsCancellationRequested)
        {
            throw new InterruptedException(signals.First);
        }
    }
}
