using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning;

/// <summary>One configuration that competes.</summary>
/// <param name="Members">Of an ensemble or a stacking, in the order of its members; null for all others.</param>
public sealed record Candidate(string Family, TrialParameters Parameters, IReadOnlyList<Candidate>? Members = null)
{
    public bool Equals(Candidate? other) => other is not null && Family == other.Family && Parameters.Equals(other.Parameters) && (Members ?? []).SequenceEqual(other.Members ?? []);

    public override int GetHashCode() => HashCode.Combine(Family, Parameters);

    public override string ToString() => Members is null ? $"{Family} {Parameters}".TrimEnd() : $"{Family} of {string.Join(" + ", Members.Select(member => member.Family))}";
}

/// <summary>What a candidate reached on the rows held out, by argmax of calibrated probabilities.</summary>
/// <param name="MacroF1">0 to 1.</param>
/// <param name="LogLoss">Mean negative natural logarithm.</param>
/// <param name="Steps">Epochs or rounds that the fit took, or the best of them; 1 where a fit is one step. With folds the rounded mean.</param>
public sealed record CandidateResult(Candidate Candidate, double MacroF1, double Accuracy, double LogLoss, int Steps);
