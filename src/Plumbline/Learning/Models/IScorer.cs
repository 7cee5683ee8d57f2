using Plumbline.Features;

namespace Plumbline.Learning.Models;

/// <summary>From the features of one text to its scores, before calibration. Immutable and thread-safe; allocates nothing.</summary>
internal interface IScorer
{
    /// <param name="buffer">The vectorised text: indices, term weights, norm, raw numeric features, and features of categories.</param>
    /// <param name="scores">Receives one a class.</param>
    void Score(FeatureBuffer buffer, Span<float> scores);
}
