using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Plumbline.Reporting;

/// <summary>
/// Builds HTML and SVG from interpolated strings: the literal parts are markup, every value put into them is text and is
/// escaped, so that no value can become markup. The result is well-formed XML wherever the literals are.
/// </summary>
internal sealed class Markup
{
    private readonly StringBuilder _text = new();

    /// <summary>Appends a line.</summary>
    public void Write([InterpolatedStringHandlerArgument("")] ref Interpolation markup) => _text.Append('\n');

    /// <summary>Markup that the program itself holds.</summary>
    public void WriteConstant([ConstantExpected] string markup) => _text.Append(markup).Append('\n');

    public override string ToString() => _text.ToString();

    private void AppendEscaped(string value)
    {
        foreach (var rune in value.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '&':
                    _text.Append("&amp;");
                    break;
                case '<':
                    _text.Append("&lt;");
                    break;
                case '>':
                    _text.Append("&gt;");
                    break;
                case '"':
                    _text.Append("&quot;");
                    break;
                case '\'':
                    _text.Append("&#39;");
                    break;
                case '\t' or '\n' or '\r' or 0x85 or 0x2028 or 0x2029:
                    _text.Append(' ');
                    break;
                // Embeddings, overrides and isolates make text read otherwise than it is: show them instead.
                case 0x061C or 0x200E or 0x200F or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069):
                    _text.Append(CultureInfo.InvariantCulture, $"[U+{rune.Value:X4}]");
                    break;
                // Neither HTML nor XML has control characters or non-characters, not even escaped.
                case < 0x20 or (>= 0x7F and < 0xA0) or 0xFFFE or 0xFFFF:
                    _text.Append('\uFFFD');
                    break;
                default:
                    _text.Append(rune);
                    break;
            }
        }
    }

    [InterpolatedStringHandler]
    internal readonly ref struct Interpolation
    {
        private readonly Markup _target;

        public Interpolation(int literalLength, int formattedCount, Markup target) => _target = target;

        public void AppendLiteral(string markup) => _target._text.Append(markup);

        public void AppendFormatted(string? text) => _target.AppendEscaped(text ?? "");

        /// <summary>Markup inside markup, as it is.</summary>
        public void AppendFormatted(Markup markup) => _target._text.Append(markup._text);

        /// <summary>At most two decimals unless told otherwise, since a hundredth of a pixel is enough for a picture; a dash for NaN.</summary>
        public void AppendFormatted(double number, string format = "0.##") =>
            _target._text.Append(double.IsNaN(number) ? "–" : number.ToString(format, CultureInfo.InvariantCulture));

        public void AppendFormatted(int number, string format = "0") => _target._text.Append(number.ToString(format, CultureInfo.InvariantCulture));

        public void AppendFormatted(long number, string format = "0") => _target._text.Append(number.ToString(format, CultureInfo.InvariantCulture));
    }
}
