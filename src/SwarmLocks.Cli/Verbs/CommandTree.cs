using System.CommandLine;
using System.CommandLine.Help;

namespace SwarmLocks.Cli.Verbs;

/// <summary>All verbs, in the order in which help shows them.</summary>
internal static class CommandTree
{
    /// <summary>The verbs. A new one needs a line here and nothing else.</summary>
    public static IReadOnlyList<Verb> Verbs { get; } =
    [
        Running.Run(),
        Holding.Acquire(),
        Holding.Release(),
        Holding.Renew(),
        Holding.Check(),
        Asking.WhoHas(),
        Asking.List(),
        Asking.Wait(),
        Asking.History(),
        Ending.CleanupStaleLocks(),
        Ending.CleanupAgentLocks(),
        Ending.Break(),
        Ending.Reset(),
        Setup.Doctor(),
        Showing.Demo(),
        Setup.Init(),
        HelpVerb(),
    ];

    /// <summary>The root with its options and verbs; it also brings <c>--version</c> and the suggest directive for completion.</summary>
    public static RootCommand Build()
    {
        var root = new RootCommand(HelpText.Summary) { HelpName = "swarmlocks" };
        // The built-in one also answers to /h and /?, which are paths here.
        root.Options.Remove(root.Options.OfType<HelpOption>().Single());
        root.Add(new HelpOption("--help", "-h", "-?") { Action = new HelpText.Shown() });
        root.Add(CommonOptions.Agent);
        root.Add(CommonOptions.Dir);
        root.Add(CommonOptions.Json);
        foreach (var verb in Verbs)
            root.Add(verb);
        return root;
    }

    private static Verb HelpVerb()
    {
        var about = new Argument<string?>("VERB") { Arity = ArgumentArity.ZeroOrOne, Description = "The verb to explain" };
        var all = CommonOptions.Flag("--all", "Every verb");
        return new Verb("help", "Explains a verb, or shows them all")
        {
            Usage = "swarmlocks help [VERB | --all]",
            Examples = [new("swarmlocks help --all", "every verb"), new("swarmlocks help run", "one verb")],
            Body = call =>
            {
                string? name = call.Text(about);
                var verb = Verbs.FirstOrDefault(verb => verb.Name == name);
                if (name is not null && verb is null)
                    throw Invocation.Usage($"'{name}' is not a verb of swarmlocks; see 'swarmlocks help --all'.");
                HelpText.Write(call.Host.Out, verb, call.Has(all));
                return Task.FromResult(ExitCode.Done);
            },
        }.With(about, all);
    }

    /// <summary>Adds arguments and options to a verb.</summary>
    public static Verb With(this Verb verb, params Symbol[] symbols)
    {
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument)
                verb.Add(argument);
            else
                verb.Add((Option)symbol);
        }
        return verb;
    }
}
