using System.Globalization;
using System.Text.RegularExpressions;

namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>What happened, for people: one line a step, in which ids have short names.</summary>
internal sealed partial class SimTrace
{
    private readonly List<string> _lines = [];
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private long _start = -1;

    public IReadOnlyList<string> Lines => _lines;

    public void Add(long now, string process, string flow, string verb, string what)
    {
        if (_start < 0)
            _start = now;
        string short_ = Ids().Replace(what.Replace(SimProcess.Folder + "/", "", StringComparison.Ordinal), match =>
        {
            if (!_names.TryGetValue(match.Value, out string? name))
                _names[match.Value] = name = $"#{(_names.Count + 1).ToString(CultureInfo.InvariantCulture)}";
            return name;
        });
        _lines.Add(string.Create(CultureInfo.InvariantCulture, $"{TimeSpan.FromTicks(now - _start).TotalMilliseconds,9:F1} {process,-12} {flow,-10} {verb} {short_}").TrimEnd());
    }

    [GeneratedRegex("[0-9a-f]{32}", RegexOptions.None, 1_000)]
    private static partial Regex Ids();
}
