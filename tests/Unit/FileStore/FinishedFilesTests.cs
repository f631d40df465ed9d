using System.IO.Abstractions;
using SwarmLocks.FileStore;
using SwarmLocks.Platform;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Unit.FileStore;

/// <summary>Files of the real disk, read in the quick way and in the careful one.</summary>
public sealed class FinishedFilesTests : IDisposable
{
    private readonly TempTree _tree = new();
    private readonly string _file;

    public FinishedFilesTests() => _file = Path.Combine(_tree.Root, "file");

    public void Dispose() => _tree.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_finished_file_is_read(bool underGuard)
    {
        File.WriteAllText(_file, "12345\n");
        Assert.Equal("12345\n", Read(underGuard));
    }

    [Theory]
    [InlineData("")]
    [InlineData("12345")]
    public void An_unfinished_file_is_none_and_removed_only_under_the_guard(string content)
    {
        File.WriteAllText(_file, content);
        Assert.Null(Read(underGuard: false));
        Assert.True(File.Exists(_file));
        Assert.Null(Read(underGuard: true));
        Assert.False(File.Exists(_file));
        Assert.Null(Read(underGuard: true));
    }

    [Fact]
    public void A_part_that_was_read_is_no_remnant()
    {
        File.WriteAllText(_file, "12345\n");
        var interrupted = Proxies.Intercept<IPlatform>((method, arguments) =>
            Proxies.Call(method, SystemPlatform.Current, arguments) is int length && method.Name == nameof(IPlatform.ReadStart) ? length / 2 : null);
        Assert.Equal("12345\n", Read(underGuard: true, interrupted));
        Assert.True(File.Exists(_file));
    }

    [Fact]
    public void What_is_longer_than_the_quick_way_takes_is_read_to_its_end()
    {
        string content = new string(' ', (8 * 1024) - 1) + "\n" + new string(' ', 5000) + "\n";
        File.WriteAllText(_file, content);
        Assert.Equal(content, Read(underGuard: true));
    }

    [Fact]
    public void A_link_is_not_followed()
    {
        string target = Path.Combine(_tree.Root, "target");
        File.WriteAllText(target, "12345\n");
        File.CreateSymbolicLink(_file, target);
        Assert.True(new FinishedFiles(new FileSystem(), SystemPlatform.Current, underGuard: true).TryRead(_file, out _, out string? trouble));
        Assert.Equal("it is a symbolic link", trouble);
        Assert.True(File.Exists(target));
    }

    private string? Read(bool underGuard, IPlatform? platform = null)
    {
        bool found = new FinishedFiles(new FileSystem(), platform ?? SystemPlatform.Current, underGuard).TryRead(_file, out var content, out string? trouble);
        Assert.Null(trouble);
        return found ? System.Text.Encoding.ASCII.GetString(content) : null;
    }
}
