using Plumbline.Features;
using Plumbline.Learning.Models;

namespace Plumbline.Learning.Families;

/// <summary>
/// Rows with the first components of their n-grams as further columns behind all others, scaled to a mean square of 1. What is linear in components is linear in n-grams, so that a linear
/// model over these rows is folded into one over the n-grams, and nothing of them is left to serve. Thread-safe.
/// </summary>
internal sealed class ProjectedRows : IDisposable
{
    /// <summary>A component whose mean square is below this share of the first's is rounding, and is left at 0.</summary>
    private const float Negligible = 1e-8f;

    private readonly ModelSection _places;
    private readonly ModelSection _components;
    private readonly NgramProjection _projection;
    private readonly int _columns;
    private readonly SampledRows _samples;

    /// <param name="rank">Components, at most those of <paramref name="svd"/>.</param>
    /// <param name="memory">For the entries of the rows, and of each sample; what is beyond goes to a file.</param>
    public ProjectedRows(FeatureMatrix rows, int ngrams, TruncatedSvd svd, int rank, MatrixMemory memory)
    {
        _columns = rows.Columns;
        var scales = Array.ConvertAll(svd.MeanSquares[..rank], square => square > Negligible * svd.MeanSquares[0] ? 1 / MathF.Sqrt(square) : 0);
        (_places, _components) = (svd.Places(ngrams, "places"), svd.Scaled("components", rank, scales));
        _projection = new NgramProjection(_places.Pinned<int>(), _components.Pinned<float>(), rank);
        Matrix = Projected(rows, ngrams, memory);
        _samples = new SampledRows(Matrix, memory);
    }

    public int Rank => _projection.Rank;

    public FeatureMatrix Matrix { get; }

    /// <summary>A share of the rows of each class; see <see cref="SampledRows"/>.</summary>
    public FeatureMatrix Sample(double share) => _samples.Of(share);

    /// <summary>The model over the columns without components that scores as <paramref name="model"/> does with them: each n-gram has its loadings times their weights more.</summary>
    public LinearModel Fold(LinearModel model)
    {
        var folded = new LinearModel(_columns, model.Outputs, model.Lanes, model.Weights.AsSpan(0, _columns * model.Lanes).ToArray());
        for (var ngram = 0; ngram < _places.Values.Length; ngram++)
        {
            var loadings = _projection.Loadings(ngram);
            var target = folded.Row(ngram);
            for (var component = 0; component < loadings.Length; component++)
            {
                var weights = model.Row(_columns + component);
                for (var lane = 0; lane < weights.Length; lane++)
                    target[lane] += loadings[component] * weights[lane];
            }
        }
        return folded;
    }

    public void Dispose()
    {
        _samples.Dispose();
        Matrix.Dispose();
    }

    private FeatureMatrix Projected(FeatureMatrix rows, int ngrams, MatrixMemory memory)
    {
        var blocks = new FeatureBlocks(memory);
        var components = new float[Rank];
        for (var index = 0; index < rows.Blocks.Count; index++)
        {
            var block = rows.Blocks[index];
            var (indices, values) = blocks.Rent(block.Start(block.Rows) + (block.Rows * Rank));
            var ends = new int[block.Rows];
            var at = 0;
            for (var row = 0; row < block.Rows; row++)
            {
                Array.Clear(components);
                for (var i = block.Start(row); i < block.Ends[row]; i++, at++)
                {
                    (indices[at], values[at]) = (block.Indices[i], block.Values[i]);
                    if (indices[at] < ngrams)
                        _projection.Add(indices[at], values[at], components);
                }
                for (var component = 0; component < Rank; component++, at++)
                    (indices[at], values[at]) = (_columns + component, components[component]);
                ends[row] = at;
            }
            blocks.Add(block with { Ends = ends, Indices = indices, Values = values });
            rows.Blocks.Return(index, block);
        }
        return new FeatureMatrix(_columns + Rank, rows.Classes, blocks);
    }
}
