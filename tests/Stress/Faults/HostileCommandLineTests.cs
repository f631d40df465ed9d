using SwarmLocks.Cli;
using Xunit.Abstractions;

namespace SwarmLocks.Tests.Stress.Faults;

/// <summary>Whatever stands on the command line, the command ends with a code of its contract, one sentence, and nothing touched but its store.</summary>
public sealed class HostileCommandLineTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task In_process_every_command_line_ends_as_the_contract_says()
    {
        int seed = Seed.New(output);
        using var trials = new Trials(output, "hostile command lines in process", "command lines", seed);
        using var scene = new Scene(seed);
        await scene.TryAsync(trials, Proof.Budget(4, 0.03), atLeast: 100, line => RunAsync(scene.Root, line));
    }

    [NativeFact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task The_native_command_ends_every_command_line_as_the_contract_says()
    {
        int seed = Seed.New(output);
        using var trials = new Trials(output, "hostile command lines to the native command", "command lines", seed);
        using var scene = new Scene(seed);
        await scene.TryAsync(trials, Proof.Budget(3, 0.03), atLeast: 20, line => NativeCommand.RunAsync(scene.Root, [.. line.Select(CanBePassed)]));
    }

    [NativeFact]
    [Trait(Proof.Trait, Proof.Value)]
    public async Task Bytes_that_are_no_text_are_refused_or_locked_but_never_crash()
    {
        using var trials = new Trials(output, "arguments that are not UTF-8", "command lines");
        using var scene = new Scene(seed: 1);
        List<string> violations = [];
        foreach (string bytes in (string[])["\\377", "\\377\\376\\375", "a\\200b", "\\303", "\\355\\240\\200", "\\300\\257etc", "src/\\377/x.cs", "plan:\\377", "\\360\\237"])
        {
            foreach (string verb in (string[])["acquire --agent a", "who-has", "check --agent a", "release --agent a", "break --agent a --reason", "cleanup-agent-locks", "acquire x.cs --agent", "history", "--agent"])
            {
                var end = await NativeCommand.RunBelowAsync(["bash", "-c", $"exec \"$0\" \"$@\" \"$(printf '{bytes}')\""], scene.Root, verb.Split(' '));
                trials.Tried++;
                if ((end.Trouble() ?? scene.Touched()) is { } trouble)
                    violations.Add($"{verb} {bytes}: {trouble}\n{end}");
            }
        }
        trials.End(violations);
    }

    /// <summary>No process can be given a NUL.</summary>
    private static string CanBePassed(string word) => word.Replace('\0', '0');

    private static async Task<CommandEnd> RunAsync(string root, string[] line)
    {
        await using var data = new StringWriter { NewLine = "\n" };
        await using var messages = new StringWriter { NewLine = "\n" };
        var run = App.RunAsync(line, new CliHost
        {
            Out = data,
            Error = messages,
            OpenInput = () => new MemoryStream("from-stdin\n"u8.ToArray()),
            OutIsTerminal = false,
            ErrorIsTerminal = false,
            Variable = _ => null,
            WorkingDirectory = root,
        });
        bool ended = await Task.WhenAny(run, Task.Delay(Patience)) == run;
        return new CommandEnd(ended ? await run : CommandEnd.Hung, data.ToString(), messages.ToString());
    }

    private sealed class Scene : IDisposable
    {
        private readonly string _above = Directory.CreateTempSubdirectory("swarmlocks-stress-").FullName;
        private readonly HostileArguments _arguments;
        private readonly string _whole;

        public Scene(int seed)
        {
            Root = Directory.CreateDirectory(Path.Combine(_above, "tree")).FullName;
            Directory.CreateDirectory(Path.Combine(Root, ".git"));
            File.WriteAllText(Path.Combine(Root, "x"), "x");
            File.WriteAllText(Path.Combine(_above, "file"), "precious");
            _arguments = new HostileArguments(new Random(seed), _above);
            _whole = Everything();
        }

        public string Root { get; }

        public async Task TryAsync(Trials trials, TimeSpan budget, int atLeast, Func<string[], Task<CommandEnd>> run)
        {
            List<string> violations = [];
            for (; trials.Tried < atLeast || trials.Elapsed < budget; trials.Tried++)
            {
                string[] line = _arguments.Next();
                var end = await run(line);
                if ((end.Trouble() ?? Unprintable(end) ?? Touched()) is { } trouble)
                    violations.Add($"{string.Join(' ', line.Select(w => $"'{(w.Length > 200 ? w[..200] + "…" : w)}'"))}: {trouble}\n{end}");
            }
            trials.End(violations);
        }

        /// <summary>What was changed or made outside of the store; null for nothing.</summary>
        public string? Touched() => Everything() == _whole ? null : $"a file outside was touched:\n{Everything()}";

        public void Dispose() => Directory.Delete(_above, recursive: true);

        /// <summary>Whoever prints a name on a terminal must not give it commands.</summary>
        private static string? Unprintable(CommandEnd end) =>
            (end.Out + end.Error).Any(c => char.IsControl(c) && c != '\n') ? "a control character" : null;

        private string Everything() => string.Join('\n', Directory.EnumerateFileSystemEntries(_above, "*", SearchOption.AllDirectories)
            .Where(f => !f.StartsWith(Path.Combine(Root, ".git", "swarmlocks"), StringComparison.Ordinal) && !f.StartsWith(Path.Combine(Root, ".swarmlocks"), StringComparison.Ordinal))
            .Order(StringComparer.Ordinal).Select(f => File.Exists(f) ? $"{f}: {File.ReadAllText(f)}" : f));
    }
}
