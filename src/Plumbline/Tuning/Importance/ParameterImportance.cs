namespace Plumbline.Tuning.Importance;

/// <param name="Share">Of all parameters' importance, 0 to 1.</param>
public sealed record ParameterImportance(string Name, double Share);
