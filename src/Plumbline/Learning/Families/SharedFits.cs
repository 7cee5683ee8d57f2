using Plumbline.Features;

namespace Plumbline.Learning.Families;

/// <summary>What is computed from the training matrix once and then used by many fits. Thread-safe.</summary>
internal sealed class SharedFits(FeatureMatrix train, int ngrams)
{
    private readonly Lazy<float[]> _nbPenalties = new(() => NbColumnPenalties.Of(train, ngrams));
    private readonly Lazy<NgramSums> _ngramSums = new(() => NgramSums.Of(train, ngrams));

    /// <summary>See <see cref="NbColumnPenalties"/>.</summary>
    public float[] NbPenalties => _nbPenalties.Value;

    /// <summary>See <see cref="Learning.NgramSums"/>.</summary>
    public NgramSums NgramSums => _ngramSums.Value;
}
