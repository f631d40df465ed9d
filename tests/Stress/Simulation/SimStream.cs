using SwarmLocks.FileStore;

namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>An open file. A write can be cut in half by a death; closing is a step of its own where it lets go of a kernel lock.</summary>
internal sealed class SimStream(SimMachine machine, SimProcess process, Stream inner, string path, bool isLock) : Stream
{
    private bool _closed;

    public Stream Inner => inner;

    public bool IsOpenAt(string name) => !_closed && path == name;

    public override bool CanRead => inner.CanRead;

    public override bool CanSeek => inner.CanSeek;

    public override bool CanWrite => inner.CanWrite;

    public override long Length => inner.Length;

    public override long Position
    {
        get => inner.Position;
        set => inner.Position = value;
    }

    public void CloseByKernel()
    {
        _closed = true;
        inner.Dispose();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        machine.Point(process, "read", path);
        return inner.Read(buffer, offset, count);
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        if (machine.Point(process, "write", path, mayTear: true) == PointOutcome.Torn)
        {
            inner.Write(buffer, offset, count / 2);
            machine.Kill(process);
            throw new ProcessKilledException();
        }
        if (machine.Flaw == Flaw.CounterIsLost && path == SimProcess.Guard && Position == StoreHeader.TokenOffset)
            Position += count;
        else
            inner.Write(buffer, offset, count);
    }

    public override void Write(ReadOnlySpan<byte> buffer) => Write(buffer.ToArray(), 0, buffer.Length);

    public override long Seek(long offset, SeekOrigin origin) => inner.Seek(offset, origin);

    public override void SetLength(long value)
    {
        machine.Point(process, "truncate", path);
        inner.SetLength(value);
    }

    public override void Flush()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (!_closed && process.IsAlive)
        {
            if (isLock)
                machine.Point(process, "close", path);
            CloseByKernel();
            if (path == SimProcess.Guard)
                machine.LeftGuard(process);
        }
        base.Dispose(disposing);
    }
}
