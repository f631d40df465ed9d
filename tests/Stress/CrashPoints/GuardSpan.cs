namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>Where a command may be stopped, told from the calls of a run that went through.</summary>
internal sealed class GuardSpan
{
    private const string Guard = "STORE/guard";

    private readonly int _first;
    private readonly int _last;

    /// <param name="calls">Those of the main thread on the store.</param>
    public GuardSpan(IReadOnlyList<SystemCall> calls)
    {
        Calls = calls;
        _first = Index(c => c.Name == "flock" && c.Text.Contains("LOCK_EX", StringComparison.Ordinal));
        _last = Index(c => c.Name == "flock" && c.Text.Contains("LOCK_UN", StringComparison.Ordinal));

        int Index(Func<SystemCall, bool> isIt) => calls.ToList().FindIndex(c => c.What.EndsWith(Guard, StringComparison.Ordinal) && isIt(c));
    }

    public IReadOnlyList<SystemCall> Calls { get; }

    /// <summary>Standing still after it means to hold the guard.</summary>
    public IReadOnlyList<SystemCall> Inside => [.. Calls.Skip(_first).Take(_last - _first)];

    /// <summary>Standing still when the request has begun and the guard file is open, but not locked; and when it was given back, and nothing was said yet.</summary>
    public IReadOnlyList<SystemCall> Outside => [Calls[_first - 1], Calls[_last]];
}
