using Plumbline.Datasets;
using Plumbline.Learning.Models;

namespace Plumbline.Learning.Evaluation;

/// <summary>The n-grams and numbers that speak most for each class of a linear model.</summary>
internal static class StrongestFeatures
{
    /// <summary>
    /// For each label the <paramref name="count"/> features of largest weight above the mean of the other labels; an n-gram's weight is that of
    /// one occurrence in a text of one n-gram.
    /// </summary>
    public static ClassFeatures[] Of(TrainedModel model, int count)
    {
        var shape = model.Parameters.Shape;
        if (shape.Kind != LinearScorer.Kind)
            return [];
        var (outputs, stride) = (shape.Outputs, shape.Stride);
        var table = model.Parameters.Values<float>(ModelSections.Table);
        var numericWeights = model.Parameters.Values<float>(ModelSections.Numeric);
        var result = new List<ClassFeatures>();
        for (var label = 0; label < model.Labels.Count; label++)
        {
            var best = new PriorityQueue<string, double>();
            for (var ngram = 0; ngram < model.NgramNames.Length; ngram++)
            {
                if (model.NgramNames[ngram] is { } name)
                    Offer(best, name, Contrast(table.AsSpan(ngram * stride, outputs), label) / table[(ngram * stride) + stride - 2], count);
            }
            for (var feature = 0; feature < model.Contract.Numeric.Count; feature++)
                Offer(best, $"[{model.Contract.Numeric[feature].Name}]", Contrast(numericWeights.AsSpan(feature * outputs, outputs), label) * model.Contract.Options.Numeric.Weight, count);
            foreach (var (name, weights) in Categories(model))
                Offer(best, name, Contrast(weights.Span, label) * model.Contract.Options.Categorical.Weight, count);
            var features = new List<FeatureWeight>();
            while (best.TryDequeue(out var name, out var weight))
                features.Add(new FeatureWeight(name, weight));
            features.Reverse();
            result.Add(new ClassFeatures(model.Labels[label], [.. features]));
        }
        return [.. result];
    }

    private static IEnumerable<(string Name, ReadOnlyMemory<float> Weights)> Categories(TrainedModel model)
    {
        if (model.Contract.Categories == 0)
            return [];
        var (weights, outputs) = (model.Parameters.Values<float>(ModelSections.Categorical), model.Parameters.Shape.Outputs);
        var names = model.Contract.Categorical.SelectMany(feature => feature.Categories.Select(category => $"[{feature.Name} = {FieldCleaning.Quote(category)}]"));
        return names.Select((name, category) => (name, (ReadOnlyMemory<float>)weights.AsMemory(category * outputs, outputs)));
    }

    private static double Contrast(ReadOnlySpan<float> weights, int label)
    {
        if (weights.Length == 1)
            return label == 1 ? weights[0] : -weights[0];
        double others = 0;
        for (var k = 0; k < weights.Length; k++)
            others += k == label ? 0 : weights[k];
        return weights[label] - (others / (weights.Length - 1));
    }

    private static void Offer(PriorityQueue<string, double> best, string name, double weight, int count)
    {
        if (weight <= 0)
            return;
        if (best.Count < count)
            best.Enqueue(name, weight);
        else
            best.EnqueueDequeue(name, weight);
    }
}
