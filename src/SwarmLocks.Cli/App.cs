using System.CommandLine;
using System.CommandLine.Invocation;
using SwarmLocks.Cli.Output;
using SwarmLocks.Cli.Verbs;

namespace SwarmLocks.Cli;

/// <summary>One run of the command: parse, dispatch, and turn whatever goes wrong into a message and an exit code.</summary>
internal static class App
{
    private static readonly ParserConfiguration ParserOptions = new()
    {
        // "@types/node" is a path, not a file of arguments.
        ResponseFileTokenReplacer = null,
        EnablePosixBundling = false,
    };

    /// <summary>Runs the command.</summary>
    /// <param name="args">The arguments, without the program's own name.</param>
    /// <param name="host">The process around it.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, CliHost host)
    {
        // What follows "--" belongs to the command that run starts. The parser would merge it into the resources.
        int dashes = args.ToList().IndexOf("--");
        var own = dashes < 0 ? args : [.. args.Take(dashes)];
        var answer = new Answer(host, GivenOptions.WantJson(own));
        try
        {
            int code = await DispatchAsync(args, own, dashes, host, answer);
            // Not asynchronously, which would start the threads of the pool.
            host.Out.Flush();
            return code;
        }
#pragma warning disable CA1031 // The last line of defence: whatever it is, the caller gets one sentence and a code, and --json stays JSON.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return Fail(error, host, answer);
        }
    }

    private static int Fail(Exception error, CliHost host, Answer answer)
    {
        try
        {
            int code = answer.Fail(error);
            host.Out.Flush();
            return code;
        }
        catch (IOException)
        {
            // The answer itself cannot be written (disk full, pipe closed): the code has to say it.
            return ExitCode.Failed;
        }
    }

    private static async Task<int> DispatchAsync(
        IReadOnlyList<string> args, IReadOnlyList<string> own, int dashes, CliHost host, Answer answer)
    {
        if (args.Count == 0)
        {
            // Not 0: a script whose verb came out empty has locked nothing.
            HelpText.Write(host.Error, verb: null);
            return ExitCode.Usage;
        }
        var root = CommandTree.Build();
        var parse = root.Parse(own, ParserOptions);
        IReadOnlyList<string>? command = null;
        if (dashes >= 0)
        {
            if (parse.CommandResult.Command is Verb { TakesCommand: true })
                command = [.. args.Skip(dashes + 1)];
            else
                parse = root.Parse(args, ParserOptions);
        }
        // Before the parser's own errors, which follow from these; help is shown whatever else is wrong.
        if (parse.Action is null or ParseErrorAction && GivenOptions.Trouble(own, OptionsOf(root, parse)) is { } trouble)
            throw Invocation.Usage(UsageMessage.Hinted(trouble, parse));
        if (parse.Action is ParseErrorAction)
            throw Invocation.Usage(UsageMessage.Of(parse));
        if (parse.Action is { } builtIn)
        {
            // --help, --version and the suggest directive.
            var configuration = new InvocationConfiguration
            {
                Output = host.Out,
                Error = host.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            try
            {
                return builtIn is SynchronousCommandLineAction ? parse.Invoke(configuration) : await parse.InvokeAsync(configuration);
            }
            catch (Exception error) when (own[0].StartsWith("[suggest", StringComparison.Ordinal)
                && error is FormatException or OverflowException or ArgumentException or InvalidOperationException)
            {
                // The parser's own words for no number, one that is out of range, and two of them.
                throw Invocation.Usage($"'{own[0]}' is not understood: give the position of the cursor in the line as a number, once, as in '[suggest:14]'.");
            }
        }
        var verb = (Verb)parse.CommandResult.Command;
        return await verb.Body(new Invocation(verb, parse, command, host, answer));
    }

    private static List<Option> OptionsOf(RootCommand root, ParseResult parse) =>
        [.. root.Options.Where(option => option.Recursive), .. parse.CommandResult.Command is Verb verb ? verb.Options : []];
}
