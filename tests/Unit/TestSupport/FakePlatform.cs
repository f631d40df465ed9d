using SwarmLocks.Platform;

namespace SwarmLocks.Tests.Unit.TestSupport;

/// <summary>The system below a <see cref="MemoryFileSystem"/>, as a test wants it.</summary>
internal sealed class FakePlatform(MemoryFileSystem disk) : IPlatform
{
    public string? ClockId { get; set; } = "boot-1/time:[1]";

    /// <summary>How long the kernel runs already.</summary>
    public Func<TimeSpan?> Running { get; set; } = () => TimeSpan.FromHours(5);

    public TimeSpan? Uptime => Running();

    /// <summary>What a verification of a kernel lock says; null for "it is there".</summary>
    public Func<bool, string?> Trouble { get; set; } = _ => null;

    public Dictionary<string, string> Links => disk.Links;

    public Dictionary<string, string?> Made { get; } = new(StringComparer.Ordinal);

    public int Inherited { get; private set; }

    public bool IsContended(IOException error) => error.HResult == 11;

    public bool IsReadOnly(IOException error) => error.HResult == 30;

    public string? VerifyLock(Stream file, bool shared) => Trouble(shared);

    public bool IsAt(Stream file, string path) => disk.IsAt(file, path);

    public void LetChildrenInherit(Stream file) => Inherited++;

    public string? ReadLink(string path) => Links.GetValueOrDefault(path);

    public void CreateDirectory(string path, string? like)
    {
        disk.CreateDirectory(path);
        Made[path] = like;
    }

    public IReadOnlyList<string> Openers(string path) => [];
}
