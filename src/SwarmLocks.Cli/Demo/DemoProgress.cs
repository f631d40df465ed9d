using System.Globalization;

namespace SwarmLocks.Cli.Demo;

/// <summary>Tells people how far the demo is: one line that changes on a terminal, else a line now and then. Safe for concurrent use.</summary>
/// <param name="output">Where to; null for nowhere.</param>
/// <param name="live">Whether it is a terminal on which a line can be written over.</param>
/// <param name="time">The clock; null for the system's.</param>
internal sealed class DemoProgress(TextWriter? output, bool live, TimeProvider? time = null)
{
    private const int BarWidth = 24;
    private static readonly TimeSpan LiveEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PlainEvery = TimeSpan.FromSeconds(10);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly Lock _gate = new();
    private string _what = "";
    private TimeSpan _duration;
    private TimeSpan _next;
    private long _start;

    /// <summary>Says nothing.</summary>
    public static DemoProgress None { get; } = new(null, live: false);

    /// <summary>Something is being done whose length is unknown.</summary>
    public void Say(string text)
    {
        lock (_gate)
            Write(text);
    }

    /// <summary>A half begins.</summary>
    public void Begin(string what, int seconds)
    {
        lock (_gate)
        {
            (_what, _duration, _next, _start) = (what, TimeSpan.FromSeconds(seconds), live ? TimeSpan.Zero : PlainEvery, _time.GetTimestamp());
            if (!live)
                Write(string.Create(CultureInfo.InvariantCulture, $"{what} for {seconds} s"));
        }
    }

    /// <summary>So many edits were made so far.</summary>
    public void Tick(int edits)
    {
        lock (_gate)
        {
            var elapsed = _time.GetElapsedTime(_start);
            if (elapsed < _next)
                return;
            _next = elapsed + (live ? LiveEvery : PlainEvery);
            string counted = string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(Math.Min(elapsed.TotalSeconds, _duration.TotalSeconds)):f0}/{_duration.TotalSeconds:f0} s, {edits:n0} edits");
            int done = (int)(BarWidth * Math.Min(1, elapsed / _duration));
            Write(live ? $"{_what} [{new string('#', done)}{new string('.', BarWidth - done)}] {counted}" : $"  {counted}");
        }
    }

    /// <summary>Leaves a clean line behind.</summary>
    public void End()
    {
        lock (_gate)
        {
            if (live)
                Write("");
        }
    }

    private void Write(string text)
    {
        if (live)
            output?.Write($"\r\u001b[K{text}");
        else
            output?.WriteLine(text);
        output?.Flush();
    }
}
