using System.Diagnostics;
using System.Globalization;

namespace SwarmLocks.Platform;

/// <summary>Which processes have a file open or locked, as far as <c>/proc</c> tells.</summary>
internal static class ProcessFiles
{
    /// <summary>Processes that keep <paramref name="path"/> locked, or, where that is not told, have it open, as <c>pid name</c>.</summary>
    /// <param name="path">Which.</param>
    /// <param name="id">Which file that is; null when it is not known.</param>
    public static IReadOnlyList<string> Openers(string path, FileId? id)
    {
        if (!Directory.Exists("/proc/self/fd"))
            return [];
        var found = new SortedDictionary<int, string>();
        foreach (var process in Process.GetProcesses())
        {
            using (process)
            {
                if (process.Id != Environment.ProcessId && Opens(process.Id, path))
                    found.Add(process.Id, $"{process.Id} {process.ProcessName}");
            }
        }
        // Every agent keeps the guard open, but only one has its lock. Of a lock that was inherited the system knows the first owner, who may have ended.
        var owners = LockOwners(id);
        var locked = new List<string>();
        foreach (var (pid, name) in found)
        {
            if (owners.Contains(pid))
                locked.Add(name);
        }
        return locked.Count > 0 ? locked : [.. found.Values];
    }

    /// <summary>Lines such as <c>1: FLOCK ADVISORY WRITE 4711 fe:00:131 0 EOF</c>; who waits for it has an arrow behind the number.</summary>
    private static HashSet<int> LockOwners(FileId? id)
    {
        var owners = new HashSet<int>();
        if (id is not { } known)
            return owners;
        try
        {
            string number = string.Create(CultureInfo.InvariantCulture, $":{known.Number}");
            foreach (string line in File.ReadLines("/proc/locks"))
            {
                if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, "FLOCK", _, _, var owner, var file, ..]
                    && file.EndsWith(number, StringComparison.Ordinal) && int.TryParse(owner, CultureInfo.InvariantCulture, out int pid))
                {
                    owners.Add(pid);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Not told here: then those that have it open have to do.
        }
        return owners;
    }

    private static bool Opens(int pid, string path)
    {
        try
        {
            return Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Any(link => new FileInfo(link).LinkTarget == path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The process ended while we looked, or belongs to somebody else.
            return false;
        }
    }
}
