using System.IO.Abstractions;
using SwarmLocks.Platform;
using SwarmLocks.Policy;
using SwarmLocks.Resources;

namespace SwarmLocks.Requests;

/// <summary>The door: checks what users give, once, and turns it into what the policy understands. Safe for concurrent use.</summary>
internal sealed class RequestResolver(IFileSystem files, IPlatform platform, string root, LockManagerOptions options, bool foldsCase)
{
    private const int MaxResources = 200;
    /// <summary>Every pair of alternatives of two requests may be compared while everybody waits.</summary>
    private const int MaxAlternatives = 512;
    private const int MaxReason = 512;
    private static readonly TimeSpan MaxWait = TimeSpan.FromDays(24);

    /// <summary>It does not change in the life of a process, and asking takes a system call.</summary>
    private static readonly string Host = Environment.MachineName;

    private readonly PathResolver _paths = new(files, platform, root, options.RelativeTo ?? root, foldsCase);

    /// <summary>After how many abandonments a kind is refused; null for never.</summary>
    private readonly Func<string, int?> _maxAbandonments = kind => options.Kinds.TryGetValue(kind, out var settings) ? settings.MaxAbandonments : null;

    private readonly HashSet<string> _kinds = [.. options.Kinds.Keys];

    /// <summary>The folder that spellings are relative to; null for the root.</summary>
    public string? From => _paths.From;

    /// <summary>After how many abandonments a kind is refused; null for never.</summary>
    public int? MaxAbandonments(LockResource resource) => _maxAbandonments(resource.Kind);

    /// <summary>Checks and resolves a request.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="session">The session of this process.</param>
    public LockAsk Resolve(LockRequest request, string session)
    {
        ArgumentNullException.ThrowIfNull(request);
        CheckAgent(request.Agent);
        CheckReason(request.Reason);
        CheckMode(request.Mode);
        if (request.Ttl is { } ttl)
            options.CheckTtl(ttl, "the TTL");
        CheckWait(request.Wait);
        return new LockAsk
        {
            Agent = request.Agent,
            Session = request.OutlivesProcess ? null : session,
            WaiterSession = session,
            Mode = request.Mode,
            Reason = request.Reason,
            Resources = Asked(request),
            Host = Host,
            Pid = Environment.ProcessId,
            MaxAbandonments = _maxAbandonments,
        };
    }

    private AskedResource[] Asked(LockRequest request)
    {
        var resolved = ResolveAll(request.Resources);
        var asked = new AskedResource[resolved.Count];
        for (int i = 0; i < asked.Length; i++)
        {
            var (text, resource) = resolved[i];
            asked[i] = new AskedResource(resource, text, From, request.Ttl ?? Kind(resource).Ttl, Guid.CreateVersion7().ToString("n"));
        }
        return asked;
    }

    /// <summary>Resolves one resource.</summary>
    public LockResource Resolve(string text) => _paths.Resolve(Parse(text));

    /// <summary>Resolves a list, without the repetitions.</summary>
    public IReadOnlyList<ResolvedText> ResolveAll(IReadOnlyList<string> texts)
    {
        CheckCount(texts, "resources");
        if (texts.Count == 1 && Resolve(texts[0]) is { IsGlob: false } only)
            return [new ResolvedText(texts[0], only)];
        List<ResolvedText> resolved = [.. texts.Select(text => new ResolvedText(text, Resolve(text))).DistinctBy(one => one.Resource)];
        int alternatives = resolved.Where(r => r.Resource.IsGlob).Sum(r => r.Resource.Pattern.Alternatives.Count);
        return alternatives <= MaxAlternatives ? resolved : throw new LockUsageException(
            $"The globs of this request stand for {alternatives} alternatives: give at most {MaxAlternatives} in all, or a folder that contains them.");
    }

    /// <summary>How often a handle renews a lease on <paramref name="resource"/> that lasts <paramref name="ttl"/>.</summary>
    public TimeSpan RenewEvery(LockResource resource, TimeSpan ttl)
    {
        var third = TimeSpan.FromTicks(Math.Min(ttl.Ticks / 3, TimeSpan.FromSeconds(30).Ticks));
        return Kind(resource).RenewEvery is { } every && every < ttl / 2 ? every : third;
    }

    /// <summary>Refuses to be asked for nothing, which might be taken for everything, and for more than one guard hold should take.</summary>
    public static void CheckCount(IReadOnlyList<string>? named, string what)
    {
        if (named is null || named.Count is 0 or > MaxResources)
            throw new LockUsageException($"{named?.Count ?? 0} {what} were given: give 1 to {MaxResources}.");
    }

    public static void CheckAgent(string agent) => LockRequest.CheckAgent(agent);

    public static void CheckWait(TimeSpan wait)
    {
        if (wait != Timeout.InfiniteTimeSpan && (wait < TimeSpan.Zero || wait > MaxWait))
            throw new LockUsageException($"The wait is {Durations.Format(wait)}: give 0s to {Durations.Format(MaxWait)}, or for ever.");
    }

    public static void CheckReason(string? reason)
    {
        if (reason?.Length > MaxReason)
            throw new LockUsageException($"The reason has {reason.Length} characters: give at most {MaxReason}.");
        if (reason?.Any(char.IsControl) == true)
            throw new LockUsageException("The reason has a line break or another control character in it: give one line of plain text.");
        if (reason is not null && ResourceText.HasHalfPair(reason))
            throw new LockUsageException("The reason is not valid Unicode (half a surrogate pair): give one line of plain text.");
    }

    public static void CheckMode(LockMode mode)
    {
        if (mode is not (LockMode.Exclusive or LockMode.Shared))
            throw new LockUsageException($"{(int)mode} is no lock mode: give exclusive or shared.");
    }

    private LockTarget Parse(string? text) => LockTarget.Parse(
        text ?? throw new LockUsageException("A resource is null, which names nothing to lock: give a path, a glob, or a named thing such as plan:42."), _kinds);

    private LockKindOptions Kind(LockResource resource) =>
        options.Kinds.TryGetValue(resource.Kind, out var settings) ? settings : new LockKindOptions();
}

/// <summary>How a resource was spelt, and what that means.</summary>
internal sealed record ResolvedText(string Text, LockResource Resource);
