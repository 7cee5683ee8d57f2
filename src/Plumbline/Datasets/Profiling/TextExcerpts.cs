using System.Text;

namespace Plumbline.Datasets.Profiling;

/// <summary>
/// The beginnings of some texts, for people to look at. Whoever wants one says so before the second pass, in which the texts come by, and asks for it
/// afterwards. Not thread-safe.
/// </summary>
internal sealed class TextExcerpts
{
    /// <summary>Characters of an excerpt, the ellipsis included.</summary>
    private const int Longest = 200;

    private readonly Dictionary<int, string?> _texts = [];

    /// <param name="row">In <see cref="RowFacts"/>.</param>
    public void Want(int row) => _texts.TryAdd(row, null);

    public void Offer(int row, ReadOnlySpan<byte> text)
    {
        if (_texts.ContainsKey(row))
            _texts[row] = Excerpt(text);
    }

    /// <exception cref="KeyNotFoundException">It was not wanted.</exception>
    public TextExample Of(int row, RowFacts rows, IReadOnlyList<string> labels)
    {
        var (file, number) = rows.OriginOf(row);
        return new TextExample(file, number, labels[rows.Labels[row]], _texts[row] ?? "");
    }

    private static string Excerpt(ReadOnlySpan<byte> text)
    {
        int characters = 0, shortened = 0;
        for (var end = 0; end < text.Length;)
        {
            if (++characters == Longest)
                shortened = end;
            if (characters > Longest)
                return Encoding.UTF8.GetString(text[..shortened]) + "…";
            Rune.DecodeFromUtf8(text[end..], out _, out var bytes);
            end += bytes;
        }
        return Encoding.UTF8.GetString(text);
    }
}
