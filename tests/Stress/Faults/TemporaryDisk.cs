using System.Diagnostics;

namespace SwarmLocks.Tests.Stress.Faults;

/// <summary>A disk in memory with a working tree on it, for as long as a test runs.</summary>
internal sealed class TemporaryDisk : IDisposable
{
    private TemporaryDisk(Tree tree) => Tree = tree;

    public Tree Tree { get; }

    public static TemporaryDisk Mount(string options)
    {
        string folder = Directory.CreateTempSubdirectory("swarmlocks-stress-").FullName;
        Run("mount", "-t", "tmpfs", "-o", options, "none", folder);
        Directory.CreateDirectory(Path.Combine(folder, ".git"));
        return new TemporaryDisk(new Tree(folder));
    }

    public void Remount(string options) => Run("mount", "-o", "remount," + options, Tree.Root);

    public void Dispose()
    {
        Run("umount", "--lazy", Tree.Root);
        Directory.Delete(Tree.Root);
    }

    /// <summary>Whether this process may mount; null, or why not.</summary>
    public static string? WhyNot()
    {
        try
        {
            Mount("size=64k").Dispose();
            return null;
        }
        catch (Exception error) when (error is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return $"needs to mount a tmpfs: {error.Message}";
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        if (!process.WaitForExit(TimeSpan.FromSeconds(10)) || process.ExitCode != 0)
            throw new InvalidOperationException($"{program}: {error.Trim()}");
    }
}

/// <summary>A test that mounts small disks; skipped, with the reason, where that is not permitted.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MountFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Reason = new(TemporaryDisk.WhyNot);

    public MountFactAttribute() => Skip = Reason.Value;
}
