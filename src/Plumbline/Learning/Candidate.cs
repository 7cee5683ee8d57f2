using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning;

/// <summary>One configuration that competes on valid.</summary>
/// <param name="Members">Of an ensemble, in the order of its members; null for all others.</param>
public sealed record Candidate(string Family, TrialParameters Parameters, IReadOnlyList<Candidate>? Members = null)
{
    public override string ToString() => Members is null ? $"{Family} {Parameters}".TrimEnd() : $"{Family} of {string.Join(" + ", Members.Select(member => member.Family))}";
}

/// <summary>What a candidate reached on valid, by argmax of calibrated probabilities.</summary>
/// <param name="MacroF1">0 to 1.</param>
/// <param name="LogLoss">Mean negative natural logarithm.</param>
/// <param name="Steps">Epochs or rounds that the fit took, or the best of them; 1 where a fit is one step.</param>
public sealed record CandidateResult(Candidate Candidate, double MacroF1, double Accuracy, double LogLoss, int Steps);
