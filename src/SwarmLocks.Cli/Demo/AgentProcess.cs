using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace SwarmLocks.Cli.Demo;

/// <summary>An agent process, seen from its parent. Disposing ends it, if it has not ended, and waits until it has.</summary>
internal sealed class AgentProcess : IDisposable
{
    private readonly string _name;
    private readonly Process _process;
    private readonly Task<string> _errors;

    private AgentProcess(string name, Process process)
    {
        (_name, _process) = (name, process);
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>How many edits it has made, as far as it has told.</summary>
    public int Edits { get; private set; }

    /// <exception cref="DemoFailedException">It cannot be started.</exception>
    public static AgentProcess Start(AgentCommand command, string root, int number, int seconds, bool locked)
    {
        var start = new ProcessStartInfo(command.Program)
        {
            UseShellExecute = false,
            WorkingDirectory = root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] own =
            [root, number.ToString(CultureInfo.InvariantCulture), seconds.ToString(CultureInfo.InvariantCulture), locked ? DemoAgent.Locked : DemoAgent.Unlocked];
        foreach (string argument in command.Arguments.Concat(own))
            start.ArgumentList.Add(argument);
        // The runtime would leave a socket and two pipes beside the tree when it is killed.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        // Compiled whole while they warm up: many processes that compile all they do a second time, on a few cores, would be what is measured.
        start.Environment["DOTNET_TieredCompilation"] = "0";
        try
        {
            return new AgentProcess(DemoAgent.NameOf(number), Process.Start(start)!);
        }
        catch (Win32Exception error)
        {
            throw new DemoFailedException($"An agent process could not be started with '{command.Program}': {error.Message}.");
        }
    }

    /// <summary>Tells it the files, and waits until it is ready to begin.</summary>
    public async Task PrepareAsync(IReadOnlyList<SampleFile> files)
    {
        await SendAsync([.. files.Select(file => file.Name), ""]).ConfigureAwait(false);
        await UntilReadyAsync().ConfigureAwait(false);
    }

    /// <summary>Lets it warm up, and waits until it is ready once more.</summary>
    public async Task WarmUpAsync()
    {
        await GoAsync().ConfigureAwait(false);
        await UntilReadyAsync().ConfigureAwait(false);
    }

    /// <summary>Lets it begin.</summary>
    public Task GoAsync() => SendAsync([DemoAgent.Go]);

    /// <summary>Waits for its report.</summary>
    /// <param name="told">Called when it has told how far it is.</param>
    public async Task<AgentReport> FinishAsync(Action told)
    {
        while (await _process.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (line.StartsWith('{'))
                return JsonSerializer.Deserialize(line, DemoJson.Default.AgentReport)!;
            Edits = int.Parse(line, CultureInfo.InvariantCulture);
            told();
        }
        throw await FailureAsync().ConfigureAwait(false);
    }

    public void Dispose()
    {
        // Does nothing to a process that has ended by itself.
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private async Task UntilReadyAsync()
    {
        if (await _process.StandardOutput.ReadLineAsync().ConfigureAwait(false) != DemoAgent.Ready)
            throw await FailureAsync().ConfigureAwait(false);
    }

    private async Task SendAsync(IReadOnlyList<string> lines)
    {
        try
        {
            await _process.StandardInput.WriteAsync(string.Concat(lines.Select(line => line + "\n"))).ConfigureAwait(false);
            await _process.StandardInput.FlushAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The agent died before it had read this; what it said last tells why.
            throw await FailureAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Why it ended when it should not.</summary>
    private async Task<DemoFailedException> FailureAsync()
    {
        string said = (await _errors.ConfigureAwait(false)).Trim();
        await _process.WaitForExitAsync().ConfigureAwait(false);
        return new DemoFailedException(FormattableString.Invariant(
            $"{_name} failed (exit code {_process.ExitCode}), so the demo shows nothing: {(said.Length > 0 ? said : "it did not say why")}"));
    }
}
