using System.Diagnostics;
using System.Globalization;

namespace SwarmLocks.Tests.Stress.Clocks;

/// <summary>A time namespace whose monotonic clock and boot are <paramref name="seconds"/> further on than those of the machine.</summary>
internal sealed class TimeNamespace(long seconds)
{
    public long Seconds => seconds;

    /// <summary>What starts a program in it. It takes the place of unshare, so that a signal reaches the right one.</summary>
    public IReadOnlyList<string> Before
    {
        get
        {
            string text = seconds.ToString(CultureInfo.InvariantCulture);
            return ["unshare", "--time", "--monotonic", text, "--boottime", text, "--"];
        }
    }

    /// <summary>Whether this process may make one; null, or why not.</summary>
    public static string? WhyNot()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("unshare", [.. new TimeNamespace(1000).Before.Skip(1), "true"]) { UseShellExecute = false, RedirectStandardError = true })!;
            string error = process.StandardError.ReadToEnd();
            return process.WaitForExit(TimeSpan.FromSeconds(10)) && process.ExitCode == 0 ? null : $"needs to make a time namespace: {error.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            return $"needs unshare: {error.Message}";
        }
    }
}

/// <summary>A test with time namespaces; skipped, with the reason, where they are not permitted.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TimeNamespaceFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Reason = new(TimeNamespace.WhyNot);

    private bool _needsNative;

    public TimeNamespaceFactAttribute() => Skip = Reason.Value;

    /// <summary>Whether the native binary is needed, too.</summary>
    public bool NeedsNative
    {
        get => _needsNative;
        set
        {
            _needsNative = value;
            if (value)
                Skip ??= new NativeFactAttribute().Skip;
        }
    }
}
