namespace SwarmLocks.Cli.Demo;

/// <summary>
/// The demo: agent processes read, change and write the files of a git working tree, first as they do without locks, then with one around each
/// edit. What was lost is counted from the marks that the edits left in the files, never by asking the lock manager.
/// </summary>
internal static class DemoRun
{
    /// <summary>Runs both halves, each on a fresh copy of the same files.</summary>
    /// <exception cref="LockUsageException">An option is out of its range.</exception>
    /// <exception cref="DemoFailedException">An agent failed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing is left behind.</exception>
    public static async Task<DemoResult> RunAsync(DemoOptions options, DemoProgress progress, CancellationToken cancellationToken)
    {
        options.Validate();
        var (files, source) = SampleFile.Choose(options.Directory);
        var unlocked = await new DemoHalf(options, files, locked: false, progress).RunAsync(cancellationToken).ConfigureAwait(false);
        var locked = await new DemoHalf(options, files, locked: true, progress).RunAsync(cancellationToken).ConfigureAwait(false);
        return new DemoResult
        {
            Agents = options.Agents,
            Seconds = options.Seconds,
            Files = files.Count,
            Source = source,
            Unlocked = unlocked,
            Locked = locked,
        };
    }
}
