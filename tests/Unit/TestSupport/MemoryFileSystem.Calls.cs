using System.IO.Abstractions;
using System.Text;
using SwarmLocks.Platform;

namespace SwarmLocks.Tests.Unit.TestSupport;

/// <content>How the calls of System.IO are answered from it.</content>
internal sealed partial class MemoryFileSystem
{
    private sealed class FileMethods(MemoryFileSystem disk)
    {
        public bool Exists(string path)
        {
            lock (disk._gate)
                return disk._files.ContainsKey(path);
        }

        public void Delete(string path)
        {
            lock (disk._gate)
            {
                if (!disk._files.Remove(path))
                    disk.RequireDirectory(path);
                else
                    disk.ListingChanged(path);
            }
        }

        public void Move(string source, string destination) => Move(source, destination, overwrite: false);

        public void Move(string source, string destination, bool overwrite)
        {
            lock (disk._gate)
            {
                if (!overwrite && disk._files.ContainsKey(destination))
                    throw new IOException($"The file '{destination}' already exists.", MemoryFileSystem.Exists);
                disk.RequireDirectory(destination);
                if (!disk._files.Remove(source, out var node))
                    throw new FileNotFoundException($"Could not find file '{source}'.", source);
                disk._files[destination] = node;
                disk.ListingChanged(source);
                disk.ListingChanged(destination);
            }
        }

        public void Replace(string source, string destination, string? backup)
        {
            lock (disk._gate)
            {
                if (backup is not null)
                    throw new NotSupportedException("backup");
                if (!disk._files.ContainsKey(destination))
                    throw new FileNotFoundException($"Could not find file '{destination}'.", destination);
                Move(source, destination, overwrite: true);
            }
        }

        public byte[] ReadAllBytes(string path)
        {
            using var stream = disk.Open(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            return bytes;
        }

        public string ReadAllText(string path) => Encoding.UTF8.GetString(ReadAllBytes(path));

        public void WriteAllBytes(string path, byte[] bytes)
        {
            using var stream = disk.Open(path, FileMode.Create, FileAccess.Write, FileShare.Read);
            stream.Write(bytes);
        }

        public void WriteAllText(string path, string text) => WriteAllBytes(path, Encoding.UTF8.GetBytes(text));

        public DateTime GetLastWriteTimeUtc(string path)
        {
            lock (disk._gate)
                return disk._files.TryGetValue(path, out var node) ? node.ModifiedAt : DateTime.FromFileTimeUtc(0);
        }

        public void SetLastWriteTimeUtc(string path, DateTime at)
        {
            lock (disk._gate)
                disk._files[path].ModifiedAt = at;
        }
    }

    private sealed class DirectoryMethods(MemoryFileSystem disk)
    {
        public bool Exists(string path)
        {
            lock (disk._gate)
                return disk._directories.Contains(path.Length > 1 ? path.TrimEnd('/') : path);
        }

        public IDirectoryInfo? CreateDirectory(string path)
        {
            disk.CreateDirectory(path);
            return null;
        }

        public void Move(string source, string destination)
        {
            lock (disk._gate)
            {
                disk.RequireDirectory(source + "/x");
                disk.RequireDirectory(destination);
                if (disk._directories.Contains(destination))
                    throw new IOException($"Cannot create '{destination}' because a file or directory with the same name already exists.");
                foreach (string directory in disk._directories.Where(d => d == source || d.StartsWith(source + "/", StringComparison.Ordinal)).ToList())
                {
                    disk._directories.Remove(directory);
                    disk._directories.Add(destination + directory[source.Length..]);
                }
                foreach (string file in disk._files.Keys.Where(f => f.StartsWith(source + "/", StringComparison.Ordinal)).ToList())
                {
                    disk._files.Remove(file, out var node);
                    disk._files[destination + file[source.Length..]] = node!;
                }
            }
        }

        public void Delete(string path, bool recursive)
        {
            lock (disk._gate)
            {
                if (!recursive)
                    throw new NotSupportedException("recursive: false");
                disk._directories.RemoveWhere(d => d == path || d.StartsWith(path + "/", StringComparison.Ordinal));
                foreach (string file in disk._files.Keys.Where(f => f.StartsWith(path + "/", StringComparison.Ordinal)).ToList())
                    disk._files.Remove(file);
            }
        }

