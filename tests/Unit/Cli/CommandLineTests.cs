using SwarmLocks.Cli.Verbs;

namespace SwarmLocks.Tests.Unit.Cli;

/// <summary>From words on the command line to a question for the manager.</summary>
public class CommandLineTests
{
    private readonly InProcess _command = new();

    [Fact]
    public async Task Acquire_asks_for_a_lease_that_outlives_it()
    {
        await _command.AnsweringAsync(Sample.Granted(), "acquire", "a", "plan:1", "--shared", "--ttl", "1h30m", "--reason", "why", "--wait", "forever");
        var request = Assert.IsType<LockRequest>(_command.Manager.Asked[0]);
        Assert.Equal(["a", "plan:1"], request.Resources);
        Assert.Equal(
            ("agent-1", LockMode.Shared, TimeSpan.FromMinutes(90), "why", Timeout.InfiniteTimeSpan, true),
            (request.Agent, request.Mode, request.Ttl, request.Reason, request.Wait, request.OutlivesProcess));
    }

    [Fact]
    public async Task Acquire_without_options_answers_at_once()
    {
        await _command.AnsweringAsync(Sample.Granted(), "acquire", "a");
        var request = Assert.IsType<LockRequest>(_command.Manager.Asked[0]);
        Assert.Equal((LockMode.Exclusive, null, null, TimeSpan.Zero), (request.Mode, request.Ttl, request.Reason, request.Wait));
    }

    [Fact]
    public async Task Paths_and_the_tree_are_those_of_the_current_directory()
    {
        await _command.AnsweringAsync(Array.Empty<Lease>(), "list");
        Assert.Equal(("/tree/sub", "/tree/sub", null), (_command.Options!.Directory, _command.Options.RelativeTo, _command.Options.StoreDirectory));
    }

    [Fact]
    public async Task The_option_goes_before_the_variable()
    {
        _command.Variables["SWARMLOCKS_DIR"] = "/store";
        await _command.AnsweringAsync(Sample.Granted(), "acquire", "a");
        Assert.Equal("/store", _command.Options!.StoreDirectory);
        await _command.AnsweringAsync(Sample.Granted(), "acquire", "a", "--dir", "/other", "--agent", "agent-9");
        Assert.Equal("/other", _command.Options.StoreDirectory);
        Assert.Equal("agent-9", Assert.IsType<LockRequest>(_command.Manager.Asked[0]).Agent);
    }

