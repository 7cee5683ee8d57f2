namespace Plumbline.Learning;

/// <summary>One configuration that competes on valid.</summary>
/// <param name="NbWeighting">Whether n-grams are scaled by naive-Bayes log-count ratios.</param>
/// <param name="C">Inverse strength of the penalty.</param>
public sealed record Candidate(string Family, bool NbWeighting, ClassWeighting ClassWeighting, double C)
{
    /// <summary>Whether the scores have no natural class prior of their own: weighted classes and margins do not.</summary>
    internal bool LosesPrior => ClassWeighting != ClassWeighting.Natural || Family == LinearFamily.Svm;
}

/// <summary>What a candidate reached on valid, by argmax of calibrated probabilities.</summary>
/// <param name="MacroF1">0 to 1.</param>
/// <param name="LogLoss">Mean negative natural logarithm.</param>
/// <param name="Epochs">Passes over train until converged, from the warm start.</param>
public sealed record CandidateResult(Candidate Candidate, double MacroF1, double Accuracy, double LogLoss, int Epochs);
