using System.Text;
using SwarmLocks.Cli;

namespace SwarmLocks.Tests.Unit.Cli;

/// <summary>Runs the command inside the test, over a fake manager.</summary>
internal sealed class InProcess
{
    public FakeLockManager Manager { get; } = new();

    public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal) { ["SWARMLOCKS_AGENT"] = "agent-1" };

    public bool Terminal { get; init; }

    public byte[] Input { get; set; } = [];

    public string Out { get; private set; } = "";

    public string Error { get; private set; } = "";

    public LockManagerOptions? Options { get; private set; }

    /// <summary>Runs it and returns its exit code.</summary>
    public async Task<int> RunAsync(params string[] args)
    {
        await using var output = new StringWriter { NewLine = "\n" };
        await using var error = new StringWriter { NewLine = "\n" };
        var host = new CliHost
        {
            Out = output,
            Error = error,
            OpenInput = () => new MemoryStream(Input),
            OutIsTerminal = Terminal,
            ErrorIsTerminal = Terminal,
            Variable = name => Variables.GetValueOrDefault(name),
            WorkingDirectory = "/tree/sub",
            Time = new Sample.Clock(),
            Open = options =>
            {
                Options = options;
                return Manager;
            },
        };
        int code = await App.RunAsync(args, host);
        (Out, Error) = (output.ToString(), error.ToString());
        return code;
    }

    /// <summary>The same with an answer for the manager to give.</summary>
    public Task<int> AnsweringAsync(object answer, params string[] args)
    {
        Manager.Answer = answer;
        return RunAsync(args);
    }

    public InProcess Reading(string input)
    {
        Input = Encoding.UTF8.GetBytes(input);
        return this;
    }
}
