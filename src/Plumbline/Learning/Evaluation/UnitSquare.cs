using Plumbline.Reporting;

namespace Plumbline.Learning.Evaluation;

/// <summary>A plot whose both axes go from 0 to 1, at a place in a picture.</summary>
internal sealed record UnitSquare(double Left, double Top, double Width, double Height)
{
    public double Bottom => Top + Height;

    public double X(double value) => Left + (value * Width);

    public double Y(double value) => Bottom - (value * Height);

    public void WriteAxes(Markup svg, string xTitle, string yTitle)
    {
        for (var tick = 0; tick <= 5; tick++)
        {
            var value = tick / 5.0;
            svg.Write($"""<path class="grid" d="M{X(0)} {Y(value)}H{X(1)}M{X(value)} {Y(0)}V{Y(1)}"/>""");
            svg.Write($"""<text class="tick" x="{X(0) - 6}" y="{Y(value) + 4}" text-anchor="end">{value:0.0}</text>""");
            svg.Write($"""<text class="tick" x="{X(value)}" y="{Y(0) + 16}" text-anchor="middle">{value:0.0}</text>""");
        }
        svg.Write($"""<text x="{X(0.5)}" y="{Y(0) + 34}" text-anchor="middle">{xTitle}</text>""");
        svg.Write($"""<text transform="translate({X(0) - 34} {Y(0.5)}) rotate(-90)" text-anchor="middle">{yTitle}</text>""");
    }

    /// <summary>From corner to corner: chance in a ROC plot, perfection in a reliability diagram.</summary>
    public void WriteDiagonal(Markup svg) => svg.Write($"""<path class="diagonal" d="M{X(0)} {Y(0)}L{X(1)} {Y(1)}"/>""");
}
