using System.CommandLine;
using System.CommandLine.Invocation;

namespace SwarmLocks.Cli.Verbs;

/// <summary>Help in our own words: a short first screen, and an example with every verb.</summary>
internal static class HelpText
{
    public const string Summary = "File locks for agents that share one working tree.";

    /// <summary>Writes the help of one verb, of all, or the first screen.</summary>
    public static void Write(TextWriter output, Verb? verb, bool all = false)
    {
        if (verb is not null)
            WriteVerb(output, verb);
        else
            WriteScreen(output, all);
    }

    private static void WriteScreen(TextWriter output, bool all)
    {
        output.WriteLine($"""
            {Summary}

            Usage: swarmlocks VERB [RESOURCE…] [options]

            """);
        Columns(output, [.. CommandTree.Verbs.Where(verb => all || verb.Everyday).Select(verb => new Row(verb.Name, verb.Description))]);
        if (!all)
            output.WriteLine("\n  swarmlocks help --all    every verb\n  swarmlocks help VERB     one verb, with examples");
        output.WriteLine("\nOptions of every verb:");
        Columns(output, Rows([CommonOptions.Agent, CommonOptions.Dir, CommonOptions.Json]));
        output.WriteLine("""

            Example:
              export SWARMLOCKS_AGENT=agent-1
              swarmlocks run src/auth/ --reason "rename login" -- make test
            """);
    }

    private static void WriteVerb(TextWriter output, Verb verb)
    {
        output.WriteLine($"{verb.Description}.\n\nUsage: {verb.Usage}\n");
        if (verb.Arguments.Count > 0)
        {
            Columns(output, [.. verb.Arguments.Select(argument => new Row(argument.Name, argument.Description))]);
            output.WriteLine();
        }
        if (verb.Options.Count > 0)
        {
            output.WriteLine("Options:");
            Columns(output, Rows(verb.Options));
            output.WriteLine();
        }
        output.WriteLine("Options of every verb:");
        // The stdout of a command is its own.
        Columns(output, Rows(verb.TakesCommand ? [CommonOptions.Agent, CommonOptions.Dir] : [CommonOptions.Agent, CommonOptions.Dir, CommonOptions.Json]));
        output.WriteLine(verb.Examples.Count == 1 ? "\nExample:" : "\nExamples:");
        Columns(output, [.. verb.Examples.Select(example => new Row(example.Command, "# " + example.Does))]);
    }

    private static Row[] Rows(IEnumerable<Option> options) =>
        [.. options.Select(option => new Row($"{option.Name} {option.HelpName}".TrimEnd(), option.Description))];

    private static void Columns(TextWriter output, Row[] rows)
    {
        int width = rows.Max(row => row.Left.Length);
        foreach (var (left, right) in rows)
            output.WriteLine($"  {left.PadRight(width)}  {right}");
    }

    private sealed record Row(string Left, string? Right);

    /// <summary>What <c>--help</c> does.</summary>
    public sealed class Shown : SynchronousCommandLineAction
    {
        /// <summary>Help is shown whatever else is missing or wrong.</summary>
        public override bool ClearsParseErrors => true;

        /// <inheritdoc/>
        public override int Invoke(ParseResult parseResult)
        {
            Write(parseResult.InvocationConfiguration.Output, parseResult.CommandResult.Command as Verb);
            return ExitCode.Done;
        }
    }
}
