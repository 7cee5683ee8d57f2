using Plumbline.Learning.Models;

namespace Plumbline.Learning.Contests;

/// <summary>What turns members' probabilities into scores. Immutable.</summary>
/// <param name="Weights">Members × K.</param>
/// <param name="Biases">One a label.</param>
internal sealed record StackingWeights(float[] Weights, float[] Biases)
{
    /// <summary>Scores of one row.</summary>
    /// <param name="members">Probabilities of each member, n × K.</param>
    public void Score(IReadOnlyList<float[]> members, int row, Span<float> scores)
    {
        var classes = Biases.Length;
        Biases.CopyTo(scores);
        for (var member = 0; member < members.Count; member++)
            StackingScorer.Add(members[member].AsSpan(row * classes, classes), Weights.AsSpan(member * classes, classes), scores);
    }

    /// <summary>Mean weight of a member over the labels.</summary>
    public float Mean(int member)
    {
        double sum = 0;
        foreach (var weight in Weights.AsSpan(member * Biases.Length, Biases.Length))
            sum += weight;
        return (float)(sum / Biases.Length);
    }
}
