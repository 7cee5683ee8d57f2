namespace Plumbline.Inference.Batch;

/// <summary>Columns of answers, which follow those that are kept of the input.</summary>
internal static class AnswerColumns
{
    public const string Label = "label";
    public const string Probability = "probability";
    public const string Version = "version";
    public const string Explanation = "explanation";

    public static string OfLabel(string label) => "p_" + label;

    public static IEnumerable<string> Names(IPredictor predictor, BatchOptions options)
    {
        yield return Label;
        yield return Probability;
        foreach (var label in predictor.Labels)
            yield return OfLabel(label);
        if (options.Version is not null)
            yield return Version;
        if (options.Explain > 0)
            yield return Explanation;
    }
}
