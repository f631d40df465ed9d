using SwarmLocks.Cli.Platform;

namespace SwarmLocks.Cli;

/// <summary>Everything the command takes from the process it runs in, so that tests can bring their own.</summary>
internal sealed class CliHost
{
    /// <summary>Where resources are read from when <c>-</c> is given.</summary>
    public Func<Stream> OpenInput { get; init; } = Console.OpenStandardInput;

    /// <summary>Data.</summary>
    public TextWriter Out { get; init; } = OperatingSystem.IsWindows() ? Console.Out : new StreamWriter(StandardStream.Output, bufferSize: 4096);

    /// <summary>Messages.</summary>
    public TextWriter Error { get; init; } =
        OperatingSystem.IsWindows() ? Console.Error : new StreamWriter(StandardStream.Error, bufferSize: 1024) { AutoFlush = true };

    /// <summary>Whether a person reads the data.</summary>
    public bool OutIsTerminal { get; init; } = !Console.IsOutputRedirected;

    /// <summary>Whether a person reads the messages.</summary>
    public bool ErrorIsTerminal { get; init; } = !Console.IsErrorRedirected;

    /// <summary>Reads an environment variable.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>What relative paths are relative to, and where the search for the tree begins.</summary>
    public string WorkingDirectory { get; init; } = Environment.CurrentDirectory;

    /// <summary>The clock for what is shown to people.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Opens the store.</summary>
    public Func<LockManagerOptions, ILockManager> Open { get; init; } = options => new LockManager(options);

    /// <summary>Whether colour is wanted where a person reads.</summary>
    public bool Color => string.IsNullOrEmpty(Variable("NO_COLOR")) && Variable("TERM") != "dumb";
}
