using System.IO.Abstractions;
using SwarmLocks.Platform;
using SwarmLocks.Policy;

namespace SwarmLocks.FileStore;

/// <summary>Applies the changes of one decision under the guard: all, or, when the disk refuses one, none.</summary>
/// <remarks>A value, made for one <see cref="Apply"/> and not to be kept: a copy would not know what there is to undo.</remarks>
internal struct RecordWriter(
    IFileSystem files, IPlatform platform, StorePaths paths, SmallMap<string, byte[]> originals, WrittenRecords written)
{
    // Each step is noted before it is tried, since a call may fail after it had its effect; but for a new file, whose maker tidies up by itself.
    private IReadOnlyList<Step> _undo = [];

    /// <summary>Applies records, requests in line and unreadable files; what stands in the way goes before what replaces it.</summary>
    public void Apply(LockChanges changes)
    {
        try
        {
            foreach (var file in changes.SetAside.Each())
                SetAside(file.File);
            foreach (var resource in changes.Deletes.Each())
                Remove(paths.FileOf(resource));
            foreach (var record in changes.Writes.Each())
                Write(paths.FileOf(record.Resource), record);
            foreach (long ticket in changes.WaiterDeletes.Each())
                Delete(paths.FileOf(ticket));
            foreach (var waiter in changes.WaiterWrites.Each())
                Write(paths.FileOf(waiter.Ticket), LockFileFormat.ToBytes(waiter));
        }
        catch (Exception cause)
        {
            Undo(cause);
            throw;
        }
    }

    /// <summary>
    /// The disk that refused a change may refuse to take one back. What then stays behind is a lease that nobody believes in:
    /// it goes with its TTL. The first error is the one to tell.
    /// </summary>
    private void Undo(Exception cause)
    {
        for (int at = _undo.Count - 1; at >= 0; at--)
        {
            try
            {
                TakeBack(_undo[at]);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                cause.Data[$"undo {at}"] = error.Message;
            }
        }
    }

    private void TakeBack(Step step)
    {
        switch (step.Kind)
        {
            case StepKind.Created:
                files.File.Delete(step.File);
                break;
            case StepKind.Replaced:
                Replace(step.File, step.Original!);
                break;
            case StepKind.Deleted:
                Create(step.File, step.Original!);
                break;
            default:
                files.File.Move(step.Aside!, step.File);
                break;
        }
    }

    private void Write(string file, LockRecord record)
    {
        byte[] bytes = LockFileFormat.ToBytes(record);
        Write(file, bytes);
        written.Keep(file, bytes, record);
    }

    private void Remove(string file)
    {
        Delete(file);
        written.Forget(file);
    }

    private void Write(string file, byte[] bytes)
    {
        if (originals.TryGet(file, out byte[]? original))
        {
            _undo = _undo.And(new Step(StepKind.Replaced, file, original));
            Replace(file, bytes);
        }
        else
        {
            Create(file, bytes);
            _undo = _undo.And(new Step(StepKind.Created, file));
        }
    }

    /// <summary>
    /// The whole record in one write, into a file that was not there. Shared with readers: an exclusive open would lock it after creating it, and a reader
    /// in between would make that fail and leave the file empty.
    /// </summary>
    private void Create(string file, byte[] bytes)
    {
        try
        {
            WriteNew(file, bytes);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Only what is unfinished is ours; a whole record was there before.
            if (files.Look(file) is { IsLink: false } found && !(found.IsPlain && LockFileFormat.IsComplete(files.File.ReadAllBytes(file))))
                files.File.Delete(file);
            throw;
        }
    }

    /// <summary>Readers see the old record or the new one. <c>File.Replace</c>, where files cannot change places, looks and then renames, which only the guard makes safe.</summary>
    private void Replace(string file, byte[] bytes)
    {
        try
        {
            Prepare(bytes);
            bool? hasChanged = platform.Exchange(paths.Next, file);
            if (hasChanged == true)
            {
                files.File.Delete(paths.Next);
                return;
            }
            if (hasChanged == false)
            {
                // The disk may have done it and said that it had not: then what lies there is the old record.
                SpareFile.TryRemove(files, paths);
                Prepare(bytes);
            }
            files.File.Replace(paths.Next, file, destinationBackupFileName: null);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            SpareFile.TryRemove(files, paths);
            throw;
        }
    }

    private void Prepare(byte[] bytes)
    {
        try
        {
            WriteNew(paths.Next, bytes);
        }
        catch (IOException)
        {
            // Not in a filter, which would look while whoever threw it has not tidied up yet.
            if (!SpareFile.TryRemove(files, paths))
                throw;
            WriteNew(paths.Next, bytes);
        }
    }

    private void WriteNew(string file, byte[] bytes)
    {
        if (platform.CreateFile(file, bytes))
            return;
        using var stream = files.FileStream.Create(file, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.None);
        stream.Write(bytes);
    }

    private void Delete(string file)
    {
        if (originals.TryGet(file, out byte[]? original))
            _undo = _undo.And(new Step(StepKind.Deleted, file, original));
        // .NET's Delete takes a file that is gone already (an operator with rm) for a success.
        files.File.Delete(file);
    }

    private void SetAside(string file)
    {
        string aside = paths.AsideOf(file);
        _undo = _undo.And(new Step(StepKind.SetAside, file, Aside: aside));
        files.File.Move(file, aside);
    }

    /// <summary>What was done, so that it can be taken back.</summary>
    private enum StepKind
    {
        Created,
        Replaced,
        Deleted,
        SetAside,
    }

    private readonly record struct Step(StepKind Kind, string File, byte[]? Original = null, string? Aside = null);
}
