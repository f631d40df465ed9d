using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace SwarmLocks.Cli.Demo;

/// <summary>
/// One agent process. Its parent writes the names of the files to its stdin, an empty line, and when all are "ready" twice "go": to warm up, which is "ready"
/// again, and to work. It answers from time to time how many edits it has made, and at the end its report. The end of its stdin is the end of its parent, and then its own.
/// </summary>
internal static class DemoAgent
{
    /// <summary>The hidden first argument that makes this program an agent.</summary>
    public const string Verb = "demo-agent";

    public const string Ready = "ready";
    public const string Go = "go";
    public const string Locked = "locked";
    public const string Unlocked = "unlocked";

    /// <summary>By then the runtime has compiled nearly all that locking takes.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);

    /// <summary>The id that the agent of a number locks with.</summary>
    public static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"agent-{number + 1:d2}");

    /// <summary>Runs one agent.</summary>
    /// <param name="args">What follows <see cref="Verb"/>: root, number, seconds, <see cref="Locked"/> or <see cref="Unlocked"/>.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        // Ctrl-C reaches the whole process group; the parent decides what it means, and ends us.
        using var ignored = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        using var input = new StreamReader(Console.OpenStandardInput());
        using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        try
        {
            if (args is not [var root, var number, var seconds, Locked or Unlocked])
                throw new DemoFailedException($"'{Verb}' is started by 'swarmlocks demo', and not by people.");
            var locks = args[3] == Locked ? new AgentLocks(root, NameOf(Number(number))) : null;
            try
            {
                return await RunAsync(root, Number(number), TimeSpan.FromSeconds(Number(seconds)), locks, input, output).ConfigureAwait(false);
            }
            finally
            {
                if (locks is not null)
                    await locks.DisposeAsync().ConfigureAwait(false);
            }
        }
#pragma warning disable CA1031 // The parent tells whatever it was.
        catch (Exception error)
#pragma warning restore CA1031
        {
            await Console.Error.WriteLineAsync(error.Message).ConfigureAwait(false);
            return 1;
        }
    }

    private static async Task<int> RunAsync(string root, int number, TimeSpan duration, AgentLocks? locks, StreamReader input, StreamWriter output)
    {
        var files = new List<EditedFile>();
        while (await input.ReadLineAsync().ConfigureAwait(false) is { Length: > 0 } name)
            files.Add(new EditedFile(root, name));
        if (!await IsLetGoAsync(input, output).ConfigureAwait(false))
            return 1;
        if (locks is not null)
            await locks.WarmUpAsync(files.Count, WarmUp).ConfigureAwait(false);
        if (!await IsLetGoAsync(input, output).ConfigureAwait(false))
            return 1;
        // A thread of its own: reading a console stream blocks, whatever it is called.
        new Thread(() => EndWithParent(input)) { IsBackground = true }.Start();
        var report = await new AgentWork(number, files, locks, output).RunAsync(duration).ConfigureAwait(false);
        await output.WriteLineAsync(JsonSerializer.Serialize(report, DemoJson.Default.AgentReport)).ConfigureAwait(false);
        return 0;
    }

    private static async Task<bool> IsLetGoAsync(StreamReader input, StreamWriter output)
    {
        await output.WriteLineAsync(Ready).ConfigureAwait(false);
        return await input.ReadLineAsync().ConfigureAwait(false) == Go;
    }

    private static void EndWithParent(StreamReader input)
    {
        if (input.ReadLine() is null)
            Environment.Exit(1);
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
