using System.Runtime.InteropServices;

namespace SwarmLocks.Cli.Platform;

/// <summary>
/// Catches the signals that ask a process to stop: until a command runs they end the wait for the lock; from then on they are handed to it.
/// </summary>
/// <remarks>What this process was started to ignore (HUP under nohup, INT in the background of a script) stays ignored, here and in the command: .NET sees to it.</remarks>
internal sealed class SignalRelay : IDisposable
{
    /// <summary>The numbers of these four are the same on every Unix.</summary>
    private static readonly (PosixSignal Signal, int Number)[] Handled =
    [
        (PosixSignal.SIGHUP, 1), (PosixSignal.SIGINT, 2), (PosixSignal.SIGQUIT, 3), (PosixSignal.SIGTERM, ProcessGroup.Term),
    ];

    /// <summary>Two that the kernel made one come back once.</summary>
    private static readonly TimeSpan EchoPatience = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _interrupted = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly TimeProvider _time;
    private Action<int>? _forward;
    private int _first;
    private long? _last;

    /// <param name="time">Tells when a signal came.</param>
    public SignalRelay(TimeProvider time)
    {
        _time = time;
        foreach (var (signal, number) in Handled)
            _registrations.Add(PosixSignalRegistration.Create(signal, context => OnSignal(context, number)));
    }

    /// <summary>Cancelled by the first signal that comes before a command runs.</summary>
    public CancellationToken Interrupted => _interrupted.Token;

    /// <summary>The number of that signal.</summary>
    public int First
    {
        get
        {
            lock (_gate)
                return _first;
        }
    }

    /// <summary>Whether one came so recently, while the command ran.</summary>
    public bool CameWithin(TimeSpan time)
    {
        lock (_gate)
            return _last is { } last && _time.GetElapsedTime(last) <= time;
    }

    /// <summary>Starts a command; signals go to <paramref name="forward"/> from now on, also those that arrive while it starts.</summary>
    /// <param name="start">Starts it. Not called when a signal came before.</param>
    /// <param name="forward">Gets the number of each further signal.</param>
    /// <exception cref="InterruptedException">A signal came before.</exception>
    public T Start<T>(Func<T> start, Action<T, int> forward)
    {
        // Held while it starts: a signal that comes meanwhile waits, and then reaches it.
        lock (_gate)
        {
            if (_first != 0)
                throw new InterruptedException(_first);
            var started = start();
            _forward = signal => forward(started, signal);
            return started;
        }
    }

    /// <summary>The command is over: signals that still come mean nothing any more.</summary>
    public void Stop()
    {
        lock (_gate)
            _forward = _ => { };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // What we sent to our own group comes back to us on a thread of the runtime's, a moment later: caught by nobody it would end us.
        SpinWait.SpinUntil(() => !ProcessGroup.AwaitsEcho, EchoPatience);
        foreach (var registration in _registrations)
            registration.Dispose();
        _interrupted.Dispose();
    }

    private void OnSignal(PosixSignalContext context, int number)
    {
        context.Cancel = true;
        if (ProcessGroup.TakeEcho(number))
            return;
        lock (_gate)
        {
            if (_forward is not null)
            {
                _last = _time.GetTimestamp();
                _forward(number);
                return;
            }
            if (_first != 0)
                return;
            _first = number;
        }
        try
        {
            _interrupted.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The wait ended on its own while this signal was on its way.
        }
    }
}
