using System.Diagnostics;

namespace SwarmLocks.Benchmarks;

/// <summary>
/// Measures something against its floor, turn by turn: whatever the machine does besides hits both, so the ratio stands where the times do not.
/// </summary>
/// <param name="Ratio">The median, over the rounds, of one median over the other.</param>
/// <param name="Floor">Times of the floor.</param>
/// <param name="Subject">Times of what is measured.</param>
internal sealed record Duel(double Ratio, Times Floor, Times Subject)
{
    /// <param name="effort">How many rounds, and how long.</param>
    /// <param name="floor">One operation of the floor.</param>
    /// <param name="subject">One operation of what is measured.</param>
    /// <param name="after">Puts back what <paramref name="subject"/> did; not timed.</param>
    public static Task<Duel> FightAsync(Effort effort, Action floor, Func<Task> subject, Func<Task>? after = null) =>
        FightAsync(effort, AsTask(floor), subject, after);

    /// <inheritdoc cref="FightAsync(Effort, Action, Func{Task}, Func{Task})"/>
    public static async Task<Duel> FightAsync(Effort effort, Func<Task> floor, Func<Task> subject, Func<Task>? after = null)
    {
        // In turns of its own: compiled code gets better over some hundred calls, and all of them are to be over.
        await TurnAsync(effort.WarmUp / 2, floor, after: null).ConfigureAwait(false);
        await TurnAsync(effort.WarmUp / 2, subject, after).ConfigureAwait(false);
        return await InTurnsAsync(effort.Rounds, () => TurnAsync(effort.Turn, floor, after: null), () => TurnAsync(effort.Turn, subject, after)).ConfigureAwait(false);
    }

    /// <param name="rounds">How often each has its turn.</param>
    /// <param name="floor">A turn of the floor: the times of its operations, in microseconds.</param>
    /// <param name="subject">A turn of what is measured.</param>
    public static async Task<Duel> InTurnsAsync(int rounds, Func<Task<List<double>>> floor, Func<Task<List<double>>> subject)
    {
        List<double> floors = [], subjects = [], ratios = [];
        for (int round = 0; round < rounds; round++)
        {
            var bare = await floor().ConfigureAwait(false);
            var ours = await subject().ConfigureAwait(false);
            ratios.Add(Times.Of(ours).P50 / Times.Of(bare).P50);
            floors.AddRange(bare);
            subjects.AddRange(ours);
        }
        return new Duel(Times.Of(ratios).P50, Times.Of(floors), Times.Of(subjects));
    }

    /// <summary>A turn of the floor for <see cref="InTurnsAsync"/>.</summary>
    public static Task<List<double>> TurnAsync(TimeSpan turn, Action floor) => TurnAsync(turn, AsTask(floor), after: null);

    private static Func<Task> AsTask(Action floor) => () =>
    {
        floor();
        return Task.CompletedTask;
    };

    private static async Task<List<double>> TurnAsync(TimeSpan turn, Func<Task> operation, Func<Task>? after)
    {
        var all = new List<double>();
        long begin = Stopwatch.GetTimestamp();
        while (all.Count < 3 || Stopwatch.GetElapsedTime(begin) < turn)
        {
            long start = Stopwatch.GetTimestamp();
            await operation().ConfigureAwait(false);
            all.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            if (after is not null)
                await after().ConfigureAwait(false);
        }
        return all;
    }
}
