using System.Diagnostics;

namespace SwarmLocks.Tests.Unit.Cli;

/// <summary>A git working tree of its own, and the command in it as a real process.</summary>
public sealed class TempTree : IDisposable
{
    /// <summary>Far longer than anything takes: a bound for what hangs, never a pause to be right.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The built command: the native binary that a variable names, or the assembly beside the tests.</summary>
    private static readonly string[] Command = Environment.GetEnvironmentVariable("SWARMLOCKS_TEST_BINARY") is { Length: > 0 } binary
        ? [binary]
        : [Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host : "dotnet", Path.Combine(AppContext.BaseDirectory, "SwarmLocks.Cli.dll")];

    private readonly List<Process> _started = [];

    public TempTree(bool git = true)
    {
        Root = Directory.CreateTempSubdirectory("swarmlocks-cli-").FullName;
        Directory.CreateDirectory(At("src"));
        File.WriteAllText(At("src/a.cs"), "");
        if (git)
        {
            using var init = Process.Start(new ProcessStartInfo("git", ["init", "--quiet", Root]))!;
            init.WaitForExit();
            Assert.Equal(0, init.ExitCode);
        }
    }

    public string Root { get; }

    public string Store => At(".git/swarmlocks");

    public string At(string path) => Path.Combine(Root, path);

    /// <summary>Runs the command to its end as agent a.</summary>
    public Task<Outcome> RunAsync(params string[] args) => RunAsync(args, input: null);

    public async Task<Outcome> RunAsync(string[] args, string? input = null, string? agent = "a", string? directory = null, params (string Name, string? Value)[] variables)
    {
        using var process = Start([], args, agent, directory, variables);
        if (input is not null)
            await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        return await EndAsync(process);
    }

    /// <summary>Starts the command behind other programs, such as <c>setsid</c>.</summary>
    public Process Start(string[] before, string[] args, string? agent = "a", string? directory = null, params (string Name, string? Value)[] variables)
    {
        string[] line = [.. before, .. Command, .. args];
        var start = new ProcessStartInfo(line[0], line[1..])
        {
            UseShellExecute = false,
            WorkingDirectory = directory ?? Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("SWARMLOCKS_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        if (agent is not null)
            start.Environment["SWARMLOCKS_AGENT"] = agent;
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        _started.Add(process);
        return process;
    }

    /// <summary>The command line of the command, for a shell.</summary>
    public static string Shell(string args) => $"'{string.Join("' '", Command)}' {args}";

    /// <summary>Waits for its end and takes what it printed.</summary>
    public static async Task<Outcome> EndAsync(Process process)
    {
        using var bound = new CancellationTokenSource(Patience);
        var output = process.StandardOutput.ReadToEndAsync(bound.Token);
        var error = process.StandardError.ReadToEndAsync(bound.Token);
        await process.WaitForExitAsync(bound.Token);
        return new Outcome(process.ExitCode, await output, await error);
    }

    /// <summary>Looks again and again until it is so.</summary>
    public static async Task UntilAsync(Func<bool> isSo, string what)
    {
        for (long start = Stopwatch.GetTimestamp(); !isSo(); await Task.Delay(10))
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, $"never: {what}");
    }

    /// <summary>Waits until somebody has written a whole line into a file.</summary>
    public async Task<string> LineAsync(string path)
    {
        string text = "";
        await UntilAsync(() => File.Exists(At(path)) && (text = File.ReadAllText(At(path))).EndsWith('\n'), $"a line in {path}");
        return text.TrimEnd('\n');
    }

    public async Task<int> PidAsync(string path) => int.Parse(await LineAsync(path), System.Globalization.CultureInfo.InvariantCulture);

    public void Dispose()
    {
        foreach (var process in _started)
            End(process);
        try
        {
            Directory.Delete(Root, recursive: true);
        }
        catch (IOException)
        {
            // A command that is just being killed may still write a file; the system cleans its temporary folder.
        }
    }

    /// <summary>After a failure nothing may go on looping in a folder that is gone.</summary>
    private static void End(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It ended and was disposed of, as it should.
        }
    }

    /// <summary>What the command did.</summary>
    public sealed record Outcome(int Code, string Out, string Error);
}
