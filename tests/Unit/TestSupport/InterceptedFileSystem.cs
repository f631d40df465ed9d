using System.IO.Abstractions;
using System.Reflection;

namespace SwarmLocks.Tests.Unit.TestSupport;

/// <summary>A file system whose every call on files, directories and streams goes through <see cref="OnCall"/> first.</summary>
internal class InterceptedFileSystem : IFileSystem
{
    private readonly IFileSystem _inner;

    public InterceptedFileSystem(IFileSystem inner)
    {
        _inner = inner;
        File = Proxies.Intercept<IFile>((method, arguments) => OnCall(method, arguments, () => Proxies.Call(method, inner.File, arguments)));
        Directory = Proxies.Intercept<IDirectory>((method, arguments) => OnCall(method, arguments, () => Proxies.Call(method, inner.Directory, arguments)));
        FileStream = Proxies.Intercept<IFileStreamFactory>((method, arguments) => OnCall(method, arguments, () => OpenStream(method, arguments)));
    }

    public IFile File { get; }

    public IDirectory Directory { get; }

    public IFileStreamFactory FileStream { get; }

    public IPath Path => _inner.Path;

    public IFileInfoFactory FileInfo => _inner.FileInfo;

    public IDirectoryInfoFactory DirectoryInfo => _inner.DirectoryInfo;

    public IDriveInfoFactory DriveInfo => _inner.DriveInfo;

    public IFileSystemWatcherFactory FileSystemWatcher => _inner.FileSystemWatcher;

    protected virtual object? OnCall(MethodInfo method, object?[] arguments, Func<object?> call) => call();

    protected virtual Stream OpenStream(MethodInfo method, object?[] arguments) => (Stream)Proxies.Call(method, _inner.FileStream, arguments)!;
}

/// <summary>What one process has open, so that a test can kill it: the kernel closes all of it, and nobody cleans up.</summary>
internal sealed class ProcessFileSystem(IFileSystem inner) : InterceptedFileSystem(inner)
{
    private readonly List<Stream> _open = [];

    public void Kill()
    {
        lock (_open)
            _open.ForEach(s => s.Dispose());
    }

    protected override Stream OpenStream(MethodInfo method, object?[] arguments)
    {
        var stream = base.OpenStream(method, arguments);
        lock (_open)
            _open.Add(stream);
        return stream;
    }
}
