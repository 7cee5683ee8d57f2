namespace Plumbline.Tuning;

/// <summary>When a study begins no more trials: as soon as one of these is spent. What was begun is finished.</summary>
/// <param name="Trials">In the study as a whole, whatever became of them, but for those answered from another.</param>
/// <param name="Time">Since this run of the study began. What a study finds within a time depends on the machine.</param>
/// <param name="WithoutImprovement">Trials told since the best value, or the Pareto front, changed.</param>
public sealed record StudyBudget(int? Trials = null, TimeSpan? Time = null, int? WithoutImprovement = null)
{
    /// <exception cref="ArgumentException">A value is out of its range; the message begins with its name.</exception>
    public void Validate()
    {
        if (Trials < 1)
            throw new ArgumentException($"trials: {Trials} is below 1.");
        if (Time <= TimeSpan.Zero)
            throw new ArgumentException($"time: {Time} is not above 0.");
        if (WithoutImprovement < 1)
            throw new ArgumentException($"without_improvement: {WithoutImprovement} is below 1.");
    }
}
