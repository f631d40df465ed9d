using System.Globalization;

namespace SwarmLocks.Tests.Stress.Simulation;

/// <summary>What can happen next.</summary>
internal enum ChoiceKind
{
    /// <summary>The running flow goes on.</summary>
    Continue,

    /// <summary>Another flow runs first.</summary>
    Switch,

    /// <summary>A timer that is due fires first.</summary>
    Fire,

    /// <summary>Time passes.</summary>
    Pass,

    /// <summary>The wall clock is set.</summary>
    StepWall,

    /// <summary>The process is stopped for a while.</summary>
    Stop,

    /// <summary>The process is killed.</summary>
    Kill,

    /// <summary>The process is killed in the middle of a write.</summary>
    Tear,
}

/// <summary>One entry of the menu at a point.</summary>
internal readonly record struct Choice(ChoiceKind Kind, Job? Job = null, SimTimer? Timer = null, int Ms = 0);

/// <summary>
/// A schedule: at which point of a run which entry of the menu was taken. Everywhere else the first one: the running flow goes on, or, when it cannot,
/// whoever has waited longest.
/// </summary>
internal sealed class Schedule(IEnumerable<KeyValuePair<int, int>> picks)
{
    public SortedDictionary<int, int> Picks { get; } = new(picks.ToDictionary(p => p.Key, p => p.Value));

    public static Schedule Calm { get; } = new([]);

    /// <summary>Reads <see cref="ToString"/>.</summary>
    public static Schedule Parse(string text) =>
        new(text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pick => pick.Split(':')).Select(pick => KeyValuePair.Create(Number(pick[0]), Number(pick[1]))));

    public override string ToString() => string.Join(' ', Picks.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Key}:{p.Value}")));

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}

/// <summary>Decides what happens next.</summary>
internal interface IChooser
{
    /// <summary>Whether anything but going on is to be considered at this point.</summary>
    bool Deviates(int step);

    /// <summary>Which entry of <paramref name="menu"/>.</summary>
    int Pick(int step, IReadOnlyList<Choice> menu);
}

/// <summary>Takes the same turns again.</summary>
internal sealed class Replay(Schedule schedule) : IChooser
{
    public bool Deviates(int step) => schedule.Picks.ContainsKey(step);

    public int Pick(int step, IReadOnlyList<Choice> menu) => schedule.Picks.TryGetValue(step, out int pick) && pick < menu.Count ? pick : 0;
}

/// <summary>
/// Takes turns by chance: each run has its own temper, from one that hardly ever switches to one that switches at every third point, because bugs need now
/// a long pause and now many short ones.
/// </summary>
internal sealed class RandomChooser : IChooser
{
    private static readonly double[] Tempers = [0.004, 0.01, 0.03, 0.1, 0.3];

    private readonly Random _random;
    private readonly double _deviates;
    private readonly double _kills;

    public RandomChooser(int seed)
    {
        _random = new Random(seed);
        _deviates = Tempers[_random.Next(Tempers.Length)];
        _kills = _random.Next(3) switch { 0 => 0, 1 => 0.02, _ => 0.2 };
    }

    public bool Deviates(int step) => _random.NextDouble() < _deviates;

    public int Pick(int step, IReadOnlyList<Choice> menu)
    {
        double all = 0;
        foreach (var choice in menu)
            all += WeightOf(choice.Kind);
        double at = _random.NextDouble() * all;
        for (int i = 0; i < menu.Count; i++)
        {
            at -= WeightOf(menu[i].Kind);
            if (at < 0)
                return i;
        }
        return 0;
    }

    private double WeightOf(ChoiceKind kind) => kind switch
    {
        ChoiceKind.Kill or ChoiceKind.Tear => _kills,
        ChoiceKind.Pass => 0.1,
        ChoiceKind.StepWall => 0.02,
        ChoiceKind.Stop => 0.15,
        _ => 1,
    };
}
