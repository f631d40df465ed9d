using System.Diagnostics;
using System.Runtime.Versioning;
using SwarmLocks.Platform;

namespace SwarmLocks.Tests.Unit.Platform;

/// <summary>
/// Alone, without other tests at the same time: every process that one of them starts has our open files too, until it runs its own program.
/// </summary>
[UnsupportedOSPlatform("windows")]
[Collection(nameof(InheritedFileTests))]
[CollectionDefinition(nameof(InheritedFileTests), DisableParallelization = true)]
public sealed class InheritedFileTests : IDisposable
{
    private readonly UnixPlatform _platform = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("swarmlocks-inherit-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Children_keep_a_file_open_only_when_they_are_let()
    {
        // Whether one that is killed leaves its lock to them is for the tests of `run`.
        if (!Directory.Exists("/proc/self/fd"))
            return;
        string kept = Path.Combine(_folder, "kept"), closed = Path.Combine(_folder, "closed");
        await using var first = new FileStream(kept, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        await using var second = new FileStream(closed, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        _platform.LetChildrenInherit(first);
        using var child = Process.Start(new ProcessStartInfo("sleep", "60"))!;
        Assert.Equal([$"{child.Id} sleep"], _platform.Openers(kept));
        Assert.Empty(_platform.Openers(closed));
        child.Kill();
        await child.WaitForExitAsync();
        Assert.Empty(_platform.Openers(kept));
    }

    [Fact]
    public async Task Of_all_who_have_a_file_open_the_one_that_has_its_lock_is_named()
    {
        if (!File.Exists("/proc/locks") || !OperatingSystem.IsLinux())
            return;
        string path = Path.Combine(_folder, "guard");
        await File.WriteAllTextAsync(path, "");
        // Two more have it open, neither with the lock.
        await using var open = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        _platform.LetChildrenInherit(open);
        Assert.True(_platform.Reuse(open)!.LetGo());
        using var idle = Process.Start(new ProcessStartInfo("sleep", "60"))!;
        Assert.Equal([$"{idle.Id} sleep"], _platform.Openers(path));
        using var locker = Process.Start(new ProcessStartInfo("flock", [path, "sh", "-c", "echo locked; exec sleep 60"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        Assert.Equal("locked", await locker.StandardOutput.ReadLineAsync());
        Assert.Equal([$"{locker.Id} flock"], _platform.Openers(path));
        foreach (var process in (Process[])[idle, locker])
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }
    }
}
