using Plumbline.Learning.Models;

namespace Plumbline.Learning.Contests;

/// <summary>
/// Fits the weights of a stacking: multinomial logistic regression over members' log-probabilities. The weight of a member for a label is 1 ÷ members + what the member has for
/// all labels + what it has for this one; both and the biases are drawn to 0 by a squared penalty, so that where it is strong the plain mean is left, and where it is not quite so
/// strong a weight for each member. Thread-safe.
/// </summary>
internal sealed class StackingFit
{
    /// <summary>Share of the penalty that is on what a member has for all labels: all rows tell of it, and few weights cannot be fitted to noise.</summary>
    private const double SharedPenalty = 0.01;

    private readonly float[][] _logs;
    private readonly int[] _labels;
    private readonly int _classes;

    /// <param name="members">Probabilities of each member, n × K.</param>
    public StackingFit(IReadOnlyList<float[]> members, int[] labels, int classes)
    {
        _logs = [.. members.Select(member => Array.ConvertAll(member, StackingScorer.LogOf))];
        (_labels, _classes) = (labels, classes);
    }

    private int Members => _logs.Length;

    /// <summary>Weights for each penalty, one fit beginning where the one before ended.</summary>
    /// <param name="penalties">Of half a squared unit, against the log-loss summed over rows; the strongest first.</param>
    public StackingWeights[] Path(int[] rows, ReadOnlySpan<double> penalties)
    {
        // What a member has for all labels, for each label; biases.
        var parameters = new double[Members + (Members * _classes) + _classes];
        var path = new StackingWeights[penalties.Length];
        for (var i = 0; i < penalties.Length; i++)
        {
            var penalty = penalties[i];
            LimitedMemoryBfgs.Minimize(parameters, (at, gradient) => Loss(rows, penalty, at, gradient));
            path[i] = new StackingWeights(
                Array.ConvertAll(Weights(parameters), weight => (float)weight), Array.ConvertAll(parameters[^_classes..], bias => (float)bias));
        }
        return path;
    }

    private double[] Weights(ReadOnlySpan<double> parameters)
    {
        var weights = new double[Members * _classes];
        for (var i = 0; i < weights.Length; i++)
            weights[i] = (1.0 / Members) + parameters[i / _classes] + parameters[Members + i];
        return weights;
    }

    private double Loss(int[] rows, double penalty, ReadOnlySpan<double> at, Span<double> gradient)
    {
        var weights = Weights(at);
        gradient.Clear();
        var slopes = gradient.Slice(Members, Members * _classes);
        var biases = at[^_classes..];
        var scores = new double[_classes];
        double loss = 0;
        foreach (var row in rows)
        {
            biases.CopyTo(scores);
            for (var member = 0; member < Members; member++)
                AddProducts(scores, weights.AsSpan(member * _classes, _classes), _logs[member].AsSpan(row * _classes, _classes));
            loss += Surprise(scores, _labels[row]);
            for (var member = 0; member < Members; member++)
                AddProducts(slopes.Slice(member * _classes, _classes), scores, _logs[member].AsSpan(row * _classes, _classes));
            for (var k = 0; k < _classes; k++)
                gradient[gradient.Length - _classes + k] += scores[k];
        }
        for (var i = 0; i < slopes.Length; i++)
            gradient[i / _classes] += slopes[i];
        for (var i = 0; i < at.Length; i++)
        {
            var own = i < Members ? SharedPenalty * penalty : penalty;
            loss += own / 2 * at[i] * at[i];
            gradient[i] += own * at[i];
        }
        return loss;
    }

    /// <summary>Log-loss of a row; its scores become the derivatives by them.</summary>
    private static double Surprise(Span<double> scores, int label)
    {
        var most = double.NegativeInfinity;
        foreach (var score in scores)
            most = Math.Max(most, score);
        var own = scores[label];
        double sum = 0;
        foreach (ref var score in scores)
            sum += score = Math.Exp(score - most);
        foreach (ref var score in scores)
            score /= sum;
        scores[label] -= 1;
        return most + Math.Log(sum) - own;
    }

    private static void AddProducts(Span<double> sums, ReadOnlySpan<double> factors, ReadOnlySpan<float> values)
    {
        for (var k = 0; k < sums.Length; k++)
            sums[k] += factors[k] * values[k];
    }
}
