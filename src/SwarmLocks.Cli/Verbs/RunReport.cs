using System.Text.Json.Serialization.Metadata;
using SwarmLocks.Cli.Output;

namespace SwarmLocks.Cli.Verbs;

/// <summary>The file that <c>run --report</c> writes. It is opened before the lock is asked for: a report that cannot be written is a usage error.</summary>
internal sealed class RunReport
{
    private readonly string? _path;
    private readonly Action<string> _tell;

    /// <summary>Makes the file, empty.</summary>
    /// <param name="path">As given; null for no report.</param>
    /// <param name="directory">What it is relative to.</param>
    /// <param name="tell">Told when it cannot be written at the end.</param>
    public RunReport(string? path, string directory, Action<string> tell)
    {
        _tell = tell;
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

    /// <summary>Writes the outcome. Never throws: the exit code says how the command ended, whatever becomes of the report.</summary>
    public void Write<T>(T shape, JsonTypeInfo<T> type)
    {
        if (_path is null)
            return;
        try
        {
            File.WriteAllText(_path, Answer.Text(shape, type) + "\n");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The disk has filled up meanwhile, or somebody put something else in its place.
            _tell($"The report '{_path}' could not be written ({error.Message.TrimEnd('.')}): go by the exit code, which is that of the run.");
        }
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
