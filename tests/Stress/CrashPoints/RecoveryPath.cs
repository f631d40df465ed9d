namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>
/// Follows the records from one crash point to the next: each is as before or as after, nothing else; once new it stays new; and with the last point all are.
/// </summary>
internal sealed class RecoveryPath(CrashScenario scenario, StoreContent old, StoreContent done)
{
    private readonly List<string> _files = [.. old.Records.Keys.Union(done.Records.Keys).Where(f => old.Records.GetValueOrDefault(f) != done.Records.GetValueOrDefault(f)).Order(StringComparer.Ordinal)];
    private readonly HashSet<string> _isNew = [];

    public void Add(StoreContent remains, bool isLast)
    {
        foreach (string file in remains.Records.Keys.Union(old.Records.Keys).Except(_files).Except(isLast ? [] : scenario.Passing))
            Assert.True(remains.Records.GetValueOrDefault(file) == old.Records.GetValueOrDefault(file), $"{file} is nothing of this command's, and became {remains.Records.GetValueOrDefault(file)}");
        foreach (string file in _files)
        {
            string? now = remains.Records.GetValueOrDefault(file);
            bool isNew = now == done.Records.GetValueOrDefault(file);
            Assert.True(isNew || now == old.Records.GetValueOrDefault(file), $"{file} is neither as before nor as after: {now ?? "gone"}");
            Assert.True(isNew || !_isNew.Contains(file), $"{file} was as after, and is as before again");
            if (isNew)
                _isNew.Add(file);
        }
        Assert.True(scenario.RecordByRecord || _isNew.Count == 0 || _isNew.Count == _files.Count, $"only {string.Join(", ", _isNew)} changed, of {string.Join(", ", _files)}");
        Assert.True(!isLast || _isNew.Count == _files.Count, "it had ended, and was not done");
    }
}
