namespace Plumbline.Statistics;

/// <summary>
/// The rows whose confidence lies in (<paramref name="From"/>, <paramref name="To"/>]: how many, how sure the model was of
/// them on average, and which share of them it had right. Both are NaN (null in JSON) in an empty bin.
/// </summary>
public sealed record ReliabilityBin(double From, double To, int Rows, double Confidence, double Accuracy);