    [Fact]
    public async Task Common_options_may_stand_before_the_verb()
    {
        await _command.AnsweringAsync(Sample.Granted(), "--json", "--agent", "agent-9", "acquire", "a");
        Assert.Equal("agent-9", Assert.IsType<LockRequest>(_command.Manager.Asked[0]).Agent);
        Assert.StartsWith("{", _command.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("acquire", "a")]
    [InlineData("release", "a")]
    [InlineData("release", "--all")]
    [InlineData("renew", "a")]
    [InlineData("check", "a")]
    [InlineData("break", "a", "--reason", "x")]
    [InlineData("reset", "a")]
    [InlineData("run", "a", "--", "true")]
    public async Task Without_an_agent_nothing_is_done(params string[] args)
    {
        _command.Variables["SWARMLOCKS_AGENT"] = "";
        Assert.Equal(64, await _command.RunAsync(args));
        Assert.Equal(
            "swarmlocks: No agent is named: say who asks with --agent ID, or set SWARMLOCKS_AGENT to an id of its own for each agent.\n", _command.Error);
        Assert.Null(_command.Options);
    }

    [Fact]
    public async Task Questions_need_no_agent()
    {
        _command.Variables.Clear();
        Assert.Equal(0, await _command.AnsweringAsync(new WhoHasResult("path:a", [], []), "who-has", "a"));
        Assert.Equal(0, await _command.AnsweringAsync(Array.Empty<Lease>(), "list", "--holder", "agent-2", "--stale"));
        Assert.Equal(["agent-2", true], _command.Manager.Asked);
        Assert.Equal(0, await _command.AnsweringAsync(Array.Empty<LockEvent>(), "history", "a", "--holder", "b", "--since", "1h", "--limit", "5"));
        Assert.Equal(new HistoryQuery("a", "b", TimeSpan.FromHours(1), 5), _command.Manager.Asked[0]);
        Assert.Equal(0, await _command.AnsweringAsync(new WaitResult(true, default, [], ""), "wait", "a", "b"));
        Assert.Equal(["a b", Timeout.InfiniteTimeSpan, null], _command.Manager.Asked);
        Assert.Equal(0, await _command.AnsweringAsync(new CleanupResult([], [], [], false), "cleanup-stale-locks", "--max-age", "1h"));
        Assert.Equal([TimeSpan.FromHours(1), false, null], _command.Manager.Asked);
        Assert.Equal(0, await _command.AnsweringAsync(new CleanupResult([], [], [], false), "cleanup-agent-locks", "x", "--dry-run"));
        Assert.Equal(["x", true, null], _command.Manager.Asked);
    }

    [Fact]
    public async Task Check_asks_for_the_mode_and_the_token()
    {
        await _command.AnsweringAsync(new CheckResult(true, [], "Held."), "check", "a", "b", "--shared", "--fencing-token", "41");
        Assert.Equal(["agent-1", "a b", LockMode.Shared, 41L], _command.Manager.Asked);
    }

    [Fact]
    public async Task Break_and_reset_say_who()
    {
        await _command.AnsweringAsync(new BreakResult([], []), "break", "a", "--reason", "why", "--now");
        Assert.Equal(["a", "agent-1", "why", true], _command.Manager.Asked);
        await _command.AnsweringAsync(Array.Empty<string>(), "reset", "task:1");
        Assert.Equal(["task:1", "agent-1"], _command.Manager.Asked);
    }

    [Fact]
    public async Task Leases_are_named_by_resource_by_id_or_all_at_once()
    {
        var released = new ReleaseResult([], [], []);
        await _command.AnsweringAsync(released, "release", "a", "b");
        Assert.Equal(["a", "b"], Assert.IsType<LeaseSelector>(_command.Manager.Asked[0]).Resources);
        await _command.AnsweringAsync(released, "release", "--lease", "0197");
        Assert.Equal(["0197"], Assert.IsType<LeaseSelector>(_command.Manager.Asked[0]).LeaseIds);
        await _command.AnsweringAsync(released, "release", "--all");
        Assert.Equal(LeaseSelector.All("agent-1"), _command.Manager.Asked[0]);
        await _command.AnsweringAsync(Array.Empty<Lease>(), "renew", "--all", "--ttl", "90");
        Assert.Equal([LeaseSelector.All("agent-1"), TimeSpan.FromSeconds(90)], _command.Manager.Asked);
    }

    [Theory]
    [InlineData("a\nb\n", "a b")]
    [InlineData("a\n\nb", "a b")]
    [InlineData("with space \n", "with space ")]
    [InlineData("a\r\nb\r\n\r\n", "a b")]
    [InlineData("a\r\nb\r", "a b")]
    [InlineData("\ufeffa\nb\n", "a b")]
    public async Task Resources_come_from_stdin_one_a_line(string input, string asked)
    {
        await _command.Reading(input).AnsweringAsync(new CheckResult(true, [], ""), "check", "-");
        // As strings: those of objects are compared by the rules of a language, for which some characters are nothing.
        Assert.Equal(asked, Assert.IsType<string>(_command.Manager.Asked[1]));
    }

    [Fact]
    public async Task Resources_from_stdin_may_be_separated_by_nul_and_joined_by_others()
    {
        await _command.Reading("a\nb\0c\0").AnsweringAsync(new CheckResult(true, [], ""), "check", "x", "-", "-0");
        Assert.Equal("x a\nb c", _command.Manager.Asked[1]);
    }

    [Theory]
    [InlineData("@x")]
    [InlineData("@types/node")]
    [InlineData("[id]")]
    [InlineData("true")]
    [InlineData("list")]
    [InlineData("a=b")]
    [InlineData("/x")]
    [InlineData("/h")]
    [InlineData("/?")]
    [InlineData("a b")]
    public async Task What_looks_odd_is_still_a_resource(string resource)
    {
        await _command.AnsweringAsync(new CheckResult(true, [], ""), "check", "--shared", resource);
        Assert.Equal(resource, _command.Manager.Asked[1]);
    }

    [Theory]
    [InlineData("'--bad' is no option of acquire; for a file of that name write './--bad' (see 'swarmlocks acquire --help').", "acquire", "--bad")]
    [InlineData("'-x' is no option of acquire; for a file of that name write './-x' (see 'swarmlocks acquire --help').", "acquire", "a", "-x")]
    [InlineData("'-x' is no option of acquire; for a file of that name write './-x' (see 'swarmlocks acquire --help').", "acquire", "--", "-x")]
    [InlineData("'--waits=5m' is no option of acquire; for a file of that name write './--waits=5m' (see 'swarmlocks acquire --help').", "acquire", "a", "--waits=5m")]
    [InlineData("A resource is empty: name what to lock, such as src/a.cs, src/, 'src/**/*.cs' or plan:42.", "acquire", "")]
    [InlineData("No resource is named: give one or more, such as src/a.cs, src/, 'src/**/*.cs' or plan:42.", "acquire")]
    [InlineData("--ttl does not take 'soon': write a duration such as 500ms, 90s, 5m, 1h30m, or plain seconds.", "acquire", "a", "--ttl", "soon")]
    [InlineData("--ttl does not take '': write a duration such as 500ms, 90s, 5m, 1h30m, or plain seconds.", "acquire", "a", "--ttl", "")]
    [InlineData("--ttl has no value: write '--ttl D', D being a duration such as 500ms, 90s, 5m, 1h30m, or plain seconds; see 'swarmlocks acquire --help'.", "acquire", "a", "--ttl=")]
    [InlineData("--ttl does not take '-5': write a duration such as 500ms, 90s, 5m, 1h30m, or plain seconds.", "acquire", "a", "--ttl", "-5")]
    [InlineData("--wait does not take 'ever': write 'forever' or a duration such as 500ms, 90s, 5m, 1h30m, or plain seconds.", "acquire", "a", "--wait", "ever")]
    [InlineData("--fencing-token does not take '0x1': write a whole number from 1 to 9223372036854775807.", "check", "a", "--fencing-token", "0x1")]
    [InlineData("--limit does not take '0': write a whole number from 1 to 2147483647.", "history", "--limit", "0")]
    [InlineData("--ttl has no value: write '--ttl D', D being a duration such as 500ms, 90s, 5m, 1h30m, or plain seconds; see 'swarmlocks acquire --help'.", "acquire", "a", "--ttl")]
    [InlineData("--ttl is given twice: give it once; see 'swarmlocks acquire --help'.", "acquire", "a", "--ttl", "1m", "--ttl", "2m")]
    [InlineData("--shared takes no value: write it alone, or leave it out; see 'swarmlocks acquire --help'.", "acquire", "x", "--shared=false")]
    [InlineData("--shared takes no value: write it alone, or leave it out; see 'swarmlocks acquire --help'.", "acquire", "x", "--shared:false")]
    [InlineData("--shared takes no value: write it alone, or leave it out; see 'swarmlocks check --help'.", "check", "x", "--shared=true")]
    [InlineData("--dry-run takes no value: write it alone, or leave it out; see 'swarmlocks cleanup-agent-locks --help'.", "cleanup-agent-locks", "--dry-run=true")]
    [InlineData("--stale takes no value: write it alone, or leave it out; see 'swarmlocks list --help'.", "list", "--stale=true")]
    [InlineData("-0 takes no value: write it alone, or leave it out; see 'swarmlocks acquire --help'.", "acquire", "-", "-0=x")]
    [InlineData("--reason has no value, because --wait is an option: write '--reason TEXT', or '--reason=--wait' if that is the value; see 'swarmlocks acquire --help'.", "acquire", "x", "--reason", "--wait", "5m")]
    [InlineData("--reason has no value, because --wait=5m is an option: write '--reason TEXT', or '--reason=--wait=5m' if that is the value; see 'swarmlocks run --help'.", "run", "x", "--reason", "--wait=5m", "--", "true")]
    [InlineData("--ttl has no value, because --shared is an option: write '--ttl D', D being a duration such as 500ms, 90s, 5m, 1h30m, or plain seconds, or '--ttl=--shared' if that is the value; see 'swarmlocks acquire --help'.", "acquire", "x", "--ttl", "--shared")]
    [InlineData("--agent has no value, because --dir is an option: write '--agent ID', or '--agent=--dir' if that is the value; see 'swarmlocks list --help'.", "--agent", "--dir", "/x", "list")]
    [InlineData("'[suggest:x]' is not understood: give the position of the cursor in the line as a number, once, as in '[suggest:14]'.", "[suggest:x]", "swarmlocks acq")]
    [InlineData("'[suggest:3]' is not understood: give the position of the cursor in the line as a number, once, as in '[suggest:14]'.", "[suggest:3]", "[suggest:3]", "acq")]
    [InlineData("'[suggest:99999999999]' is not understood: give the position of the cursor in the line as a number, once, as in '[suggest:14]'.", "[suggest:99999999999]", "swarmlocks acq")]
    [InlineData("'aquire' is not a verb of swarmlocks, but 'acquire' is; see 'swarmlocks --help'.", "aquire", "a")]
    [InlineData("'frobnicate' is not a verb of swarmlocks; see 'swarmlocks --help'.", "frobnicate")]
    [InlineData("'a\\u000ab' is not a verb of swarmlocks; see 'swarmlocks --help'.", "a\nb")]
    [InlineData("--ttl does not take 'a\\u000ab': write a duration such as 500ms, 90s, 5m, 1h30m, or plain seconds.", "acquire", "a", "--ttl", "a\nb")]
    [InlineData("No verb was given, such as 'run' or 'acquire'; see 'swarmlocks --help'.", "--agent", "a")]
    [InlineData("'extra' is not understood here: the usage is 'swarmlocks list [--holder ID] [--stale]'; see 'swarmlocks list --help'.", "list", "extra")]
    [InlineData("The verb who-has takes one resource, not 2.", "who-has", "a", "b")]
    [InlineData("The verb who-has takes one resource, on the command line.", "who-has", "-")]
    [InlineData("Nothing is named: give resources, --lease ID, or --all.", "release")]
    [InlineData("Resources, --lease and --all exclude one another: give one of them.", "release", "a", "--all")]
    [InlineData("Resources, --lease and --all exclude one another: give one of them.", "renew", "--lease", "x", "--all")]
    [InlineData("--lease is empty: give the id of a lease, as 'swarmlocks list --json' shows it.", "release", "--lease", "")]
    [InlineData("'a b' is no agent id: give 1 to 128 of letters, digits and . _ - @ : /", "list", "--agent", "a b")]
    [InlineData("'a b' is no agent id: give 1 to 128 of letters, digits and . _ - @ : /", "who-has", "x", "--agent", "a b")]
    [InlineData("'a b' is no agent id: give 1 to 128 of letters, digits and . _ - @ : /", "wait", "x", "--agent", "a b")]
    [InlineData("'a b' is no agent id: give 1 to 128 of letters, digits and . _ - @ : /", "cleanup-stale-locks", "--agent", "a b")]
    [InlineData("No reason is given: tell the holder why with --reason TEXT.", "break", "a")]
    [InlineData("No agent is named: 'swarmlocks cleanup-agent-locks AGENT' ends the locks of AGENT.", "cleanup-agent-locks")]
    [InlineData("The option -0 is about resources on stdin: give '-' as the resource too.", "acquire", "a", "-0")]
    [InlineData("There is no resource on stdin: write one a line, or NUL-separated with -0.", "acquire", "-")]
    [InlineData("No command is given: write it after a double dash, as in 'swarmlocks run src/a.cs -- make test'.", "run", "a")]
    [InlineData("No command is given: write it after a double dash, as in 'swarmlocks run src/a.cs -- make test'.", "run", "a", "--")]
    [InlineData("No resource is named: give one or more, such as src/a.cs, src/, 'src/**/*.cs' or plan:42.", "run", "--", "a")]
    [InlineData("--grace 10s is too long: write less than half the TTL of 20s, or give a longer --ttl.", "run", "a", "--ttl", "20s", "--grace", "10s", "--", "true")]
    [InlineData("--grace 2m30s is too long: write less than half the TTL of 5m, or give a longer --ttl.", "run", "a", "--grace", "150s", "--", "true")]
    [InlineData("'nope' is not a verb of swarmlocks; see 'swarmlocks help --all'.", "help", "nope")]
    public async Task Wrong_input_gets_one_sentence(string sentence, params string[] args)
    {
        Assert.Equal(64, await _command.RunAsync(args));
        Assert.Equal($"swarmlocks: {sentence}\n", _command.Error);
        Assert.Empty(_command.Out);
        Assert.Null(_command.Options);
    }

    [Theory]
    [InlineData("acquire", "x", "--json=true")]
    [InlineData("acquire", "--reason", "--json", "x")]
    [InlineData("list", "--holder", "--json")]
    [InlineData("--json=false", "list")]
    public async Task Json_is_wanted_also_where_it_is_misspelt(params string[] args)
    {
        Assert.Equal(64, await _command.RunAsync(args));
        Assert.StartsWith("{\"error\":\"usage\",\"message\":\"--", _command.Out, StringComparison.Ordinal);
        Assert.Empty(_command.Error);
        Assert.Null(_command.Options);
    }

    [Fact]
    public async Task A_value_that_looks_like_an_option_is_written_after_an_equals_sign()
    {
        await _command.AnsweringAsync(Sample.Granted(), "acquire", "x", "--reason=--json", "--wait=5m");
        var request = Assert.IsType<LockRequest>(_command.Manager.Asked[0]);
        Assert.Equal(("--json", TimeSpan.FromMinutes(5)), (request.Reason, request.Wait));
        Assert.StartsWith("acquired ", _command.Out, StringComparison.Ordinal);
        await _command.AnsweringAsync(Sample.Granted(), "acquire", "x", "--reason", "-5 % of --wait");
        Assert.Equal("-5 % of --wait", Assert.IsType<LockRequest>(_command.Manager.Asked[0]).Reason);
    }

    [Theory]
    [InlineData("acquire", "--shared=false", "--help")]
    [InlineData("acquire", "--ttl", "5m", "--ttl", "5m", "--help")]
    public async Task Help_is_shown_whatever_else_is_wrong(params string[] args)
    {
        Assert.Equal(0, await _command.RunAsync(args));
        Assert.Contains("\nUsage: swarmlocks acquire", _command.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sentence_in_json_is_one_line_too()
    {
        Assert.Equal(64, await _command.RunAsync("a\nb\u2028", "--json"));
        Assert.Equal("{\"error\":\"usage\",\"message\":\"'a\\\\u000ab\\\\u2028' is not a verb of swarmlocks; see 'swarmlocks --help'.\"}\n", _command.Out);
    }

    [Fact]
    public async Task Stdin_that_is_not_utf8_is_refused_rather_than_mended()
    {
        _command.Input = [0x61, 0xff, 0x0a];
        Assert.Equal(64, await _command.RunAsync("acquire", "-"));
        Assert.Contains("not UTF-8", _command.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Endless_stdin_is_refused()
    {
        _command.Input = new byte[(4 << 20) + 1];
        Assert.Equal(64, await _command.RunAsync("acquire", "-"));
        Assert.Contains("longer than 4 MiB", _command.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_variable_that_cannot_be_read_is_named()
    {
        _command.Variables["SWARMLOCKS_TTL"] = "soon";
        Assert.Equal(64, await _command.RunAsync("list"));
        Assert.Contains("SWARMLOCKS_TTL", _command.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_help_screen_is_short_and_says_how_to_see_the_rest()
    {
        Assert.Equal(0, await _command.RunAsync("--help"));
        string[] shown = [.. CommandTree.Verbs.Where(verb => verb.Everyday).Select(verb => verb.Name)];
        Assert.Equal("run acquire release who-has list cleanup-stale-locks doctor", string.Join(' ', shown.Where(name => name != "demo")));
        Assert.All(shown, name => Assert.Contains($"\n  {name} ", _command.Out, StringComparison.Ordinal));
        Assert.Contains("swarmlocks help --all", _command.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("history", _command.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("who-has", "stdin")]
    [InlineData("history", "stdin")]
    [InlineData("break", "stdin")]
    [InlineData("reset", "stdin")]
    [InlineData("run", "--json")]
    [InlineData("check", "Let others")]
    public async Task Help_promises_nothing_that_the_verb_does_not_take(string verb, string promise)
    {
        Assert.Equal(0, await _command.RunAsync(verb, "--help"));
        Assert.DoesNotContain(promise, _command.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_of_break_explains_the_id_of_a_lease()
    {
        Assert.Equal(0, await _command.RunAsync("break", "--help"));
        Assert.Contains("\n  RESOURCE|LEASE_ID  ", _command.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_at_all_shows_the_first_screen_but_is_no_success()
    {
        Assert.Equal(64, await _command.RunAsync());
        Assert.Contains("Usage: swarmlocks VERB", _command.Error, StringComparison.Ordinal);
        Assert.Empty(_command.Out);
    }

    [Fact]
    public async Task All_verbs_are_shown_when_asked_for()
    {
        Assert.Equal(0, await _command.RunAsync("help", "--all"));
        Assert.All(CommandTree.Verbs, verb => Assert.Contains($"\n  {verb.Name} ", _command.Out, StringComparison.Ordinal));
    }

    public static TheoryData<string> VerbNames => [.. CommandTree.Verbs.Select(verb => verb.Name)];

    [Theory]
    [MemberData(nameof(VerbNames))]
    public async Task Help_of_every_verb_has_its_usage_and_an_example(string verb)
    {
        Assert.Equal(0, await _command.RunAsync(verb, "--help"));
        Assert.Contains($"\nUsage: swarmlocks {verb}", _command.Out, StringComparison.Ordinal);
        Assert.Matches($"\nExamples?:\n(.*\n)*.*swarmlocks {verb}", _command.Out);
        string help = _command.Out;
        Assert.Equal(0, await _command.RunAsync("help", verb));
        Assert.Equal(help, _command.Out);
    }

    [Theory]
    [InlineData("[suggest:14]", "swarmlocks acq", "acquire\n")]
    [InlineData("[suggest:25]", "swarmlocks cleanup-stale-", "cleanup-stale-locks\n")]
    [InlineData("[suggest:25]", "swarmlocks acquire --shar", "--shared\n")]
    public async Task Shells_can_ask_what_comes_next(string directive, string line, string suggestions)
    {
        Assert.Equal(0, await _command.RunAsync(directive, line));
        Assert.Equal(suggestions, _command.Out);
    }
}
