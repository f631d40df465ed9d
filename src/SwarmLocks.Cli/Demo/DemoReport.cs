using System.Globalization;
using System.Text.Json;

namespace SwarmLocks.Cli.Demo;

/// <summary>Says what the demo came to.</summary>
internal static class DemoReport
{
    private const string Bold = "1", Dim = "2", Red = "1;31", Green = "1;32";

    /// <summary>The shape of the JSON.</summary>
    public static DemoShape Shape(DemoResult result) => new(
        result.Agents,
        result.Seconds,
        new UnlockedShape(result.Unlocked.Edits, result.Unlocked.Lost),
        new LockedShape(result.Locked.Edits, result.Locked.Lost, result.Locked.Conflicts, result.Locked.AcquireP50, result.Locked.AcquireP99));

    /// <summary>The JSON, on one line.</summary>
    public static string Json(DemoResult result) => JsonSerializer.Serialize(Shape(result), DemoJson.Default.DemoShape);

    /// <summary>A table for people, and what it says.</summary>
    /// <param name="result">What was measured.</param>
    /// <param name="color">Whether escape sequences are welcome.</param>
    public static IEnumerable<string> Lines(DemoResult result, bool color)
    {
        var (unlocked, locked) = (result.Unlocked, result.Locked);
        yield return "";
        yield return Paint(Text($"{result.Agents} agent processes, {result.Source}, {result.Seconds} s without locks and {result.Seconds} s with them"), Bold);
        yield return "";
        yield return Row("", "unlocked", "locked", Dim, Dim, Bold);
        yield return Row("edits made", Text($"{unlocked.Edits:n0}"), Text($"{locked.Edits:n0}"), Dim);
        yield return Row("edits lost", Text($"{unlocked.Lost:n0}"), Text($"{locked.Lost:n0}"), Dim, Mood(unlocked.Lost), Mood(locked.Lost));
        yield return Row("", Percent(unlocked), Percent(locked), Dim, Mood(unlocked.Lost), Mood(locked.Lost));
        yield return Row("edits failed, file broken", Text($"{unlocked.Failed:n0}"), Text($"{locked.Failed:n0}"), Dim, Mood(unlocked.Failed), Mood(locked.Failed));
        yield return Row("files garbled at the end", Text($"{unlocked.Damaged:n0}"), Text($"{locked.Damaged:n0}"), Dim, Mood(unlocked.Damaged), Mood(locked.Damaged));
        yield return Row("conflicts, waited out", "-", Text($"{locked.Conflicts:n0}"), Dim);
        yield return Row("time to get a lock, median", "-", Duration(locked.AcquireP50), Dim);
        yield return Row("time to get a lock, 99 %", "-", Duration(locked.AcquireP99), Dim);
        yield return "";
        yield return Paint(Text($"  All agents edit the same {result.Files} file{(result.Files == 1 ? "" : "s")} (at most {SampleFile.MaxFiles}), the n-th most popular 1/n times as often as the first (Zipf)."), Dim);
        yield return "";
        yield return Paint(Conclusion(result), result.ExitCode == 0 ? Green : Red);

        string Row(string name, string left, string right, string nameCode = "", string leftCode = "", string rightCode = "") =>
            ("  " + Paint($"{name,-27}", nameCode) + Paint($"{left,12}", leftCode) + Paint($"{right,12}", rightCode)).TrimEnd();

        string Paint(string text, string code) => color && code.Length > 0 ? $"\u001b[{code}m{text}\u001b[0m" : text;
    }

    private static string Conclusion(DemoResult result)
    {
        var (unlocked, locked) = (result.Unlocked, result.Locked);
        if (locked.Edits == 0)
            return "With locks no edit was made at all, so this shows nothing: give it more seconds or fewer agents.";
        if (result.ExitCode != 0)
            return Text($"With locks, {locked.Lost:n0} of {locked.Edits:n0} edits were lost, {locked.Failed:n0} found a broken file and {locked.Damaged:n0} files were garbled, which must never happen: run 'swarmlocks doctor', and please report this.");
        string with = Text($"with locks, all {locked.Edits:n0} were kept");
        return unlocked.Lost == 0
            ? $"Without locks no edit happened to be lost this time; {with}, and not by chance."
            : $"Without locks, {Percent(unlocked)} of the edits vanished and nobody was told; {with}.";
    }

    private static string Percent(HalfResult half) => half switch
    {
        { Edits: 0 } => "-",
        { Lost: > 0, LostShare: < 0.001 } => "< 0.1 %",
        _ => Text($"{half.LostShare * 100:f1} %"),
    };

    private static string Duration(int microseconds) => microseconds switch
    {
        < 1_000 => Text($"{microseconds} us"),
        < 1_000_000 => Text($"{microseconds / 1e3:f1} ms"),
        _ => Text($"{microseconds / 1e6:f1} s"),
    };

    private static string Mood(int bad) => bad > 0 ? Red : Green;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
