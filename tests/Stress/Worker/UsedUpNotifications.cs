using System.Globalization;
using System.Runtime.InteropServices;

namespace SwarmLocks.Tests.Stress.Worker;

/// <summary>Takes every notification instance that this user may still have, so that nobody who starts to listen gets one.</summary>
internal sealed partial class UsedUpNotifications : IDisposable
{
    private readonly List<int> _taken = [];

    public string UseUp()
    {
        while (Initialize() is var descriptor and >= 0)
            _taken.Add(descriptor);
        return string.Create(CultureInfo.InvariantCulture, $"taken {_taken.Count}");
    }

    public void Dispose()
    {
        foreach (int descriptor in _taken)
            _ = Close(descriptor);
        _taken.Clear();
    }

    [LibraryImport("libc", EntryPoint = "inotify_init")]
    private static partial int Initialize();

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
