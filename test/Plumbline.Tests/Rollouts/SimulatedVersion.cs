using Plumbline.Rollouts;
using Plumbline.Statistics;

namespace Plumbline.Tests.Rollouts;

/// <summary>How a version behaves towards simulated users.</summary>
internal sealed record SimulatedVersion(string Name)
{
    public double Accuracy { get; init; } = 0.8;

    public double ErrorRate { get; init; } = 0.002;

    /// <summary>Of latency, which is log-normal.</summary>
    public double MedianMilliseconds { get; init; } = 18;

    /// <summary>Of confidence.</summary>
    public double Confidence { get; init; } = 0.8;

    /// <summary>Share of rows answered otherwise than by the stable version.</summary>
    public double Disagreement { get; init; } = 0.1;

    public double Conversion { get; init; } = 0.1;

    /// <summary>Share of answers that feedback comes for.</summary>
    public double Feedback { get; init; } = 0.3;

    public double InputDrift { get; init; } = 0.05;

    /// <summary>What a server counts while it answers so many requests, each of another user.</summary>
    public VersionSums Answer(RandomSource random, int requests)
    {
        var (latency, confidence, squares, bins) = (new LatencyHistogram(), 0.0, 0.0, new long[VersionSums.Bins]);
        for (var request = 0; request < requests; request++)
        {
            latency.Record((long)(1000 * MedianMilliseconds * Math.Exp(0.25 * random.NextGaussian())));
            var value = Math.Clamp(Confidence + (0.1 * random.NextGaussian()), 0, 1);
            (confidence, squares) = (confidence + value, squares + (value * value));
            bins[Math.Min(VersionSums.Bins - 1, (int)(value * VersionSums.Bins))]++;
        }
        var differ = Binomial.Draw(random, requests, Disagreement);
        return new VersionSums
        {
            Units = requests,
            Requests = requests,
            Errors = Binomial.Draw(random, requests, ErrorRate),
            Latency = latency,
            Confidence = new MeanSums(requests, confidence, squares, []),
            ConfidenceBins = bins,
            Confusion = Labelled(random, Binomial.Draw(random, requests, Feedback)),
            Outcome = Converted(random, requests),
            Compared = new ComparedSums([new("good", "bad", differ), new("good", "good", requests - differ)], 0.5 * differ, []),
            InputDrift = InputDrift,
        };
    }

    /// <summary>Feedback on rows of two labels.</summary>
    public IReadOnlyList<LabelPair> Labelled(RandomSource random, int rows)
    {
        var good = Binomial.Draw(random, rows, 0.6);
        var (goodRight, badRight) = (Binomial.Draw(random, good, Accuracy), Binomial.Draw(random, rows - good, Accuracy));
        return [new("bad", "bad", badRight), new("bad", "good", rows - good - badRight), new("good", "bad", good - goodRight), new("good", "good", goodRight)];
    }

    private MeanSums Converted(RandomSource random, int rows)
    {
        var converted = Binomial.Draw(random, rows, Conversion);
        return new MeanSums(rows, converted, converted, []);
    }
}
