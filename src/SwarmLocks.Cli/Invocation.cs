using System.CommandLine;
using System.Globalization;
using SwarmLocks.Cli.Output;
using SwarmLocks.Cli.Verbs;

namespace SwarmLocks.Cli;

/// <summary>One call of one verb: its options, checked and in types, and where the answer goes.</summary>
internal sealed class Invocation(Verb verb, ParseResult parse, IReadOnlyList<string>? command, CliHost host, Answer answer)
{
    public CliHost Host => host;

    public Answer Answer => answer;

    /// <summary>What stood after the double dash; null without one.</summary>
    public IReadOnlyList<string>? Command => command;

    /// <summary>The agent, if one is named.</summary>
    /// <exception cref="LockUsageException">It is no agent id.</exception>
    public string? AgentOrNull
    {
        get
        {
            string? agent = Text(CommonOptions.Agent) ?? NonEmpty(host.Variable("SWARMLOCKS_AGENT"));
            if (agent is not null)
                LockRequest.CheckAgent(agent);
            return agent;
        }
    }

    /// <summary>The agent. Never the user's name: two agents of one user are two agents.</summary>
    /// <exception cref="LockUsageException">None is named.</exception>
    public string Agent => AgentOrNull
        ?? throw Usage("No agent is named: say who asks with --agent ID, or set SWARMLOCKS_AGENT to an id of its own for each agent.");

    public bool Has(Option<bool> option) => parse.GetValue(option);

    public string? Text(Option<string?> option) => parse.GetValue(option);

    public string? Text(Argument<string?> argument) => parse.GetValue(argument);

    /// <summary>A duration; null when the option is not given.</summary>
    /// <exception cref="LockUsageException">It is none.</exception>
    public TimeSpan? Duration(Option<string?> option)
    {
        if (Text(option) is not { } text)
            return null;
        return Durations.TryParse(text, out var duration)
            ? duration
            : throw Usage($"{option.Name} does not take '{text}': write a duration {Durations.Accepted}.");
    }

    /// <summary>A duration or <c>forever</c>; zero when the option is not given.</summary>
    /// <exception cref="LockUsageException">It is neither.</exception>
    public TimeSpan WaitLimit(Option<string?> option)
    {
        if (Text(option) is not { } text)
            return TimeSpan.Zero;
        if (text == "forever")
            return Timeout.InfiniteTimeSpan;
        return Durations.TryParse(text, out var duration)
            ? duration
            : throw Usage($"{option.Name} does not take '{text}': write 'forever' or a duration {Durations.Accepted}.");
    }

    /// <summary>A whole number; null when the option is not given.</summary>
    /// <exception cref="LockUsageException">It is none, or not in the range.</exception>
    public long? Number(Option<string?> option, long min, long max)
    {
        if (Text(option) is not { } text)
            return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= min && number <= max
            ? number
            : throw Usage(string.Create(CultureInfo.InvariantCulture, $"{option.Name} does not take '{text}': write a whole number from {min} to {max}."));
    }

    /// <summary>The resources on the command line and, for <c>-</c>, on stdin; at least one.</summary>
    /// <exception cref="LockUsageException">There is none, or one looks like an option.</exception>
    public IReadOnlyList<string> Resources()
    {
        var resources = ResourcesOrNone();
        return resources.Count > 0
            ? resources
            : throw Usage("No resource is named: give one or more, such as src/a.cs, src/, 'src/**/*.cs' or plan:42.");
    }

    /// <summary>The same, but there may be none.</summary>
    public IReadOnlyList<string> ResourcesOrNone()
    {
        var given = parse.GetValue(verb.Arguments.OfType<Argument<string[]>>().Single()) ?? [];
        bool nul = verb.Options.Contains(CommonOptions.Nul) && Has(CommonOptions.Nul);
        bool stdin = given.Contains("-");
        if (nul && !stdin)
            throw Usage("The option -0 is about resources on stdin: give '-' as the resource too.");
        List<string> all = [];
        foreach (string resource in given)
        {
            if (resource != "-")
                all.Add(Checked(resource));
        }
        if (!stdin)
            return all;
        if (!verb.Options.Contains(CommonOptions.Nul))
            throw Usage($"The verb {verb.Name} takes one resource, on the command line.");
        int before = all.Count;
        all.AddRange(StandardInput.Resources(host.OpenInput, nul ? '\0' : '\n').Select(Checked));
        return all.Count > before ? all : throw Usage("There is no resource on stdin: write one a line, or NUL-separated with -0.");
    }

    /// <summary>The one resource of a verb that takes one.</summary>
    public string Resource()
    {
        var resources = Resources();
        return resources is [var one] ? one : throw Usage($"The verb {verb.Name} takes one resource, not {resources.Count}.");
    }

    /// <summary>The settings of the manager, from the environment and the command line: the tree and relative paths are those of the current directory.</summary>
    public LockManagerOptions Options()
    {
        var options = LockManagerOptions.FromEnvironment(host.Variable);
        options.Directory = options.RelativeTo = host.WorkingDirectory;
        options.StoreDirectory = Text(CommonOptions.Dir) ?? options.StoreDirectory;
        return options;
    }

    /// <summary>Opens the store.</summary>
    /// <exception cref="LockUsageException">An agent is named that cannot be one: whoever asks such a question would not get it answered with that name either.</exception>
    public ILockManager Open(LockManagerOptions? options = null)
    {
        _ = AgentOrNull;
        return host.Open(options ?? Options());
    }

    /// <summary>A usage error of this call: one sentence on one line, whatever the words of the command line contain.</summary>
    public static LockUsageException Usage(string message) => new(Words.Clean(message));

    private string Checked(string resource) => resource switch
    {
        "" => throw Usage("A resource is empty: name what to lock, such as src/a.cs, src/, 'src/**/*.cs' or plan:42."),
        ['-', ..] => throw Usage($"'{resource}' is no option of {verb.Name}; for a file of that name write './{resource}' (see 'swarmlocks {verb.Name} --help')."),
        _ => resource,
    };

    private static string? NonEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
