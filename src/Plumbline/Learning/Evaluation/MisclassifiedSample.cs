using System.Globalization;

namespace Plumbline.Learning.Evaluation;

/// <summary>A row that was given a wrong label.</summary>
/// <param name="Row">0-based row in the snapshot.</param>
/// <param name="Truth">Name of the true label.</param>
/// <param name="Predicted">Name of the label given.</param>
/// <param name="Probability">Of the label given.</param>
public sealed record MisclassifiedSample(long Row, string Text, string Truth, string Predicted, double Probability)
{
    public const int MaxTextLength = 300;

    /// <summary>The text, or its beginning and an ellipsis: at most <see cref="MaxTextLength"/> chars, whole graphemes.</summary>
    public string Text { get; init; } = Excerpt(Text);

    /// <summary>
    /// Rows whose prediction is wrong, the most confident first, equals in row order; at most <paramref name="count"/>.
    /// </summary>
    /// <param name="probabilities">Row-major, <paramref name="classes"/> a row.</param>
    internal static int[] MostConfident(
        ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted, ReadOnlySpan<float> probabilities, int classes, int count)
    {
        // The queue yields the least confident first, and of equals the later row.
        var best = new PriorityQueue<int, (float Probability, int Earliness)>();
        for (var row = 0; row < truth.Length; row++)
        {
            if (truth[row] == predicted[row])
                continue;
            var priority = (probabilities[(row * classes) + predicted[row]], -row);
            if (best.Count < count)
                best.Enqueue(row, priority);
            else
                best.EnqueueDequeue(row, priority);
        }
        var rows = new int[best.Count];
        for (var i = rows.Length - 1; i >= 0; i--)
            rows[i] = best.Dequeue();
        return rows;
    }

    private static string Excerpt(string text)
    {
        if (text.Length <= MaxTextLength)
            return text;
        var length = 0;
        while (length < MaxTextLength)
        {
            var grapheme = StringInfo.GetNextTextElementLength(text, length);
            if (length + grapheme > MaxTextLength - 1)
                break;
            length += grapheme;
        }
        return string.Concat(text.AsSpan(0, length), "…");
    }
}
