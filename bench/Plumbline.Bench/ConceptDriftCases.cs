using MathNet.Numerics.Distributions;
using Plumbline.Inference.Feedback;
using Plumbline.Inference.Logging;
using Plumbline.Monitoring;
using Plumbline.Statistics;

namespace Plumbline.Bench;

/// <summary>How often concept drift is found in streams of labels whose change is known, and where there is none.</summary>
internal sealed class ConceptDriftCases(int windows, ulong seed)
{
    private const int Labels = 1_000;
    private const double Loss = 0.05;

    /// <summary>A label of an answer, before or after the change.</summary>
    public delegate SettledFeedback Draw(RandomSource random, bool isChanged);

    /// <summary>Errors of which probabilities tell nothing, over five labels.</summary>
    public static Draw AtRandom(double share)
    {
        string[] labels = ["1", "2", "3", "4", "5"];
        LoggedPrediction[] answers = [.. labels.Select(answer => Prediction(labels, answer, [.. labels.Select(label => (float)(label == answer ? 1 - share : share / 4))]))];
        return (random, isChanged) =>
        {
            var answer = random.NextInt32(5);
            var isError = random.NextDouble() < share + (isChanged ? Loss : 0);
            return Labelled(answers[answer], labels[isError ? (answer + 1 + random.NextInt32(4)) % 5 : answer]);
        };
    }

    /// <summary>Answers of a model with their true labels, of which some that are right get any other label after the change.</summary>
    public static Draw OfAModel(IReadOnlyList<SettledFeedback> answers, string[] labels)
    {
        var right = (double)answers.Count(one => one.Label == one.Prediction.Label) / answers.Count;
        return (random, isChanged) =>
        {
            var one = answers[random.NextInt32(answers.Count)];
            return isChanged && one.Label == one.Prediction.Label && random.NextDouble() < Loss / right
                ? one with { Label = labels[(Array.IndexOf(labels, one.Label) + 1 + random.NextInt32(labels.Length - 1)) % labels.Length] }
                : one;
        };
    }

    /// <summary>The same, of which some with one true label get the other after the change, and, unless it is one way, the reverse.</summary>
    /// <returns>Null: so much cannot be lost by it.</returns>
    public static Draw? OfMeaning(IReadOnlyList<SettledFeedback> answers, string from, string to, bool isOneWay)
    {
        var most = answers.Sum(one => Moved(one) is not { } moved ? 0 : (one.Label == one.Prediction.Label ? 1 : 0) - (moved == one.Prediction.Label ? 1 : 0)) / (double)answers.Count;
        return most < Loss ? null : (random, isChanged) =>
        {
            var one = answers[random.NextInt32(answers.Count)];
            return isChanged && Moved(one) is { } moved && random.NextDouble() < Loss / most ? one with { Label = moved } : one;
        };

        string? Moved(SettledFeedback one) => one.Label == from ? to : one.Label == to && !isOneWay ? from : null;
    }

    public static SettledFeedback Labelled(LoggedPrediction prediction, string label) => new(prediction, label, null, DateTimeOffset.UnixEpoch);

    public static LoggedPrediction Prediction(IReadOnlyList<string> labels, string answer, IReadOnlyList<float> probabilities) => new(
        Guid.Empty, DateTimeOffset.UnixEpoch, "reviews/3", "", null, null, null, answer, labels, probabilities, TimeSpan.Zero, new Dictionary<string, float?>(), new Dictionary<string, string?>(), null);

    /// <summary>Tells how many windows have a false alarm, and in how many a loss is found.</summary>
    /// <param name="before">Still labels before the window.</param>
    public void Tell(string what, int before, Draw draw)
    {
        var tests = Found(before, draw, isChanged: false);
        var alarms = tests.Length;
        Console.WriteLine($"{what}, after {before:n0} labels: false alarms in {alarms} of {windows} still windows of {Labels:n0} ({(double)alarms / windows:p1}, 95 % interval to {Beta.InvCDF(alarms + 1, windows - alarms, 0.975):p1}; {string.Join(", ", tests.CountBy(test => test).OrderBy(test => test.Key, StringComparer.Ordinal).Select(test => $"{test.Key} {test.Value}"))}); {TellFound(before, draw)}");
    }

    public string TellFound(int before, Draw draw)
    {
        var found = Found(before, draw, isChanged: true).Length;
        return $"{Loss * 100:0} points lost found within {Labels:n0} labels in {found} of {windows} ({(double)found / windows:p1})";
    }

    /// <summary>False alarms of a long life.</summary>
    public void TellLife(string what, int labels, Draw draw)
    {
        const int Lives = 20;
        var alarms = Enumerable.Range(1, Lives).AsParallel().Sum(life =>
        {
            var (random, drift, found) = (RandomSource.Fork(seed, (ulong)(1_000_000 + life)), new ConceptDrift(), 0);
            for (var label = 0; label < labels; label++)
            {
                var last = drift.Changes.LastOrDefault();
                drift.Add(draw(random, false));
                found += ReferenceEquals(last, drift.Changes.LastOrDefault()) ? 0 : 1;
            }
            return found;
        });
        Console.WriteLine($"{what}: {alarms} false alarms in {Lives} lives of {labels:n0} still labels, {1_000.0 * alarms / Lives / labels:0.000} in 1,000");
    }

    /// <summary>What found a change first in each window after still labels in which one is found.</summary>
    private string[] Found(int before, Draw draw, bool isChanged) => [.. Enumerable.Range(1, windows).AsParallel().AsOrdered().Select(window =>
    {
        var (random, drift) = (RandomSource.Fork(seed, (ulong)window), new ConceptDrift());
        for (var label = 0; label < before; label++)
            drift.Add(draw(random, false));
        for (var label = 0; label < Labels; label++)
            drift.Add(draw(random, isChanged));
        return drift.Changes.FirstOrDefault(change => change.Label > before)?.Test;
    }).OfType<string>()];
}
