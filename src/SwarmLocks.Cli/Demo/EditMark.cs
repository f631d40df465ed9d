using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;

namespace SwarmLocks.Cli.Demo;

/// <summary>The line that one edit leaves in a file: whose edit, and the how-manieth of that agent. No two edits leave the same one.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct EditMark(int Agent, int Edit)
{
    private static ReadOnlySpan<byte> Start => "[swarm agent "u8;

    private static ReadOnlySpan<byte> Middle => " edit "u8;

    private static ReadOnlySpan<byte> End => " kept]"u8;

    /// <summary>The whole line. A line that was cut anywhere does not end as it must, and is no mark.</summary>
    public byte[] ToLine() => Encoding.ASCII.GetBytes(FormattableString.Invariant($"[swarm agent {Agent} edit {Edit} kept]\n"));

    /// <summary>Reads a line, given without its end.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out EditMark mark)
    {
        mark = default;
        if (!line.StartsWith(Start))
            return false;
        line = line[Start.Length..];
        if (!Utf8Parser.TryParse(line, out int agent, out int digits) || !line[digits..].StartsWith(Middle))
            return false;
        line = line[(digits + Middle.Length)..];
        if (!Utf8Parser.TryParse(line, out int edit, out digits) || !line[digits..].SequenceEqual(End))
            return false;
        mark = new EditMark(agent, edit);
        return true;
    }
}
