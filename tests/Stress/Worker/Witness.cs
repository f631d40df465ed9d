namespace SwarmLocks.Tests.Stress.Worker;

/// <summary>
/// A file that only one process can create: whoever holds a lock makes it, and a second holder fails to, whatever the lock manager believes.
/// For leases that cannot lapse while the test runs; <see cref="Belief"/> is for those that can.
/// </summary>
internal sealed class Witness
{
    private readonly string _file;

    private Witness(string file) => _file = file;

    public static Witness Enter(Tree tree, string name = "witness")
    {
        string file = tree.File(name);
        // O_CREAT | O_EXCL: the kernel decides.
        using (new FileStream(file, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite))
            return new Witness(file);
    }

    /// <summary>To be called before the lock is given back.</summary>
    public void Leave()
    {
        try
        {
            File.Delete(_file);
        }
        catch (DirectoryNotFoundException)
        {
            // The test has failed and taken its tree with it; that is the failure to tell.
        }
    }
}
