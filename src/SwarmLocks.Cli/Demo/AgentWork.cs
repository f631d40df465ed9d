namespace SwarmLocks.Cli.Demo;

/// <summary>What an agent does: one edit after the other on files chosen at random, without a pause.</summary>
internal sealed class AgentWork(int number, IReadOnlyList<EditedFile> files, AgentLocks? locks, TextWriter output)
{
    private static readonly TimeSpan TellEvery = TimeSpan.FromMilliseconds(250);

    private readonly TimeProvider _time = TimeProvider.System;
    private readonly FileChoice _choice = new(files.Count);
    private readonly Random _random = new();
    private readonly AgentReport _report = new();

    /// <summary>Works for so long. An edit that was begun is finished, so that a long wait for a lock is counted like a short one.</summary>
    public async Task<AgentReport> RunAsync(TimeSpan duration)
    {
        long start = _time.GetTimestamp();
        var tell = TellEvery;
        for (var elapsed = TimeSpan.Zero; elapsed < duration; elapsed = _time.GetElapsedTime(start))
        {
            int file = _choice.Next(_random);
            if (locks is null)
                Edit(file, held: null);
            else
                await EditLockedAsync(locks, file).ConfigureAwait(false);
            if (elapsed >= tell)
            {
                tell = elapsed + TellEvery;
                await output.WriteLineAsync(FormattableString.Invariant($"{_report.Edited.Count}")).ConfigureAwait(false);
            }
        }
        return _report;
    }

    private async Task EditLockedAsync(AgentLocks locks, int file)
    {
        long asked = _time.GetTimestamp();
        var (handle, conflict) = await locks.AcquireAsync(files[file].Name).ConfigureAwait(false);
        await using var _ = handle.ConfigureAwait(false);
        _report.AcquireUs.Add((int)_time.GetElapsedTime(asked).TotalMicroseconds);
        if (conflict)
            _report.Conflicts++;
        Edit(file, handle);
    }

    private void Edit(int file, LockHandle? held)
    {
        if (files[file].TryAdd(new EditMark(number, _report.Edited.Count), _random, held is null ? null : held.ThrowIfLost))
            _report.Edited.Add(file);
        else
            _report.Failed++;
    }
}
