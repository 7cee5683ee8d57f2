using System.Text;

namespace Plumbline.Reporting;

/// <summary>
/// An SVG picture that takes its colours from the page, light or dark. It says in words what it shows, for those who
/// do not see it.
/// </summary>
/// <param name="Name">Name of its file and prefix of its ids: letters, digits and dashes.</param>
/// <param name="Width">Natural width in CSS pixels; text is 12 of them high.</param>
internal sealed record Picture(string Name, string Title, string Description, double Width, double Height, Markup Body)
{
    private const double LetterWidth = 7.2;

    // Bold letters are about this much wider than others.
    private const double BoldFactor = 1.15;

    public Markup Inline()
    {
        var svg = new Markup();
        svg.Write($"""
            <svg class="picture" role="img" aria-labelledby="{Name}-title {Name}-desc" width="{Width}" height="{Height}" viewBox="0 0 {Width} {Height}">
            <title id="{Name}-title">{Title}</title><desc id="{Name}-desc">{Description}</desc>
            {Body}</svg>
            """);
        return svg;
    }

    /// <summary>A file of its own, with the page's colours, ground and a margin.</summary>
    public string StandAlone()
    {
        const int Margin = 12;
        var (width, height) = (Width + (2 * Margin), Height + (2 * Margin));
        var svg = new Markup();
        svg.Write($"""
            <svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="{-Margin} {-Margin} {width} {height}">
            <style>{PageStyle.Colours}{PageStyle.Pictures}</style>
            <rect fill="var(--ground)" x="{-Margin}" y="{-Margin}" width="{width}" height="{height}"/>
            {Inline()}</svg>
            """);
        return svg.ToString();
    }

    /// <summary>About how wide a text is drawn. East Asian letters and emoji are twice as wide as others.</summary>
    public static double WidthOf(string text)
    {
        var letters = 0;
        foreach (var rune in text.EnumerateRunes())
            letters += IsWide(rune.Value) ? 2 : 1;
        return letters * LetterWidth;
    }

    /// <summary>The text, or its beginning and an ellipsis, in at most <paramref name="width"/> pixels in whichever of the system's fonts.</summary>
    public static string Fit(string text, double width, bool isBold = false)
    {
        var left = isBold ? width / BoldFactor : width;
        var all = 0.0;
        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            all += MostWidthOf(rune);
            if (all <= left - LetterWidth)
                length += rune.Utf16SequenceLength;
        }
        return all <= left ? text : string.Concat(text.AsSpan(0, length).TrimEnd(), "…");
    }

    private static double MostWidthOf(Rune rune) => rune.Value switch
    {
        'i' or 'j' or 'l' or 'I' or '.' or ',' or ':' or ';' or '|' or '!' or '\'' => 0.55 * LetterWidth,
        'f' or 't' or 'r' or '-' or '/' or '(' or ')' or '[' or ']' or ' ' => 0.75 * LetterWidth,
        'M' or 'W' or 'm' or 'w' or '@' or '%' => 1.65 * LetterWidth,
        >= 'A' and <= 'Z' => 1.3 * LetterWidth,
        >= '0' and <= '9' => 1.07 * LetterWidth,
        var other => IsWide(other) ? 2 * LetterWidth : LetterWidth,
    };

    private static bool IsWide(int rune) => rune is (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0xA4CF) or (>= 0xAC00 and <= 0xD7A3)
        or >= 0xF900 and <= 0xFAFF or >= 0xFE30 and <= 0xFE4F or >= 0xFF00 and <= 0xFF60 or >= 0x1F300 and <= 0x1FAFF or >= 0x20000 and <= 0x3FFFD;
}
