namespace Plumbline.Tuning;

/// <summary>What a running trial had reached.</summary>
/// <param name="Step">What had been spent on it, such as epochs, boosting rounds or folds; from 1, growing from report to report.</param>
/// <param name="Value">In the unit and direction of the objective.</param>
public readonly record struct IntermediateValue(int Step, double Value);
