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
        return new TreeSelection(selected.Length, 0, OthersOf(request.Train, request.Ngrams), [Places(request.Ngrams, selected)]);
    }

    /// <summary>The first components of the truncated singular value decomposition.</summary>
    public static TreeSelection Projected(FitRequest request, int rank)
    {
        var svd = request.Shared.Svd;
        rank = Math.Min(rank, svd.Rank);
        if (rank == 0)
            return Sparse(request, 0);
        var components = new float[svd.Columns.Length * rank];
        for (var place = 0; place < svd.Columns.Length; place++)
            svd.Components.AsSpan(place * svd.Stride, rank).CopyTo(components.AsSpan(place * rank));
        return new TreeSelection(
            svd.Columns.Length, rank, OthersOf(request.Train, request.Ngrams),
            [Places(request.Ngrams, svd.Columns), ModelSection.Of<float>(TreeSections.Components, components, svd.Columns.Length, rank)],
            svd.Means[..rank]);
    }

    private static int OthersOf(FeatureMatrix train, int ngrams) => train.Columns - ngrams - 1;

    private static ModelSection Places(int ngrams, ReadOnlySpan<int> selected)
    {
        var places = new int[ngrams];
        Array.Fill(places, -1);
        for (var place = 0; place < selected.Length; place++)
            places[selected[place]] = place;
        return ModelSection.Of<int>(TreeSections.Places, places);
    }
}
