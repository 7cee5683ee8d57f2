using Plumbline.Tuning.Spaces;

namespace Plumbline.Bench.Tuning;

/// <summary>A function to minimise and its domain, with what Optuna 4.9 reached on it: median and quartiles of the best of 100 trials over 20 seeds.</summary>
internal sealed record TestFunction(string Name, SearchSpace Space, Func<TrialParameters, double> Value, Quartiles Random, Quartiles Tpe, Quartiles Multivariate);
