using Plumbline.Features;
using Plumbline.Learning.Families;
using Plumbline.Learning.Models;

namespace Plumbline.Learning.Trees;

/// <param name="Arrays">Without those by which a text becomes n-grams.</param>
internal sealed record FittedTrees(ModelShape Shape, ModelParameters Arrays, int Ngrams, int Steps, bool LosesPrior) : IFittedModel
{
    public float[] Scores(FeatureMatrix matrix, int threads) => TreeScores.Of(new TreeEvaluation(Shape, Ngrams, Arrays), matrix, threads);

    /// <summary>The trees of the first rounds: they lie one after another, each with one leaf more than nodes.</summary>
    public IFittedModel SizedAs(int steps)
    {
        var roots = Arrays.Values<int>(TreeSections.Roots);
        var trees = steps * Shape.Outputs;
        if (trees >= roots.Length)
            return this;
        var later = Array.FindIndex(roots, trees, root => root >= 0);
        var nodes = later < 0 ? Arrays.Values<float>(TreeSections.Gains).Length : roots[later];
        return this with { Steps = steps, Arrays = new ModelParameters(Shape, [.. Arrays.Sections.Select(First)]) };

        ModelSection First(ModelSection section) => section.Name switch
        {
            TreeSections.Roots => ModelSection.Of<int>(section.Name, roots.AsSpan(0, trees)),
            TreeSections.Nodes => ModelSection.Of<int>(section.Name, Arrays.Values<int>(section.Name).AsSpan(0, 4 * nodes), nodes, 4),
            TreeSections.Gains => ModelSection.Of<float>(section.Name, Arrays.Values<float>(section.Name).AsSpan(0, nodes)),
            TreeSections.NodeRows => ModelSection.Of<int>(section.Name, Arrays.Values<int>(section.Name).AsSpan(0, nodes)),
            TreeSections.Leaves => ModelSection.Of<float>(section.Name, Arrays.Values<float>(section.Name).AsSpan(0, nodes + trees)),
            TreeSections.LeafRows => ModelSection.Of<int>(section.Name, Arrays.Values<int>(section.Name).AsSpan(0, nodes + trees)),
            _ => section,
        };
    }

    public ModelParameters Parameters(FittedFeatures features) => new(Shape, [.. NgramSections.Of(features), .. Arrays.Sections]);
}
