using Plumbline.Learning;

namespace Plumbline.Bundles.Onnx;

/// <summary>From scores to calibrated probabilities, [texts, labels]: step 9 of docs/specs/bundle.md.</summary>
internal static class ProbabilityGraph
{
    public static string Add(OnnxGraph graph, string scores, Calibration calibration)
    {
        var biased = graph.Add("Add", [scores, graph.Constant([.. calibration.Biases])]);
        var probabilities = graph.Add("Softmax", [graph.Add("Mul", [biased, graph.Scalar((float)(1 / calibration.Temperature))])], OnnxAttribute.Of("axis", 1));
        if (calibration.Isotonic is not { } isotonic)
            return probabilities;
        var stepped = Step(graph, probabilities, isotonic);
        return graph.Add("Div", [stepped, graph.Sum(stepped, 1)]);
    }

    /// <summary>The value at the last start that a probability reaches: all labels' values stand in one list, and starts are counted to find the place there.</summary>
    private static string Step(OnnxGraph graph, string probabilities, IReadOnlyList<IsotonicSteps> isotonic)
    {
        var most = isotonic.Max(steps => steps.Starts.Count);
        var starts = new float[isotonic.Count * most];
        var values = new float[starts.Length];
        var firsts = new long[isotonic.Count];
        Array.Fill(starts, float.PositiveInfinity);
        for (var label = 0; label < isotonic.Count; label++)
        {
            firsts[label] = (label * most) - 1L;
            for (var step = 0; step < isotonic[label].Starts.Count; step++)
                (starts[(label * most) + step], values[(label * most) + step]) = (isotonic[label].Starts[step], isotonic[label].Values[step]);
        }
        var isReached = graph.Add(
            "GreaterOrEqual", [graph.Add("Unsqueeze", [probabilities, graph.Constant([2L])]), graph.Constant(starts, isotonic.Count, most)]);
        var reached = graph.Add("Squeeze", [graph.Sum(graph.Add("Cast", [isReached], OnnxAttribute.Of("to", (long)Proto.TensorProto.Types.DataType.Int64)), 2), graph.Constant([2L])]);
        var place = graph.Add("Add", [graph.Add("Max", [reached, graph.Scalar(1L)]), graph.Constant(firsts)]);
        return graph.Add("Gather", [graph.Constant(values), place]);
    }
}
