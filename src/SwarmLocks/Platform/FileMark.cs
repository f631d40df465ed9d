using System.Runtime.InteropServices;

namespace SwarmLocks.Platform;

/// <summary>Which file it is, whatever its name: no two that exist at one time are the same.</summary>
/// <param name="Device">The disk.</param>
/// <param name="Number">Its number there.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FileId(ulong Device, ulong Number);

/// <summary>A file as the system knows it.</summary>
/// <param name="Id">Which.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="ChangedAt">When it last changed, by the wall clock: its content, its names, or what a folder has in it. Disks round it down, to seconds at worst.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FileMark(FileId Id, long Length, DateTimeOffset ChangedAt);
