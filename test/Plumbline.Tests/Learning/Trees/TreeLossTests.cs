using Plumbline.Learning.Trees;
using Plumbline.Statistics;

namespace Plumbline.Tests.Learning.Trees;

public sealed class TreeLossTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Derive_Softmax_FirstDerivativesOfTheLogLoss(int classes)
    {
        var random = new RandomSource(3);
        var labels = Enumerable.Range(0, 30).Select(_ => random.NextInt32(classes)).ToArray();
        var weights = Enumerable.Range(0, classes).Select(k => 0.5f + k).ToArray();
        var loss = new SoftmaxLoss(labels, classes, weights);
        var scores = Enumerable.Range(0, loss.Outputs * labels.Length).Select(_ => random.NextGaussian()).ToArray();
        var (gradients, hessians) = (new float[scores.Length], new float[scores.Length]);
        loss.Derive(scores, gradients, hessians);
        for (var i = 0; i < scores.Length; i++)
        {
            const double Step = 1e-5;
            var (more, less) = (scores.ToArray(), scores.ToArray());
            (more[i], less[i]) = (scores[i] + Step, scores[i] - Step);
            var slope = (LogLoss(more) - LogLoss(less)) / (2 * Step);
            var curvature = (LogLoss(more) - (2 * LogLoss(scores)) + LogLoss(less)) / (Step * Step);
            ((double)gradients[i]).ShouldBe(slope, 1e-4);
            ((double)hessians[i]).ShouldBe(curvature * (classes == 2 ? 1 : classes / (classes - 1.0)), 1e-3);
        }

        double LogLoss(double[] at) => Enumerable.Range(0, labels.Length).Sum(row =>
        {
            var scored = Enumerable.Range(0, classes).Select(k => classes == 2 ? k * (at[row] + loss.Base[0]) : at[(k * labels.Length) + row] + loss.Base[k]).ToArray();
            return weights[labels[row]] * (Math.Log(scored.Sum(Math.Exp)) - scored[labels[row]]);
        });
    }

    [Fact]
    public void Base_Softmax_LogarithmsOfTheShares()
    {
        var loss = new SoftmaxLoss([0, 0, 0, 1], 3, classWeights: null);
        loss.Base.Select(value => (double)MathF.Exp(value)).ShouldBe([0.75, 0.25, 0.125], 1e-6);
        new SoftmaxLoss([0, 0, 0, 1], 2, classWeights: null).Base.ShouldBe([MathF.Log(1 / 3f)], 1e-6f);
    }

    [Fact]
    public void Derive_Shares_NewtonsStepIsTheShareOfTheLeaf()
    {
        int[] labels = [0, 0, 1, 2, 2, 2];
        var loss = new ShareLoss(labels, 3, classWeights: null);
        var (gradients, hessians) = (new float[18], new float[18]);
        loss.Derive(new double[18], gradients, hessians);
        int[] leaf = [1, 2, 3, 4];
        for (var k = 0; k < 3; k++)
        {
            var step = -leaf.Sum(row => gradients[(k * 6) + row]) / leaf.Sum(row => hessians[(k * 6) + row]);
            (loss.Base[k] + step).ShouldBe(leaf.Count(row => labels[row] == k) / 4f, 1e-6f);
        }
    }

    [Fact]
    public void Finish_Shares_LogarithmsWithinBounds()
    {
        float[] three = [0.4f, -3f, 9f];
        TreeEvaluation.Finish(three, [0.1f, 0.1f, 0.1f], TreeLink.Share, 2);
        three.ShouldBe([MathF.Log(0.3f), MathF.Log(1e-5f), 0]);
        float[] two = [7, 0.8f];
        TreeEvaluation.Finish(two, [0.35f], TreeLink.Share, 2);
        two[0].ShouldBe(0);
        two[1].ShouldBe(MathF.Log(0.75f) - MathF.Log(0.25f), 1e-6f);
    }
}
