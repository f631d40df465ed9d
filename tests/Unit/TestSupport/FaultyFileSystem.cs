using System.IO.Abstractions;
using System.Reflection;

namespace SwarmLocks.Tests.Unit.TestSupport;

/// <summary>Where in a failing call the failure comes.</summary>
internal enum FaultPoint
{
    /// <summary>Nothing happened.</summary>
    Before,

    /// <summary>It happened all the same; of a write, only half.</summary>
    After,
}

/// <summary>
/// The real disk, on which the n-th call fails: opens, reads, writes, renames, deletes, listings. From <see cref="Arm"/> on calls are counted.
/// </summary>
internal sealed class FaultyFileSystem() : InterceptedFileSystem(new FileSystem())
{
    private int _failAt;
    private bool _goesOn;
    private FaultPoint _point;
    private Func<Exception> _error = () => new IOException();

    /// <summary>How many calls were made since <see cref="Arm"/>.</summary>
    public int Calls { get; private set; }

    /// <summary>Which call failed.</summary>
    public string? Failed { get; private set; }

    /// <summary>Lets the <paramref name="n"/>-th call from now on fail; with <paramref name="goesOn"/> every one after it too. 0 for none.</summary>
    public void Arm(int n, FaultPoint point, Func<Exception> error, bool goesOn = false) =>
        (_failAt, _point, _error, _goesOn, Calls, Failed) = (n, point, error, goesOn, 0, null);

    public void Disarm() => Arm(0, FaultPoint.Before, () => new IOException());

    protected override object? OnCall(MethodInfo method, object?[] arguments, Func<object?> call) => Count($"{method.Name} {arguments[0]}", call, call);

    protected override Stream OpenStream(MethodInfo method, object?[] arguments) => new FaultyStream(
        this, (string)arguments[0]!, (FileMode)arguments[1]!, (FileAccess)arguments[2]!, (FileShare)arguments[3]!, (int)arguments[4]!, (FileOptions)arguments[5]!);

    private T Count<T>(string name, Func<T> call, Func<T> half)
    {
        Calls++;
        if (_failAt == 0 || (_goesOn ? Calls < _failAt : Calls != _failAt))
            return call();
        Failed ??= name;
        if (_point == FaultPoint.After && half() is IDisposable stream)
            stream.Dispose();
        throw _error();
    }

    /// <summary>A real file, because the kernel lock on it is verified.</summary>
    private sealed class FaultyStream(
        FaultyFileSystem disk, string path, FileMode mode, FileAccess access, FileShare share, int bufferSize, FileOptions options)
        : FileStream(path, mode, access, share, bufferSize, options)
    {
        public override void Write(ReadOnlySpan<byte> buffer) => Write(buffer.ToArray(), 0, buffer.Length);

        public override void Write(byte[] buffer, int offset, int count) =>
            disk.Count<object?>($"Write {Name}", () => Written(buffer, offset, count), () => Written(buffer, offset, count / 2));

        private object? Written(byte[] buffer, int offset, int count)
        {
            // Not the overload for spans: in a derived class that one comes back here.
            base.Write(buffer, offset, count);
            return null;
        }
    }
}