        public IEnumerable<string> EnumerateFiles(string path) => EnumerateFiles(path, "*");

        public IEnumerable<string> EnumerateFiles(string path, string pattern)
        {
            lock (disk._gate)
            {
                disk.RequireDirectory(path + "/x");
                return [.. disk._files.Keys.Where(f => IsIn(f, path) && f.EndsWith(pattern[1..], StringComparison.Ordinal))];
            }
        }

        public IEnumerable<string> EnumerateDirectories(string path)
        {
            lock (disk._gate)
                return [.. disk._directories.Where(d => IsIn(d, path))];
        }

        public static string GetCurrentDirectory() => "/";

        private static bool IsIn(string entry, string folder) => entry.LastIndexOf('/') == folder.Length && entry.StartsWith(folder, StringComparison.Ordinal);
    }

    private sealed class InfoMethods(MemoryFileSystem disk)
    {
        public IFileInfo FromFileName(string path) => Proxies.Partial<IFileInfo>(new Info(disk, path));
    }

    private sealed class Info(MemoryFileSystem disk, string path)
    {
        public FileAttributes Attributes =>
            disk.Links.ContainsKey(path) ? FileAttributes.ReparsePoint
            : disk.Directory.Exists(path) ? FileAttributes.Directory
            : disk.File.Exists(path) ? FileAttributes.Normal
            : (FileAttributes)(-1);

        public bool Exists => disk.File.Exists(path);

        /// <summary>Told without opening the file, as <c>lstat</c> does: nobody is excluded from looking.</summary>
        public long Length
        {
            get
            {
                lock (disk._gate)
                    return disk._files.TryGetValue(path, out var node) ? node.Bytes.Length : throw new FileNotFoundException($"Could not find file '{path}'.", path);
            }
        }
    }

    private sealed class StreamMethods(MemoryFileSystem disk)
    {
        public Stream Create(string path, FileMode mode, FileAccess access, FileShare share, int bufferSize, FileOptions options) =>
            bufferSize == 0 && options == FileOptions.None ? disk.Open(path, mode, access, share) : throw new NotSupportedException("buffering");
    }

    private sealed class NodeStream(MemoryFileSystem disk, MemoryNode node, FileAccess access, bool exclusive) : Stream
    {
        private bool _closed;
        private bool _isUnlocked;

        public FileMark Mark => node.Mark;

        public bool Is(MemoryNode other) => other == node;

        public bool TryLock()
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (!_isUnlocked)
                return true;
            if (!disk.LockingIsOff && node.Opens.Count > 0)
                return false;
            node.Opens.Add(exclusive);
            _isUnlocked = false;
            return true;
        }

        public void Unlock()
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (!_isUnlocked)
                node.Opens.Remove(exclusive);
            _isUnlocked = true;
        }

        public override bool CanRead => access.HasFlag(FileAccess.Read);

        public override bool CanWrite => access.HasFlag(FileAccess.Write);

        public override bool CanSeek => true;

        public override long Length => node.Bytes.Length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            lock (disk._gate)
            {
                ObjectDisposedException.ThrowIf(_closed, this);
                int length = (int)Math.Clamp(node.Bytes.Length - Position, 0, count);
                Array.Copy(node.Bytes, Position, buffer, offset, length);
                Position += length;
                return length;
            }
        }

        public override void Write(byte[] buffer, int offset, int count)
        {
            lock (disk._gate)
            {
                ObjectDisposedException.ThrowIf(_closed, this);
                if (!CanWrite)
                    throw new NotSupportedException("read-only");
                byte[] bytes = node.Bytes.Length >= Position + count ? (byte[])node.Bytes.Clone() : [.. node.Bytes, .. new byte[Position + count - node.Bytes.Length]];
                Array.Copy(buffer, offset, bytes, Position, count);
                (node.Bytes, node.ModifiedAt, Position) = (bytes, disk.Now, Position + count);
            }
        }

        public override void SetLength(long value)
        {
            lock (disk._gate)
                node.Bytes = [.. node.Bytes.Take((int)value)];
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException("seek");

        public override void Flush()
        {
        }

        protected override void Dispose(bool disposing)
        {
            lock (disk._gate)
            {
                if (!_closed && !_isUnlocked)
                    node.Opens.Remove(exclusive);
                _closed = true;
            }
            base.Dispose(disposing);
        }
    }
}
