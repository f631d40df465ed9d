using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using SwarmLocks.FileStore;

namespace SwarmLocks.Tests.Stress.CrashPoints;

/// <summary>Who is in the way of a request, judged from the files alone by a second, obvious reading of the rules, to compare the product's answers with.</summary>
internal static class LeasesOnFile
{
    /// <summary>The leases that keep another agent from having <paramref name="resource"/> alone: a path, or a kind with its name.</summary>
    public static IReadOnlyList<(string? LeaseId, string Agent)> InTheWayOf(Tree tree, string resource)
    {
        string canonical = resource.Contains(':', StringComparison.Ordinal) ? resource : "path:" + resource;
        var found = new List<(string? LeaseId, string Agent)>();
        if (!Directory.Exists(tree.Store))
            return found;
        foreach (string data in Directory.EnumerateDirectories(tree.Store))
        {
            foreach (string file in ((string[])["locks", "globs"]).Select(f => Path.Combine(data, f)).Where(Directory.Exists).SelectMany(Directory.EnumerateFiles))
            {
                byte[] bytes = File.ReadAllBytes(file);
                if (!LockFileFormat.IsComplete(bytes))
                    continue;
                using var record = JsonDocument.Parse(bytes);
                if (Covers(record.RootElement.GetProperty("resource").GetString()!, canonical))
                    found.AddRange(record.RootElement.GetProperty("holders").EnumerateArray().Where(h => IsLive(h, data)).Select(h => (h.GetProperty("lease_id").GetString(), h.GetProperty("agent").GetString()!)));
            }
        }
        return found;
    }

    /// <summary>Whether a process has it locked; one whose file is missing is not known to be dead.</summary>
    public static bool IsLockedSession(string file)
    {
        try
        {
            using var _ = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (FileNotFoundException)
        {
            return true;
        }
        catch (IOException)
        {
            // Its process has it locked.
            return true;
        }
    }

    private static bool IsLive(JsonElement holder, string data) =>
        holder.GetProperty("expires_ms").GetInt64() > Stopwatch.GetElapsedTime(0).TotalMilliseconds
        && (holder.GetProperty("session").GetString() is not { } session || IsLockedSession(Path.Combine(data, "sessions", session)));

    /// <summary>A record on the resource itself, on a directory above it, or on a glob without braces that it matches.</summary>
    private static bool Covers(string record, string resource)
    {
        if (record == resource || (record.EndsWith('/') && resource.StartsWith(record, StringComparison.Ordinal)))
            return true;
        const string glob = "glob:", path = "path:";
        if (!record.StartsWith(glob, StringComparison.Ordinal) || !resource.StartsWith(path, StringComparison.Ordinal))
            return false;
        string pattern = Regex.Escape(record[glob.Length..]).Replace(@"\*\*/", "(.*/)?", StringComparison.Ordinal).Replace(@"\*\*", ".*", StringComparison.Ordinal)
            .Replace(@"\*", "[^/]*", StringComparison.Ordinal).Replace(@"\?", "[^/]", StringComparison.Ordinal);
        return Regex.IsMatch(resource[path.Length..], $"^{pattern}$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
    }
}
