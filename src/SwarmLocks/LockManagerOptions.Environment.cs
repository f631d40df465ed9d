using System.Globalization;
using SwarmLocks.Resources;

namespace SwarmLocks;

/// <content>Settings from <c>SWARMLOCKS_*</c> variables, and the check of all of them.</content>
public sealed partial class LockManagerOptions
{
    /// <summary>The longest TTL that is given or believed.</summary>
    internal static readonly TimeSpan MaxTtl = TimeSpan.FromHours(24);

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
            string suffix = kind.ToUpperInvariant().Replace('-', '_');
            settings.Ttl = Duration($"SWARMLOCKS_TTL_{suffix}") ?? Duration("SWARMLOCKS_TTL") ?? settings.Ttl;
            settings.RenewEvery = Duration($"SWARMLOCKS_RENEW_{suffix}") ?? Duration("SWARMLOCKS_RENEW") ?? settings.RenewEvery;
            settings.MaxAbandonments = (int?)Number($"SWARMLOCKS_MAX_ABANDONMENTS_{suffix}") ?? settings.MaxAbandonments;
        }
        options.GuardTimeout = Duration("SWARMLOCKS_GUARD_TIMEOUT") ?? options.GuardTimeout;
        options.PollMin = Duration("SWARMLOCKS_POLL_MIN") ?? options.PollMin;
        options.PollMax = Duration("SWARMLOCKS_POLL_MAX") ?? options.PollMax;
        options.JournalBytes = Number("SWARMLOCKS_JOURNAL_BYTES") ?? options.JournalBytes;
        return options;

        string? Text(string name) => variable(name) is { Length: > 0 } text ? text : null;

        TimeSpan? Duration(string name) => Text(name) switch
        {
            null => null,
            var text when Durations.TryParse(text, out var duration) => duration,
            var text => throw new LockUsageException($"{name} is {ResourceText.Quote(text)}, which is no duration: write one {Durations.Accepted}."),
        };

        long? Number(string name) => Text(name) switch
        {
            null => null,
            var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) => number,
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
            CheckTtl(settings.Ttl, $"the TTL of kind '{kind}'");
            if (settings.RenewEvery is { } every)
                Check(every, TimeSpan.FromMilliseconds(1), settings.Ttl / 2, $"the renewal interval of kind '{kind}'");
            if (settings.MaxAbandonments is < 1 or > 1000)
                throw new LockUsageException($"The limit of abandonments of kind '{kind}' is {settings.MaxAbandonments}: give 1 to 1000, or none.");
        }
        Check(GuardTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(5), "the guard timeout");
        Check(PollMin, TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(10), "the shortest poll pause");
        Check(PollMax, PollMin, TimeSpan.FromSeconds(10), "the longest poll pause");
        if (JournalBytes is < 4096 or > 1 << 30)
            throw new LockUsageException($"The size of the journal is {JournalBytes} bytes: give 4096 to {1 << 30}.");
        foreach (var (directory, name) in ((string?, string)[])[(StoreDirectory, "store folder (--dir, SWARMLOCKS_DIR)"), (RelativeTo, "folder that paths are relative to")])
        {
            if (directory is not null && !Path.IsPathFullyQualified(directory))
                throw new LockUsageException($"The {name} is {ResourceText.Quote(directory)}: give an absolute path.");
        }
    }

    /// <summary>Refuses a TTL that is out of range.</summary>
    internal void CheckTtl(TimeSpan ttl, string name) => Check(ttl, MinTtl, MaxTtl, name);

    private static bool IsKind(string word) =>
        word.Length is >= 1 and <= 32 && char.IsAsciiLetterLower(word[0]) && word.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private static void Check(TimeSpan value, TimeSpan min, TimeSpan max, string name)
    {
        if (value < min || value > max)
            throw new LockUsageException($"{char.ToUpperInvariant(name[0])}{name[1..]} is {Durations.Format(value)}: give {Durations.Format(min)} to {(max == MaxTtl ? "24h" : Durations.Format(max))}.");
    }
}
