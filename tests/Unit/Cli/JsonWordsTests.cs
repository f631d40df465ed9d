using System.Text.Json;
using SwarmLocks.Cli.Output;

namespace SwarmLocks.Tests.Unit.Cli;

/// <summary>Every word that JSON has for a thing, and the cases in which something is missing.</summary>
public sealed class JsonWordsTests
{
    private readonly InProcess _command = new();

    [Fact]
    public async Task Every_event_of_the_history_has_its_word()
    {
        string[] words = ["acquired", "renewed", "released", "taken_over", "reaped", "break_asked", "broken", "lost", "refused", "reset"];
        var kinds = Enum.GetValues<LockEventKind>();
        await _command.AnsweringAsync(
            kinds.Select((kind, i) => new LockEvent(i, Sample.Now, kind, "path:a", "a", null, null, null, null)).ToArray(), "history", "--json");
        using var document = JsonDocument.Parse(_command.Out);
        Assert.Equal(words, document.RootElement.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("event").GetString()));
    }

    [Theory]
    [InlineData(LeaseState.Live, "live")]
    [InlineData(LeaseState.Expired, "expired")]
    [InlineData(LeaseState.Dead, "dead")]
    [InlineData(LeaseState.Unreadable, "unreadable")]
    public async Task Every_state_of_a_lease_has_its_word(LeaseState state, string word)
    {
        Assert.Equal(0, await _command.AnsweringAsync(new[] { Sample.Lease() with { State = state } }, "list", "--json"));
        Assert.Equal($$"""{"locks":[{{Sample.LeaseJson().Replace("\"live\"", $"\"{word}\"", StringComparison.Ordinal)}}]}""" + "\n", _command.Out);
    }

    [Fact]
    public async Task A_grant_that_was_heard_of_too_late_is_an_error_and_no_grant()
    {
        Assert.Equal(75, await _command.AnsweringAsync(new LockExpiredException("It was too late.", [new("path:a", "the answer came after its expiry")]), "acquire", "a", "--json"));
        Assert.Equal("""{"error":"unexpected","message":"It was too late."}""" + "\n", _command.Out);
    }

    [Fact]
    public void Doctor_without_a_tree() => Assert.Equal(
        """{"healthy":false,"store":null,"root":null,"checks":[{"name":"tree","ok":false,"detail":"None."}],"live":0,"stale":0,"unreadable":0,"waiting":0}""",
        Answer.Text(Shapes.Of(new DoctorReport(null, null, [new("tree", false, "None.")], 0, 0, 0, 0)), CliJson.Default.DoctorJson));

    [Fact]
    public void Init_where_there_was_one() =>
        Assert.Equal("""{"store":"/t/.swarmlocks","created":false}""", Answer.Text(new InitJson("/t/.swarmlocks", false), CliJson.Default.InitJson));

    [Fact]
    public async Task An_answer_that_cannot_be_written_is_a_failure()
    {
        using var tree = new TempTree();
        using var full = tree.Start(["sh", "-c", "exec \"$0\" \"$@\" >/dev/full"], ["acquire", "a", "--json"]);
        Assert.Equal(1, (await TempTree.EndAsync(full)).Code);
    }
}
