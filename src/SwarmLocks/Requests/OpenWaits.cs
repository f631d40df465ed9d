namespace SwarmLocks.Requests;

/// <summary>The waits of one manager: closing it ends them, and waits until each has left the line. Safe for concurrent use.</summary>
internal sealed class OpenWaits : IAsyncDisposable
{
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _gate = new();
    private TaskCompletionSource? _allEnded;
    private int _count;
    private bool _isClosed;

    /// <summary>Runs a wait.</summary>
    /// <exception cref="ObjectDisposedException">The manager was closed before or meanwhile.</exception>
    public async ValueTask<T> RunAsync<T>(Func<CancellationToken, ValueTask<T>> wait, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(LockManager));
            _count++;
        }
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
            return await wait(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException error) when (_closing.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ObjectDisposedException(nameof(LockManager), error);
        }
        finally
        {
            lock (_gate)
            {
                if (--_count == 0)
                    _allEnded?.TrySetResult();
            }
        }
    }

    /// <summary>Ends all of them, for good.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _isClosed = true;
            _allEnded = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_count == 0)
                _allEnded.SetResult();
        }
        await _closing.CancelAsync().ConfigureAwait(false);
        await _allEnded.Task.ConfigureAwait(false);
        _closing.Dispose();
    }
}
