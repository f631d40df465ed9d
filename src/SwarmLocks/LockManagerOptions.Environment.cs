using System.Globalization;
using SwarmLocks.Resources;

namespace SwarmLocks;

/// <content>Settings from <c>SWARMLOCKS_*</c> variables, and the check of all of them.</content>
public sealed partial class LockManagerOptions
{
    /// <summary>The longest TTL that is given or believed.</summary>
    internal static readonly TimeSpan MaxTtl = TimeSpan.FromHours(24);

    private const long MinJournal = 4096;
    private const long MaxJournal = 1 << 30;

    /// <summary>The defaults, changed by those <c>SWARMLOCKS_*</c> variables that are set; docs/configuration.md lists them.</summary>
    /// <param name="variable">Where to look variables up; null for the environment of this process.</param>
    /// <exception cref="LockUsageException">A variable cannot be read.</exception>
    public static LockManagerOptions FromEnvironment(Func<string, string?>? variable = null)
    {
        variable ??= Environment.GetEnvironmentVariable;
        var options = new LockManagerOptions { StoreDirectory = Text("SWARMLOCKS_DIR") };
        foreach (string kind in (Text("SWARMLOCKS_KINDS") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            options.Kinds.TryAdd(kind, new LockKindOptions());
        foreach (var (kind, settings) in options.Kinds)
        {
            string suffix = Suffix(kind);
            settings.Ttl = Duration($"SWARMLOCKS_TTL_{suffix}") ?? Duration("SWARMLOCKS_TTL") ?? settings.Ttl;
            settings.RenewEvery = Duration($"SWARMLOCKS_RENEW_{suffix}") ?? Duration("SWARMLOCKS_RENEW") ?? settings.RenewEvery;
            settings.MaxAbandonments = (int?)Number($"SWARMLOCKS_MAX_ABANDONMENTS_{suffix}", 1, 1000) ?? settings.MaxAbandonments;
        }
        options.GuardTimeout = Duration("SWARMLOCKS_GUARD_TIMEOUT") ?? options.GuardTimeout;
        options.PollMin = Duration("SWARMLOCKS_POLL_MIN") ?? options.PollMin;
        options.PollMax = Duration("SWARMLOCKS_POLL_MAX") ?? options.PollMax;
        options.JournalBytes = Number("SWARMLOCKS_JOURNAL_BYTES", MinJournal, MaxJournal) ?? options.JournalBytes;
        return options;

        string? Text(string name) => variable(name) is { Length: > 0 } text ? text : null;

        TimeSpan? Duration(string name) => Text(name) switch
        {
            null => null,
            var text when Durations.TryParse(text, out var duration) => duration,
            var text => throw new LockUsageException($"{name} is {ResourceText.Quote(text)}, which is no duration: write one {Durations.Accepted}."),
        };

        long? Number(string name, long min, long max) => Text(name) switch
        {
            null => null,
            var text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= min && number <= max => number,
            var text when text.All(char.IsAsciiDigit) => throw new LockUsageException($"{name} is {ResourceText.Quote(text)}: give {min} to {max}."),
            var text => throw new LockUsageException($"{name} is {ResourceText.Quote(text)}, which is no whole number: write one with digits only."),
        };
    }

    /// <summary>A copy that is in range and stays so: nobody else has it.</summary>
    internal LockManagerOptions Checked()
    {
        Validate();
        var copy = (LockManagerOptions)MemberwiseClone();
        copy.Kinds = new Dictionary<string, LockKindOptions>(StringComparer.Ordinal);
        foreach (var (kind, settings) in Kinds)
            copy.Kinds.Add(kind, settings.Copy());
        return copy;
    }

    /// <summary>Refuses what is out of range, by name.</summary>
    internal void Validate()
    {
        foreach (var (kind, settings) in Kinds)
        {
            if (!IsKind(kind))
                throw new LockUsageException($"{ResourceText.Quote(kind)} cannot be a kind of resource: use 1–32 lower-case letters, digits and '-', a letter first.");
            if (settings is null)
                throw new LockUsageException($"The settings of kind '{kind}' are null: give a {nameof(LockKindOptions)}, or remove the kind.");
            string suffix = Suffix(kind);
            CheckTtl(settings.Ttl, $"the TTL of kind '{kind}' (SWARMLOCKS_TTL, SWARMLOCKS_TTL_{suffix})");
            if (settings.RenewEvery is { } every)
                Check(every, TimeSpan.FromMilliseconds(1), settings.Ttl / 2, $"the renewal interval of kind '{kind}' (SWARMLOCKS_RENEW, SWARMLOCKS_RENEW_{suffix})");
            if (settings.MaxAbandonments is < 1 or > 1000)
                throw new LockUsageException($"The limit of abandonments of kind '{kind}' is {settings.MaxAbandonments}: give 1 to 1000, or none.");
        }
        Check(GuardTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5), "the guard timeout (SWARMLOCKS_GUARD_TIMEOUT)");
        Check(PollMin, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(10), "the shortest poll pause (SWARMLOCKS_POLL_MIN)");
        Check(PollMax, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(10), "the longest poll pause (SWARMLOCKS_POLL_MAX)");
        if (PollMin > PollMax)
        {
            throw new LockUsageException(
                $"The shortest poll pause (SWARMLOCKS_POLL_MIN) is {Durations.Format(PollMin)} and the longest (SWARMLOCKS_POLL_MAX) {Durations.Format(PollMax)}: give a shorter one or a longer one, from 10ms to 10s.");
        }
        if (JournalBytes is < MinJournal or > MaxJournal)
            throw new LockUsageException($"The size of the journal is {JournalBytes} bytes: give {MinJournal} to {MaxJournal}.");
        if (Directory is "")
            throw new LockUsageException("The folder to look for the working tree in is empty: give one, or null for the current folder.");
        foreach (var (directory, name) in ((string?, string)[])[(StoreDirectory, "store folder (--dir, SWARMLOCKS_DIR)"), (RelativeTo, "folder that paths are relative to")])
        {
            if (directory is not null && !Path.IsPathFullyQualified(directory))
                throw new LockUsageException($"The {name} is {ResourceText.Quote(directory)}: give an absolute path.");
        }
    }

    /// <summary>Refuses a TTL that is out of range.</summary>
    internal void CheckTtl(TimeSpan ttl, string name) => Check(ttl, MinTtl, MaxTtl, name);

    private static string Suffix(string kind) => kind.ToUpperInvariant().Replace('-', '_');

    private static bool IsKind(string word) =>
        word.Length is >= 1 and <= 32 && char.IsAsciiLetterLower(word[0]) && word.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private static void Check(TimeSpan value, TimeSpan min, TimeSpan max, string name)
    {
        if (value >= min && value <= max)
            return;
        // Away from the range: what misses it by less than a millisecond must not be said to be at its end.
        var shown = TimeSpan.FromMilliseconds(value < min ? Math.Floor(value.TotalMilliseconds) : Math.Ceiling(value.TotalMilliseconds));
        throw new LockUsageException($"{char.ToUpperInvariant(name[0])}{name[1..]} is {Durations.Format(shown)}: give {Durations.Format(min)} to {(max == MaxTtl ? "24h" : Durations.Format(max))}.");
    }
}
