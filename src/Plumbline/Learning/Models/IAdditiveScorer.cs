using Plumbline.Features;

namespace Plumbline.Learning.Models;

/// <summary>A scorer that can say exactly what each feature adds to its scores.</summary>
internal interface IAdditiveScorer : IScorer
{
    /// <summary>Leaves that are visited for each record, of a model of trees; 0 otherwise.</summary>
    int Leaves => 0;

    /// <param name="buffer">As for <see cref="IScorer.Score"/>.</param>
    /// <param name="contributions">
    /// Receives one a class, row-major: of each n-gram of the buffer, of each numeric feature, of each categorical column, and last of none; their sums over all rows are the scores.
    /// </param>
    void Contribute(FeatureBuffer buffer, Span<double> contributions);
}
