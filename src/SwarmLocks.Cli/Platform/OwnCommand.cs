namespace SwarmLocks.Cli.Platform;

/// <summary>How to start this program once more.</summary>
internal static class OwnCommand
{
    /// <summary>A file and its first arguments. Started as <c>dotnet X.dll</c>, the process is <c>dotnet</c>, and needs to be told the assembly.</summary>
    public static IReadOnlyList<string> Line
    {
        get
        {
            string process = Environment.ProcessPath ?? throw new InvalidOperationException("the system does not say which file this process was started from");
            bool host = Path.GetFileNameWithoutExtension(process).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
            return host ? [process, Path.Combine(AppContext.BaseDirectory, "SwarmLocks.Cli.dll")] : [process];
        }
    }
}
