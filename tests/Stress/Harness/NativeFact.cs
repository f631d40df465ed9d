namespace SwarmLocks.Tests.Stress;

/// <summary>A test of the native binary (<c>eng/publish-native.sh</c> builds it) under strace; skipped, with the reason, where one of them is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NativeFactAttribute : FactAttribute
{
    public NativeFactAttribute()
    {
        Skip = NativeBinary.Missing;
    }
}

/// <summary>The same with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NativeTheoryAttribute : TheoryAttribute
{
    public NativeTheoryAttribute()
    {
        Skip = NativeBinary.Missing;
    }
}

/// <summary>Where the native binary of the command is.</summary>
internal static class NativeBinary
{
    public const string Strace = "/usr/bin/strace";

    /// <summary>Why such a test cannot run; null when it can.</summary>
    public static string? Missing => Why.Value;

    /// <summary>Null when it was not built.</summary>
    public static string? Path { get; } = Find();

    private static readonly Lazy<string?> Why = new(() =>
        Path is null ? "needs the native binary: run eng/publish-native.sh first, or set SWARMLOCKS_NATIVE to it"
        : !File.Exists(Strace) ? $"needs {Strace}"
        : !MayTrace() ? "strace may not trace here" : null);

    /// <summary>Containers may forbid it.</summary>
    private static bool MayTrace()
    {
        using var traced = System.Diagnostics.Process.Start(Strace, ["-o", "/dev/null", "true"]);
        traced.WaitForExit();
        return traced.ExitCode == 0;
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("SWARMLOCKS_NATIVE") is { Length: > 0 } given)
            return File.Exists(given) ? given : null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (!File.Exists(System.IO.Path.Combine(folder.FullName, "SwarmLocks.sln")))
                continue;
            string built = System.IO.Path.Combine(folder.FullName, "artifacts", "native", "swarmlocks");
            return File.Exists(built) ? built : null;
        }
        return null;
    }
}
