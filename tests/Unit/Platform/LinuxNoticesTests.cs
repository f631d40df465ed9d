using System.Runtime.Versioning;
using SwarmLocks.Platform;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Platform;

/// <summary>What the real kernel tells of single files. Alone, since one of them looks at what this process has open.</summary>
[SupportedOSPlatform("linux")]
[Collection(nameof(InheritedFileTests))]
public sealed class LinuxNoticesTests : IDisposable
{
    private readonly LinuxNotices _notices = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("swarmlocks-test-").FullName;
    private readonly string _file;

    public LinuxNoticesTests() => File.WriteAllText(_file = Path.Combine(_folder, "file"), "1");

    public void Dispose()
    {
        _notices.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    public static TheoryData<string> Ends => ["deleted", "renamed", "replaced", "exchanged", "closed"];

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task The_end_of_a_file_is_told_once_however_it_comes(string end)
    {
        string other = Path.Combine(_folder, "other");
        await File.WriteAllTextAsync(other, "2");
        // Opened before, as a session is, and closed by the end of its process.
        using var open = new FileStream(_file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        int told = 0;
        using var notice = _notices.Tell(_file, () => Interlocked.Increment(ref told));
        Assert.NotNull(notice);
        switch (end)
        {
            case "deleted": File.Delete(_file); break;
            case "renamed": File.Move(_file, Path.Combine(_folder, "third")); break;
            case "replaced": File.Move(other, _file, overwrite: true); break;
            case "exchanged": Assert.True(new UnixPlatform().Exchange(other, _file)); break;
            default: await open.DisposeAsync(); break;
        }
        await Eventually.TrueAsync(() => Volatile.Read(ref told) > 0);
        File.Delete(_file);
        await ToldOfAnotherAsync();
        Assert.Equal(1, told);
    }

    [Fact]
    public async Task What_only_readers_do_and_what_happens_to_other_files_is_not_told()
    {
        int told = 0;
        using var notice = _notices.Tell(_file, () => Interlocked.Increment(ref told));
        Assert.Equal("1", await File.ReadAllTextAsync(_file));
        await ToldOfAnotherAsync();
        Assert.Equal(0, told);
    }

    [Fact]
    public async Task Two_who_listen_to_one_file_are_both_told_and_whoever_has_stopped_is_not()
    {
        int one = 0, two = 0, stopped = 0;
        using var first = _notices.Tell(_file, () => Interlocked.Increment(ref one));
        using var second = _notices.Tell(_file, () => Interlocked.Increment(ref two));
        _notices.Tell(_file, () => Interlocked.Increment(ref stopped))!.Dispose();
        File.Delete(_file);
        await Eventually.TrueAsync(() => Volatile.Read(ref one) + Volatile.Read(ref two) == 2);
        await ToldOfAnotherAsync();
        Assert.Equal((1, 1, 0), (one, two, stopped));
    }

    [Fact]
    public async Task A_file_can_be_listened_to_again_by_its_name()
    {
        for (int i = 0; i < 3; i++)
        {
            int told = 0;
            using var notice = _notices.Tell(_file, () => Interlocked.Increment(ref told));
            File.Delete(_file);
            await Eventually.TrueAsync(() => Volatile.Read(ref told) > 0);
            await File.WriteAllTextAsync(_file, "1");
        }
    }

    [Fact]
    public void Where_there_is_no_file_nothing_is_told()
    {
        Assert.Null(_notices.Tell(Path.Combine(_folder, "missing"), () => { }));
        _notices.Dispose();
        Assert.Null(_notices.Tell(_file, () => { }));
    }

    [Fact]
    public async Task The_instance_is_given_back_when_it_is_closed_and_when_nobody_has_listened_for_a_while()
    {
        Assert.NotNull(_notices.Tell(_file, () => { }));
        var idle = new LinuxNotices();
        idle.Tell(_file, () => { })!.Dispose();
        var kept = new LinuxNotices();
        Assert.NotNull(kept.Tell(_file, () => { }));
        int before = Instances();
        _notices.Dispose();
        await Eventually.TrueAsync(() => Instances() == before - 2);
        kept.Dispose();
        await Eventually.TrueAsync(() => Instances() == before - 3);
        Assert.NotNull(idle.Tell(_file, () => { }));
        idle.Dispose();

        static int Instances() => Directory.GetFiles("/proc/self/fd").Count(link => new FileInfo(link).LinkTarget == "anon_inode:inotify");
    }

    /// <summary>The kernel tells in order: when a later change has been told, nothing more comes of an earlier one.</summary>
    private async Task ToldOfAnotherAsync()
    {
        string last = Path.Combine(_folder, "last");
        await File.WriteAllTextAsync(last, "");
        bool told = false;
        using var notice = _notices.Tell(last, () => Volatile.Write(ref told, true));
        File.Delete(last);
        await Eventually.TrueAsync(() => Volatile.Read(ref told));
    }
}
