using System.Collections.Concurrent;
using System.Text.Json;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>Counts what was tried and what went wrong, and tells it at the end.</summary>
internal sealed class CrashTally(ITestOutputHelper output)
{
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

    public void Report(string what, string unit = "system calls killed at")
    {
        string names = string.Join(' ', _names.OrderByDescending(n => n.Value).ThenBy(n => n.Key, StringComparer.Ordinal).Select(n => $"{n.Key} {n.Value}"));
        Proof.Report(output, what, _names.Values.Sum(), unit, _violations.Count, _missed == 0 ? names : $"{names}; {_missed} missed and repeated, {_notHit.Count} not hit at all");
        Assert.True(_violations.IsEmpty, $"{_violations.Count} violations, among them:\n{string.Join('\n', _violations.Order(StringComparer.Ordinal).Take(ToldViolations))}");
        Assert.True(_notHit.Count <= _names.Values.Sum() / 3, $"too many calls were not hit, among them:\n{string.Join('\n', _notHit.Take(ToldViolations))}");
    }
}

/// <summary>No run could be ended at the call that was meant.</summary>
internal sealed class CallNotHitException(string message) : Exception(message);
