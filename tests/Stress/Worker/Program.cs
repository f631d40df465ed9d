namespace SwarmLocks.Tests.Stress.Worker;

/// <summary>
/// What this assembly does when it is started as a process: one request a line on standard input, one answer a line on standard output, in order,
/// until the input ends. An answer starts with what happened; <c>error</c> means something no test expects.
/// </summary>
internal static class Program
{
    private static async Task<int> Main()
    {
        await using var agent = new WorkerVerbs();
        // Both ends speak without a mark: a byte order mark would be part of the first verb.
        using var input = new StreamReader(Console.OpenStandardInput());
        await using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true };
        while (await input.ReadLineAsync() is { } line)
            await output.WriteLineAsync(await AnswerAsync(agent, line.Split(' ')));
        return 0;
    }

    private static async Task<string> AnswerAsync(WorkerVerbs agent, string[] words)
    {
        try
        {
            return await agent.DoAsync(words);
        }
        catch (LockException error)
        {
            return $"error {error.GetType().Name} {error.Message}";
        }
        // Whatever it is, the test shall see it.
        catch (Exception error)
        {
            return "error " + error.ToString().ReplaceLineEndings(" | ");
        }
    }
}
