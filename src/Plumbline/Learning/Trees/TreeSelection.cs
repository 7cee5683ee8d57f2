using Plumbline.Features;
using Plumbline.Learning.Families;
using Plumbline.Learning.Models;

namespace Plumbline.Learning.Trees;

/// <summary>What trees look at in a row.</summary>
/// <param name="Rank">Components that the selected n-grams become; 0 where each is an input itself.</param>
/// <param name="Others">Columns after the n-grams, without the intercept's constant.</param>
/// <param name="Sections">Places and, with a rank, components.</param>
/// <param name="Means">Of the components over the training rows; null without a rank.</param>
internal sealed record TreeSelection(int Selected, int Rank, int Others, IReadOnlyList<ModelSection> Sections, IReadOnlyList<float>? Means = null)
{
    public TreeShape Shape(TreeLink link) => new(Selected, Rank, Others, link, Means);

    /// <summary>The n-grams that tell most of the label.</summary>
    public static TreeSelection Sparse(FitRequest request, int most)
    {
        var ranked = request.Shared.Ranking.ByChiSquare;
        var selected = ranked[..Math.Min(most, ranked.Length)];
        return new TreeSelection(selected.Length, 0, OthersOf(request.Train, request.Ngrams), [ModelSection.Of<int>(TreeSections.Places, NgramProjection.Places(request.Ngrams, selected))]);
    }

    /// <summary>The first components of the truncated singular value decomposition.</summary>
    public static TreeSelection Projected(FitRequest request, int rank)
    {
        var svd = request.Shared.Svd;
        rank = Math.Min(rank, svd.Rank);
        if (rank == 0)
            return Sparse(request, 0);
        return new TreeSelection(
            svd.Columns.Length, rank, OthersOf(request.Train, request.Ngrams),
            [svd.Places(request.Ngrams, TreeSections.Places), svd.Scaled(TreeSections.Components, rank)],
            svd.Means[..rank]);
    }

    private static int OthersOf(FeatureMatrix train, int ngrams) => train.Columns - ngrams - 1;
}
