using Plumbline.Learning;
using Plumbline.Learning.Contests;
using Plumbline.Statistics;
using Plumbline.Text;

namespace Plumbline.Pipelines;

/// <summary>What a training left behind.</summary>
/// <param name="Bundle">Full path of the bundle; its last part is the digest.</param>
/// <param name="Artifacts">Folder of the report and its pictures.</param>
/// <param name="Valid">What the model fitted on train alone reached on valid, or with folds those of the folds on what they hold out.</param>
/// <param name="FitSeconds">From the start to the finished model, before test was scored; without the learning curve.</param>
public sealed record TrainingResult(
    string RunId, string Bundle, string Artifacts, Candidate Chosen, ClassificationReport Test, ClassificationReport Valid,
    long RowsTrain, long RowsValid, double FitSeconds, ContestReport? Contest = null)
{
    /// <summary>What the learning curve took; null where none was drawn.</summary>
    public double? LearningCurveSeconds { get; init; }

    /// <summary>Of its feature contract: 64 lower-case hex digits.</summary>
    public required string ContractDigest { get; init; }

    /// <summary>Those that were asked for, or chosen.</summary>
    public required NgramOptions Ngrams { get; init; }

    /// <summary>Microseconds of one prediction with the bundle, on one thread.</summary>
    public required double LatencyUs { get; init; }

    public string BundleDigest => Path.GetFileName(Bundle);
}
