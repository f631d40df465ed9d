namespace SwarmLocks.Cli.Platform;

/// <summary>A signal ended what the command was waiting for.</summary>
internal sealed class InterruptedException(int signal, string soThat = "the command was not started, and nothing is held") : Exception($"Stopped by {Named(signal)}: {soThat}.")
{
    /// <summary>The number of the signal.</summary>
    public int Signal { get; } = signal;

    private static string Named(int signal) => signal switch
    {
        1 => "the end of its terminal (HUP)",
        2 => "Ctrl-C (INT)",
        15 => "TERM",
        _ => $"signal {signal}",
    };
}

/// <summary>Waits that end properly on INT, TERM and HUP: the place in line is given up before the process goes.</summary>
internal static class Interruptible
{
    /// <summary>Runs <paramref name="wait"/> with a token that a signal cancels.</summary>
    /// <param name="wait">What may take long.</param>
    /// <param name="soThat">What it means that it was stopped, in words.</param>
    /// <exception cref="InterruptedException">A signal came first.</exception>
    public static async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> wait, string soThat)
    {
        using var signals = new SignalRelay(TimeProvider.System);
        try
        {
            return await wait(signals.Interrupted);
        }
        catch (OperationCanceledException) when (signals.Interrupted.IsCancellationRequested)
        {
            throw new InterruptedException(signals.First, soThat);
        }
    }
}
