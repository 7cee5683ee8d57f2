using Plumbline.Learning.Models;
using Plumbline.Learning.Trees;

namespace Plumbline.Learning.Explanations;

/// <summary>How much a model of trees owes to each input, by its training (Breiman et al. 1984).</summary>
/// <param name="Gains">By how much the input's splits lowered the loss, in all.</param>
/// <param name="Splits">Number of its splits.</param>
internal sealed record TreeImportances(double[] Gains, int[] Splits)
{
    /// <exception cref="InvalidDataException">An array is missing or of another length.</exception>
    public static TreeImportances Of(TreeEvaluation evaluation, IModelMemory memory)
    {
        var gains = memory.Array<float>(TreeSections.Gains, evaluation.Model.Nodes).Span;
        var importances = new TreeImportances(new double[evaluation.Inputs.Count], new int[evaluation.Inputs.Count]);
        for (var node = 0; node < gains.Length; node++)
        {
            var input = evaluation.Model.Node(node).Input;
            importances.Gains[input] += gains[node];
            importances.Splits[input]++;
        }
        return importances;
    }
}
