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

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _interrupted = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private Func<int, bool>? _forward;
    private int _first;
    private bool _handedOn;

    public SignalRelay()
    {
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

    /// <summary>Whether one was handed to the command.</summary>
    public bool HandedOn
    {
        get
        {
            lock (_gate)
                return _handedOn;
        }
    }

    /// <summary>Starts a command; signals go to <paramref name="forward"/> from now on, also those that arrive while it starts.</summary>
    /// <param name="start">Starts it. Not called when a signal came before.</param>
    /// <param name="forward">Gets the number of each further signal, and says whether it handed it on.</param>
    /// <exception cref="InterruptedException">A signal came before.</exception>
    public T Start<T>(Func<T> start, Func<T, int, bool> forward)
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

    /// <inheritdoc/>
    public void Dispose()
    {
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
                _handedOn |= _forward(number);
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
