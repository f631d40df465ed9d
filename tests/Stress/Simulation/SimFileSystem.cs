using System.IO.Abstractions;
using System.Reflection;
using SwarmLocks.Platform;
using SwarmLocks.Tests.Unit.TestSupport;

namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>The disk as one process sees it: before each call on the store others may run, time may pass, or the process may die.</summary>
internal sealed class SimFileSystem : InterceptedFileSystem, IFileSystem
{
    private readonly SimMachine _machine;
    private readonly SimProcess _process;
    private readonly List<SimStream> _open = [];
    private readonly IFileInfoFactory _info;

    public SimFileSystem(SimMachine machine, SimProcess process, MemoryFileSystem disk)
        : base(disk)
    {
        (_machine, _process) = (machine, process);
        _info = Proxies.Intercept<IFileInfoFactory>((method, arguments) =>
        {
            Reach("look at", arguments[0] as string);
            return Proxies.Call(method, disk.FileInfo, arguments);
        });
    }

    IFileInfoFactory IFileSystem.FileInfo => _info;

    public void CloseAll() => _open.ForEach(stream => stream.CloseByKernel());

    protected override object? OnCall(MethodInfo method, object?[] arguments, Func<object?> call)
    {
        // Opening has its point where the stream is made.
        if (method.ReturnType != typeof(Stream))
            Reach(method.Name, arguments[0] as string);
        return IsLost(method.Name, arguments[0] as string) ? null : call();
    }

    private bool IsLost(string verb, string? path) => _machine.Flaw switch
    {
        Flaw.ReplacementsAreLost => verb == nameof(IFile.Replace),
        Flaw.RemovalsAreLost => verb == nameof(IFile.Delete) && path!.Contains("/locks/", StringComparison.Ordinal),
        _ => false,
    };

    protected override Stream OpenStream(MethodInfo method, object?[] arguments)
    {
        string path = (string)arguments[0]!;
        Reach("open", path);
        bool isLock = (FileShare)arguments[3]! == FileShare.None;
        if (_machine.Flaw == Flaw.GuardExcludesNobodyElse && path == SimProcess.Guard && !_open.Exists(s => s.IsOpenAt(path)))
            arguments[3] = FileShare.ReadWrite;
        var stream = new SimStream(_machine, _process, base.OpenStream(method, arguments), path, isLock);
        _open.Add(stream);
        return stream;
    }

    private void Reach(string verb, string? path)
    {
        // Finding the tree and resolving resources touches nothing that others change here.
        if (path?.StartsWith(SimProcess.Folder, StringComparison.Ordinal) == true)
            _machine.Point(_process, verb, path);
        else
            _process.ThrowIfDead();
    }
}

/// <summary>The system below it.</summary>
internal sealed class SimPlatform(SimMachine machine, SimProcess process, MemoryFileSystem disk) : IPlatform
{
    private readonly FakePlatform _inner = new(disk);

    public string? ClockId => _inner.ClockId;

    public TimeSpan? Uptime
    {
        get
        {
            machine.Point(process, SimMachine.Clock, "since the start");
            return machine.Uptime;
        }
    }

    public bool IsContended(IOException error) => _inner.IsContended(error);

    public bool IsReadOnly(IOException error) => _inner.IsReadOnly(error);

    public string? VerifyLock(Stream file, bool shared)
    {
        machine.Point(process, "verify", "");
        return null;
    }

    public bool IsAt(Stream file, string path)
    {
        machine.Point(process, "is at", path);
        return _inner.IsAt(((SimStream)file).Inner, path);
    }

    public FileMark? MarkOf(Stream file) => _inner.MarkOf(((SimStream)file).Inner);

    public FileMark? MarkAt(string path)
    {
        machine.Point(process, "mark", path);
        return _inner.MarkAt(path);
    }

    public IReusableLock? Reuse(Stream file) => new SimLock(machine, process, _inner.Reuse(((SimStream)file).Inner)!);

    public Stream? OpenUnlocked(string path, bool create) => null;

    public IFileNotices? OpenNotices() => null;

    /// <summary>Every other process runs on a system that has no quick ways: both kinds get on with each other.</summary>
    private bool IsQuick => process.Name[^1] % 2 == 0;

    public bool? Exchange(string one, string other)
    {
        if (!IsQuick)
            return null;
        machine.Point(process, "exchange", other);
        return machine.Flaw == Flaw.ReplacementsAreLost ? true : _inner.Exchange(one, other);
    }

    public bool? IsLocked(string path) => null;

    public FileAttributes? AttributesAt(ReadOnlySpan<char> path) => null;

    public bool CreateFile(string path, byte[] content)
    {
        if (!IsQuick)
            return false;
        machine.Point(process, "create", path);
        try
        {
            using var file = disk.FileStream.Create(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 0, FileOptions.None);
            machine.Point(process, "write", path);
            file.Write(content);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public int? ReadStart(string path, byte[] content, out bool isMissing)
    {
        isMissing = false;
        if (!IsQuick)
            return null;
        machine.Point(process, "open", path);
        try
        {
            using var file = disk.FileStream.Create(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0, FileOptions.None);
            machine.Point(process, "read", path);
            return file.Read(content, 0, content.Length);
        }
        catch (IOException error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            isMissing = true;
            return null;
        }
    }

    public void LetChildrenInherit(Stream file)
    {
    }

    public string? ReadLink(string path) => null;

    public void CreateDirectory(string path, string? like)
    {
        machine.Point(process, "mkdir", path);
        _inner.CreateDirectory(path, like);
    }

    public IReadOnlyList<string> Openers(string path) => [];
}

/// <summary>The guard of a process that keeps it open: taking its lock and letting go of it are points where others may run.</summary>
internal sealed class SimLock(SimMachine machine, SimProcess process, IReusableLock inner) : IReusableLock
{
    public FileId File => inner.File;

    public bool TryTake(out string? trouble)
    {
        machine.Point(process, "lock", SimProcess.Guard);
        if (inner.TryTake(out trouble))
            return true;
        // The flaw is one of the machine: others are not kept out.
        return trouble is null && machine.Flaw == Flaw.GuardExcludesNobodyElse;
    }

    /// <summary>The line before the guard excludes nobody: here all who wait ask again and again, in any order.</summary>
    public bool CanWait => false;

    public string? Take() => throw new NotSupportedException();

    public bool LetGo()
    {
        // Who was killed has lost it already.
        if (!process.IsAlive)
            return true;
        machine.Point(process, "unlock", SimProcess.Guard);
        inner.LetGo();
        machine.LeftGuard(process);
        return true;
    }
}
