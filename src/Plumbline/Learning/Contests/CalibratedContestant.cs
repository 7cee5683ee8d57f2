namespace Plumbline.Learning.Contests;

/// <summary>A model as a member of others.</summary>
/// <param name="Probabilities">Of the rows that it is judged on, n × K.</param>
internal sealed record CalibratedContestant(Contestant Contestant, Calibration Calibration, float[] Probabilities)
{
    public static CalibratedContestant Of(Contestant contestant, int[] labels, int classes)
    {
        var calibration = CalibrationFit.Fit(contestant.ValidScores, labels, classes, CalibrationMethod.Temperature, contestant.LosesPrior);
        var probabilities = contestant.ValidScores.ToArray();
        for (var row = 0; row < probabilities.Length; row += classes)
            calibration.Apply(probabilities.AsSpan(row, classes));
        return new CalibratedContestant(contestant, calibration, probabilities);
    }
}
