using System.Collections.Concurrent;
using System.Text.Json;
using Xunit.Sdk;

namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>Counts what was tried and what went wrong, and tells it at the end.</summary>
internal sealed class CrashTally
{
    public const string Killed = "system calls killed at";

    private const int ToldViolations = 10;

    private readonly ConcurrentBag<string> _violations = [];
    private readonly ConcurrentDictionary<string, int> _names = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<string> _notHit = [];
    private int _missed;

    /// <summary>What a check throws, what a store that does not work makes the library throw, and answers of another shape.</summary>
    public static bool IsViolation(Exception error) =>
        error is XunitException or LockException or IOException or TimeoutException or JsonException or InvalidOperationException or KeyNotFoundException;

    public void Hit(SystemCall call) => _names.AddOrUpdate(call.Name, 1, (_, count) => count + 1);

    /// <summary>A run that did not get to the call it should have ended at; it is repeated.</summary>
    public void Missed() => Interlocked.Increment(ref _missed);

    /// <summary>A call at which no run could be ended: one that waits makes other calls each time, the more so the busier the machine is.</summary>
    public void NotHit(string what) => _notHit.Add(what);

    public void Violated(string what, Exception error) => _violations.Add($"{what}: {error.Message}");

    /// <summary>Tells it, and fails when anything went wrong, or hardly anything was tried.</summary>
    public void End(Trials trials)
    {
        string names = string.Join(' ', _names.OrderByDescending(n => n.Value).ThenBy(n => n.Key, StringComparer.Ordinal).Select(n => $"{n.Key} {n.Value}"));
        trials.Tried = _names.Values.Sum();
        trials.Notes = _missed == 0 ? names : $"{names}; {_missed} missed and repeated, {_notHit.Count} not hit at all";
        Assert.True(trials.Tried > 0, "nothing was tried");
        // On a busy machine a short run may miss some; a long one leaves nothing out.
        Assert.True(_notHit.Count <= (Proof.IsLong ? 0 : trials.Tried / 3), $"too many calls were not hit, among them:\n{string.Join('\n', _notHit.Take(ToldViolations))}");
        trials.End([.. _violations.Order(StringComparer.Ordinal)]);
    }
}

/// <summary>No run could be ended at the call that was meant.</summary>
internal sealed class CallNotHitException(string message) : Exception(message);
