namespace Plumbline.Statistics;

/// <summary>How one class fared. Precision, recall and F1 are 0 where undefined; areas are NaN (null in JSON) where undefined.</summary>
/// <param name="Support">Rows whose true label it is.</param>
/// <param name="Predicted">Rows predicted to be it.</param>
/// <param name="RocAuc">One against the rest; NaN unless truth has rows of the class and others.</param>
/// <param name="PrAuc">Average precision, one against the rest; NaN unless truth has rows of the class.</param>
/// <param name="RocCurve">Up to ten classes only, otherwise null.</param>
/// <param name="PrCurve">Up to ten classes only, otherwise null.</param>
public sealed record ClassScores(
    string Label,
    int Support,
    int Predicted,
    double Precision,
    double Recall,
    double F1,
    double RocAuc,
    double PrAuc,
    Curve? RocCurve,
    Curve? PrCurve);
