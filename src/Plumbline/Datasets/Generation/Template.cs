using System.Text;

namespace Plumbline.Datasets.Generation;

/// <summary>A sentence with open slots, written as "The {aspect} {be} {opinion}".</summary>
internal sealed class Template
{
    private Template(Part[] parts, int words)
    {
        Parts = parts;
        Words = words;
    }

    /// <summary>A literal and the slot after it, in order.</summary>
    public Part[] Parts { get; }

    /// <summary>About how many words the sentence will have, whatever fills the slots.</summary>
    public int Words { get; }

    public static Template[] ParseAll(string lines) =>
        [.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse)];

    private static Template Parse(string text)
    {
        var parts = new List<Part>();
        var rest = text;
        while (rest.Length > 0)
        {
            var open = rest.IndexOf('{', StringComparison.Ordinal);
            if (open < 0)
            {
                parts.Add(new Part(Encoding.UTF8.GetBytes(rest), Slot.None));
                break;
            }
            var close = rest.IndexOf('}', StringComparison.Ordinal);
            parts.Add(new Part(Encoding.UTF8.GetBytes(rest[..open]), Enum.Parse<Slot>(rest[(open + 1)..close], ignoreCase: true)));
            rest = rest[(close + 1)..];
        }
        return new Template([.. parts], text.Split(' ').Length + (parts.Count / 2));
    }

    internal readonly record struct Part(byte[] Literal, Slot Slot);
}
