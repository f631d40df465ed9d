using System.Runtime.Versioning;
using Microsoft.Extensions.Options;
using SwarmLocks.Platform;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.Platform;

/// <summary>The real system below the file store.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class UnixPlatformTests : IDisposable
{
    private readonly UnixPlatform _platform = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("swarmlocks-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Two_exclusive_opens_are_contended_and_nothing_else_is()
    {
        string file = Path.Combine(_folder, "guard");
        using var held = new FileStream(file, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        Assert.Null(_platform.VerifyLock(held, shared: false));
        var contended = Assert.ThrowsAny<IOException>(() => new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None));
        Assert.True(_platform.IsContended(contended));
        Assert.False(_platform.IsContended(new FileNotFoundException()));
        Assert.False(_platform.IsReadOnly(contended));
        Assert.True(_platform.IsReadOnly(new IOException("Read-only file system", 30)));
    }

    [Fact]
    public void A_lock_that_somebody_else_has_cannot_be_verified_nor_can_one_on_no_file()
    {
        string file = Path.Combine(_folder, "shared");
        using var one = new FileStream(file, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);
        using var two = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        Assert.NotNull(_platform.VerifyLock(one, shared: false));
        Assert.NotNull(_platform.VerifyLock(new MemoryStream(), shared: false));
    }

    [Fact]
    public void A_path_leads_to_an_open_file_until_that_is_deleted_renamed_or_replaced()
    {
        string path = Path.Combine(_folder, "guard"), other = Path.Combine(_folder, "other");
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        Assert.True(_platform.IsAt(file, path));
        Assert.False(_platform.IsAt(file, other));
        File.Move(path, other);
        Assert.False(_platform.IsAt(file, path));
        Assert.True(_platform.IsAt(file, other));
        File.WriteAllText(path, "");
        Assert.False(_platform.IsAt(file, path));
    }

    [Fact]
    public void A_plain_file_is_read_and_what_is_none_is_left_to_be_opened()
    {
        string path = Path.Combine(_folder, "file"), link = Path.Combine(_folder, "link");
        File.WriteAllText(path, "12345");
        File.CreateSymbolicLink(link, path);
        byte[] content = new byte[6];
        if (_platform.ReadStart(path, content, out bool isMissing) is not { } length)
        {
            Assert.False(OperatingSystem.IsLinux());
            return;
        }
        Assert.Equal("12345"u8, content.AsSpan(0, length));
        Assert.False(isMissing);
        Assert.Equal(4, _platform.ReadStart(path, new byte[4], out _));
        Assert.Null(_platform.ReadStart(link, content, out isMissing));
        Assert.False(isMissing);
        Assert.Null(_platform.ReadStart(_folder, content, out isMissing));
        Assert.False(isMissing);
        Assert.Null(_platform.ReadStart(path + "/none", content, out isMissing));
        Assert.True(isMissing);
        File.WriteAllText(path, "");
        Assert.Equal(0, _platform.ReadStart(path, content, out isMissing));
        Assert.False(isMissing);
        File.Delete(path);
        Assert.Null(_platform.ReadStart(path, content, out isMissing));
        Assert.True(isMissing);
        Assert.Null(_platform.ReadStart(link, content, out isMissing));
        Assert.False(isMissing);
    }

    [Fact]
    public void A_path_looks_as_file_info_says_and_a_link_is_left_to_that()
    {
        string file = Path.Combine(_folder, "file"), link = Path.Combine(_folder, "link");
        File.WriteAllText(file, "");
        File.CreateSymbolicLink(link, file);
        if (!OperatingSystem.IsLinux())
        {
            Assert.Null(_platform.AttributesAt(file));
            return;
        }
        foreach (string path in new[] { file, _folder, file + "/below", Path.Combine(_folder, "none"), Path.Combine(_folder, "none", "below") })
            Assert.Equal(new FileInfo(path).Attributes, _platform.AttributesAt(path));
        Assert.Null(_platform.AttributesAt(link));
    }

    [Fact]
    public void A_path_of_any_length_and_any_letters_is_looked_at_whole_or_left_to_file_info()
    {
        string folder = Path.Combine(_folder, "ordner-für-größe");
        Directory.CreateDirectory(folder);
        int told = 0;
        for (int letters = 1; letters < 600; letters++)
        {
            // Through the folder and back again, as often as it takes. The second is none; without its end it would be the folder.
            string path = folder + string.Concat(Enumerable.Repeat("/../ordner-für-größe", letters / 20)) + new string('/', letters % 20);
            Assert.True(_platform.AttributesAt(path) is null or FileAttributes.Directory, path);
            var below = _platform.AttributesAt(path + "/x");
            Assert.True(below is null or (FileAttributes)(-1), path);
            told += below is null ? 0 : 1;
        }
        Assert.True(told > 100 || !OperatingSystem.IsLinux(), $"only {told} were looked at");
    }

    [Fact]
    public void A_file_is_made_whole_where_there_was_none()
    {
        string file = Path.Combine(_folder, "file");
        if (!_platform.CreateFile(file, [1, 2, 3]))
        {
            Assert.False(OperatingSystem.IsLinux());
            return;
        }
        Assert.Equal([1, 2, 3], File.ReadAllBytes(file));
        string other = Path.Combine(_folder, "other");
        File.WriteAllText(other, "");
        Assert.Equal(File.GetUnixFileMode(other), File.GetUnixFileMode(file));
        Assert.False(_platform.CreateFile(file, [4]));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(file));
        Assert.False(_platform.CreateFile(Path.Combine(_folder, "none", "file"), [4]));
    }

    [Fact]
    public void Two_files_change_places_and_nothing_happens_where_one_is_missing()
    {
        string one = Path.Combine(_folder, "one"), other = Path.Combine(_folder, "other");
        File.WriteAllText(one, "1");
        Assert.NotEqual(true, _platform.Exchange(one, other));
        Assert.Equal("1", File.ReadAllText(one));
        File.WriteAllText(other, "2");
        if (_platform.Exchange(one, other) != true)
            Assert.False(OperatingSystem.IsLinux());
        else
            Assert.Equal(("2", "1"), (File.ReadAllText(one), File.ReadAllText(other)));
    }

    [Fact]
    public void Files_are_told_apart_where_the_system_can()
    {
        string path = Path.Combine(_folder, "file"), other = Path.Combine(_folder, "other"), link = Path.Combine(_folder, "link");
        File.WriteAllText(path, "12345");
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        if (_platform.MarkOf(file) is not { } mark)
        {
            Assert.False(OperatingSystem.IsLinux());
            return;
        }
        Assert.Equal(5, mark.Length);
        Assert.Equal(mark, _platform.MarkAt(path));
        File.CreateSymbolicLink(link, path);
        // What it leads to may change without it.
        Assert.Null(_platform.MarkAt(link));
        File.Move(path, other);
        Assert.Null(_platform.MarkAt(path));
        File.WriteAllText(path, "12345");
        Assert.NotEqual(mark.Id, _platform.MarkAt(path)!.Value.Id);
        Assert.Null(_platform.MarkOf(new MemoryStream()));
    }

    [Fact]
    public void A_lock_can_be_let_go_of_and_taken_again()
    {
        string path = Path.Combine(_folder, "guard");
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        if (_platform.Reuse(file) is not { } reusable)
        {
            Assert.False(OperatingSystem.IsLinux());
            return;
        }
        Assert.True(reusable.LetGo());
        using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.False(reusable.TryTake(out string? trouble));
            Assert.Null(trouble);
        }
        Assert.True(reusable.TryTake(out _));
        Assert.ThrowsAny<IOException>(() => new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None));
        Assert.True(reusable.LetGo());
        Assert.Null(reusable.Take());
        Assert.ThrowsAny<IOException>(() => new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None));
    }

    [Fact]
    public void A_look_whether_a_file_is_locked_neither_sees_nor_disturbs_other_looks()
    {
        string path = Path.Combine(_folder, "session");
        File.WriteAllText(path, "\n");
        if (_platform.IsLocked(path) is null)
        {
            Assert.False(OperatingSystem.IsLinux());
            return;
        }
        using (new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read))
            Assert.False(_platform.IsLocked(path));
        using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            Assert.True(_platform.IsLocked(path));
        Assert.False(_platform.IsLocked(path));
        Assert.Null(_platform.IsLocked(Path.Combine(_folder, "missing")));
    }

    [Fact]
    public void Links_are_read_and_what_is_none_is_null()
    {
        string link = Path.Combine(_folder, "link");
        File.CreateSymbolicLink(link, "somewhere/é");
        Assert.Equal("somewhere/é", _platform.ReadLink(link));
        Assert.Null(_platform.ReadLink(_folder));
        Assert.Null(_platform.ReadLink(Path.Combine(_folder, "missing")));
        Assert.Throws<IOException>(() => _platform.ReadLink(Path.Combine(_folder, new string('n', 300))));
    }

    [Fact]
    public void Folders_take_the_mode_of_another_one_or_are_private()
    {
        const UnixFileMode group = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute;
        string model = Path.Combine(_folder, "model"), like = Path.Combine(_folder, "like"), alone = Path.Combine(_folder, "alone");
        Directory.CreateDirectory(model);
        File.SetUnixFileMode(model, group);
        _platform.CreateDirectory(like, model);
        _platform.CreateDirectory(alone, like: null);
        Assert.Equal(group, File.GetUnixFileMode(like));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(alone));
    }

    [Fact]
    public void The_clock_has_one_name_for_all_who_share_it()
    {
        Assert.Equal(_platform.ClockId, new UnixPlatform().ClockId);
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains("/", _platform.ClockId, StringComparison.Ordinal);
            Assert.True(_platform.Uptime > TimeSpan.Zero);
        }
    }

    [Fact]
    public async Task A_manager_from_a_container_refuses_a_deadlock_and_an_abandoned_task_with_the_whole_answer()
    {
        Directory.CreateDirectory(Path.Combine(_folder, ".git"));
        var options = new LockManagerOptions { Directory = _folder, MinTtl = TimeSpan.FromMilliseconds(1) };
        await using var manager = new LockManager(Options.Create(options));
        await using var x = await manager.AcquireAsync(new LockRequest { Agent = "a", Resources = ["x"] });
        await using var y = await manager.AcquireAsync(new LockRequest("b", "y"));
        using var stop = new CancellationTokenSource();
        var waiting = manager.TryAcquireAsync(new LockRequest("a", "y") { Wait = TimeSpan.FromMinutes(1) }, stop.Token);
        await Eventually.TrueAsync(() => manager.WhoHasAsync("y").Result.Waiting.Count == 1);
        var deadlock = await Assert.ThrowsAsync<LockDeadlockException>(() => manager.AcquireAsync(new LockRequest("b", "x") { Wait = TimeSpan.FromMinutes(1) }));
        Assert.Equal(["b", "a", "b"], deadlock.Result.Cycle);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);

        for (int i = 0; i < 3; i++)
        {
            await manager.TryAcquireAsync(new LockRequest($"dead{i}", "task:1") { OutlivesProcess = true, Ttl = TimeSpan.FromMilliseconds(200) });
            await Eventually.TrueAsync(() => manager.WhoHasAsync("task:1").Result.Holders is [{ State: LeaseState.Expired }]);
            await manager.CleanupStaleLocksAsync();
        }
        var abandoned = await Assert.ThrowsAsync<LockAbandonedException>(() => manager.AcquireAsync(new LockRequest("c", "task:1")));
        Assert.Equal(AcquireOutcome.Abandoned, abandoned.Result.Outcome);
        Assert.Matches("dead0 expired, found at .*; dead1 expired, found at .*; dead2 expired, found at .*swarmlocks reset task:1", abandoned.Message);
    }
}
