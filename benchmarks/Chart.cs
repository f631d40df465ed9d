using System.Globalization;
using System.Net;
using System.Text;

namespace SwarmLocks.Benchmarks;

/// <summary>Lines over two logarithmic axes, as SVG.</summary>
internal static class Chart
{
    private const int Width = 720;
    private const int Height = 380;
    private const int Left = 70;
    private const int Right = 20;
    private const int Top = 58;
    private const int Bottom = 52;

    private static readonly string[] Colours = ["#1f6feb", "#8b949e", "#d29922"];

    public static string Draw(string title, string across, string up, IReadOnlyList<Series> lines)
    {
        var all = lines.SelectMany(line => line.Points).ToList();
        var x = new Axis(all.Min(p => p.X), all.Max(p => p.X), Left, Width - Right);
        var y = new Axis(all.Min(p => p.Y) / 1.3, all.Max(p => p.Y) * 1.3, Height - Bottom, Top);
        var svg = new StringBuilder();
        Append(svg, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="sans-serif" font-size="12" fill="#57606a">""");
        Append(svg, $"""<rect width="{Width}" height="{Height}" fill="#ffffff"/>""");
        Append(svg, $"""<text x="{Left}" y="22" font-size="15" fill="#24292f">{WebUtility.HtmlEncode(title)}</text>""");
        // Marked where something was measured.
        foreach (double mark in all.Select(p => p.X).Distinct())
        {
            Append(svg, $"""<line x1="{x.At(mark):f1}" y1="{Top}" x2="{x.At(mark):f1}" y2="{Height - Bottom}" stroke="#eaeef2"/>""");
            Append(svg, $"""<text x="{x.At(mark):f1}" y="{Height - Bottom + 18}" text-anchor="middle">{mark:#,0.##}</text>""");
        }
        foreach (double mark in y.Marks)
        {
            Append(svg, $"""<line x1="{Left}" y1="{y.At(mark):f1}" x2="{Width - Right}" y2="{y.At(mark):f1}" stroke="#eaeef2"/>""");
            Append(svg, $"""<text x="{Left - 8}" y="{y.At(mark) + 4:f1}" text-anchor="end">{mark:#,0.##}</text>""");
        }
        Append(svg, $"""<text x="{(Left + Width - Right) / 2}" y="{Height - 12}" text-anchor="middle">{WebUtility.HtmlEncode(across)}</text>""");
        int middle = (Top + Height - Bottom) / 2;
        Append(svg, $"""<text x="16" y="{middle}" text-anchor="middle" transform="rotate(-90 16 {middle})">{WebUtility.HtmlEncode(up)}</text>""");
        for (int i = 0; i < lines.Count; i++)
        {
            string path = string.Join(' ', lines[i].Points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{x.At(p.X):f1},{y.At(p.Y):f1}")));
            Append(svg, $"""<polyline points="{path}" fill="none" stroke="{Colours[i]}" stroke-width="2.5"/>""");
            foreach (var (px, py) in lines[i].Points)
                Append(svg, $"""<circle cx="{x.At(px):f1}" cy="{y.At(py):f1}" r="3.5" fill="{Colours[i]}"><title>{px:#,0.##}: {py:#,0.##}</title></circle>""");
            Append(svg, $"""<text x="{Left + (260 * i)}" y="44" fill="{Colours[i]}">{WebUtility.HtmlEncode(lines[i].Name)}</text>""");
        }
        return svg.Append("</svg>\n").ToString();
    }

    private static void Append(StringBuilder svg, FormattableString line) => svg.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    /// <summary>Logarithmic; marked at 1, 2 and 5 of each power of ten.</summary>
    private sealed class Axis(double least, double most, double start, double end)
    {
        public IEnumerable<double> Marks =>
            from power in Enumerable.Range(-3, 12)
            from digit in (double[])[1, 2, 5]
            let mark = digit * Math.Pow(10, power)
            where mark >= least * 0.999 && mark <= most * 1.001 && (digit is 1 || most / least < 200)
            select mark;

        public double At(double value) => start + ((end - start) * (Math.Log(value) - Math.Log(least)) / (Math.Log(most) - Math.Log(least)));
    }
}
