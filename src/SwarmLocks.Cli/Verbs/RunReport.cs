using System.Text.Json.Serialization.Metadata;
using SwarmLocks.Cli.Output;

namespace SwarmLocks.Cli.Verbs;

/// <summary>The file that <c>run --report</c> writes. It is opened before the lock is asked for: a report that cannot be written is a usage error.</summary>
internal sealed class RunReport
{
    private readonly string? _path;

    /// <summary>Makes the file, empty.</summary>
    /// <param name="path">As given; null for no report.</param>
    /// <param name="directory">What it is relative to.</param>
    public RunReport(string? path, string directory)
    {
        if (path is null)
            return;
        _path = Path.GetFullPath(path, directory);
        try
        {
            File.WriteAllText(_path, "");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Invocation.Usage($"--report does not take '{path}': it cannot be written ({error.Message.TrimEnd('.')}).");
        }
    }

    /// <summary>Writes the outcome.</summary>
    public void Write<T>(T shape, JsonTypeInfo<T> type)
    {
        if (_path is not null)
            File.WriteAllText(_path, Answer.Text(shape, type) + "\n");
    }

    /// <summary>Runs <paramref name="work"/>; an error is reported in the file too.</summary>
    public async Task<int> OnFailureAsync(Func<Task<int>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception error) when (_path is not null)
        {
            Write(Answer.Shape(error), CliJson.Default.ErrorJson);
            throw;
        }
    }
}
