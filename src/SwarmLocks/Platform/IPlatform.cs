namespace SwarmLocks.Platform;

/// <summary>
/// What the file store needs of the operating system and <see cref="System.IO.Abstractions.IFileSystem"/> cannot express, or only at several times the cost: then an answer
/// may be that it does not go this way, and the file system is asked.
/// Nothing above this seam looks at an error number.
/// </summary>
/// <remarks>Implementations are safe for concurrent use.</remarks>
internal interface IPlatform
{
    /// <summary>
    /// Which monotonic clock this process reads: <c>boot id/time namespace</c>, or null where the system does not say;
    /// null equals no other clock, so records are then judged by the wall clock.
    /// </summary>
    string? ClockId { get; }

    /// <summary>How long ago this kernel booted, time asleep included; null where the system does not say.</summary>
    TimeSpan? Uptime { get; }

    /// <summary>Whether <paramref name="error"/> means that another open file holds a kernel lock on the same file, and nothing else.</summary>
    bool IsContended(IOException error);

    /// <summary>Whether <paramref name="error"/> means that the disk can only be read.</summary>
    bool IsReadOnly(IOException error);

    /// <summary>
    /// Makes sure that <paramref name="file"/> carries the kernel lock it was opened for: .NET ignores every
    /// <c>flock</c> error but "would block", and takes no lock at all when file locking is switched off.
    /// </summary>
    /// <param name="file">A file opened through the store's file system.</param>
    /// <param name="shared">True for a lock that readers share, false for an exclusive one.</param>
    /// <returns>Null when the lock is there, else what the system said.</returns>
    string? VerifyLock(Stream file, bool shared);

    /// <summary>
    /// Whether <paramref name="path"/> still leads to the open <paramref name="file"/>, and not to another one or to none. Changes the time of its last write.
    /// True where the system does not let us tell.
    /// </summary>
    bool IsAt(Stream file, string path);

    /// <summary>The open <paramref name="file"/>; null where the system does not let us tell files apart.</summary>
    FileMark? MarkOf(Stream file);

    /// <summary>What is at <paramref name="path"/>; null when there is nothing or a link, and where the system does not let us tell.</summary>
    FileMark? MarkAt(string path);

    /// <summary>
    /// Whether <paramref name="path"/> is a folder, another file (<see cref="FileAttributes.Normal"/>), or nothing at all (-1, as of <c>FileInfo</c>); null for a link, and when it
    /// cannot be told this way.
    /// </summary>
    FileAttributes? AttributesAt(ReadOnlySpan<char> path);

    /// <summary>
    /// Reads from the beginning of the file at <paramref name="path"/>, opened so that no link is followed and no pipe can hang whoever reads it, and without an exception
    /// where there is none.
    /// </summary>
    /// <param name="path">Which.</param>
    /// <param name="content">For what is read; a file that fills it may go on.</param>
    /// <param name="isMissing">Whether there is nothing.</param>
    /// <returns>
    /// How many bytes were read, which may be less than there are. Null when there is nothing, and whenever it cannot be told this way (a link, a pipe, any error):
    /// then opening the file has to tell.
    /// </returns>
    int? ReadStart(string path, byte[] content, out bool isMissing);

    /// <summary>Makes the file <paramref name="path"/>, which is not there yet, and writes all of <paramref name="content"/> into it at once.</summary>
    /// <returns>False when that cannot be done this way, or failed: then there is no new file, and making it in another way has to tell why.</returns>
    bool CreateFile(string path, byte[] content);

    /// <summary>Lets two files change places in one step, so that nobody ever finds either name without one.</summary>
    /// <returns>Null where there is no such thing, and nothing was tried; false when it failed, and a disk that failed may have done it all the same.</returns>
    bool? Exchange(string one, string other);

    /// <summary>
    /// What lets go of the kernel lock on an open <paramref name="file"/> and takes it again without closing it; null where the system does not let us tell files
    /// apart, or locks only by opening.
    /// </summary>
    IReusableLock? Reuse(Stream file);

    /// <summary>Opens <paramref name="path"/> to read and write without asking for its kernel lock, following no link; null where that cannot be done, and when it fails.</summary>
    /// <param name="path">Which.</param>
    /// <param name="create">Whether to make the file when there is none.</param>
    Stream? OpenUnlocked(string path, bool create);

    /// <summary>
    /// Whether another open file has an exclusive kernel lock on <paramref name="path"/>, found by taking a shared one for a moment, verified: exclusive probes
    /// would take each other for the holder. Null when there is nothing in it (a pipe, a link), and when it cannot be told this way: then opening the file has to tell.
    /// </summary>
    bool? IsLocked(string path);

    /// <summary>What tells of single files; null where the system tells of folders only.</summary>
    IFileNotices? OpenNotices();

    /// <summary>Lets processes that this one starts inherit <paramref name="file"/> and the lock on it.</summary>
    void LetChildrenInherit(Stream file);

    /// <summary>The text of the symbolic link at <paramref name="path"/>; null when it is something else or does not exist.</summary>
    /// <exception cref="IOException">The path cannot be looked at (permission, loop, I/O error).</exception>
    string? ReadLink(string path);

    /// <summary>Creates <paramref name="path"/> and its missing parents, with the mode of <paramref name="like"/>, or for its owner alone when null.</summary>
    void CreateDirectory(string path, string? like);

    /// <summary>Processes that keep <paramref name="path"/> locked, or, where that is not told, have it open, as <c>pid name</c>; empty where the system does not say.</summary>
    IReadOnlyList<string> Openers(string path);
}

/// <summary>The exclusive kernel lock on a file that stays open. Not safe for concurrent use.</summary>
internal interface IReusableLock
{
    /// <summary>Which file.</summary>
    FileId File { get; }

    /// <summary>Takes the lock.</summary>
    /// <param name="trouble">Why there is none to be had, not even later; null when another open file merely has it.</param>
    /// <returns>Whether it is ours now.</returns>
    bool TryTake(out string? trouble);

    /// <summary>Whether <see cref="Take"/> waits; else it has to be tried again and again.</summary>
    bool CanWait { get; }

    /// <summary>Waits for the lock on this thread, for as long as it takes, and keeps it.</summary>
    /// <returns>Null, or why there is none to be had.</returns>
    string? Take();

    /// <summary>Lets go. False when only closing the file helps.</summary>
    bool LetGo();
}
