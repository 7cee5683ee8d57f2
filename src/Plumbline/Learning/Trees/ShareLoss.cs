namespace Plumbline.Learning.Trees;

/// <summary>
/// Half the squared distance to the indicator of each class from the class's share, whatever trees came before: the leaves of every tree hold class shares less those of
/// all rows, and the mean over rounds is a random forest (Breiman 2001). LightGBM's own <c>rf</c> takes Newton's steps on the log-loss instead, which overrate rare
/// classes: their step is the difference of shares divided by share × (1 − share).
/// </summary>
internal sealed class ShareLoss(int[] labels, int classes, float[]? classWeights) : TreeLoss(labels, classes, classWeights)
{
    public override TreeLink Link => TreeLink.Share;

    public override float[] Base => [.. Shares.Skip(Classes - Outputs).Select(share => (float)share)];

    public override bool FollowsScores => false;

    public override void Derive(ReadOnlySpan<double> scores, Span<float> gradients, Span<float> hessians)
    {
        var first = Classes - Outputs;
        for (var output = 0; output < Outputs; output++)
        {
            var share = Shares[output + first];
            for (var row = 0; row < Rows; row++)
            {
                var weight = Weights[Labels[row]];
                gradients[(output * Rows) + row] = (float)(weight * (share - (Labels[row] == output + first ? 1 : 0)));
                hessians[(output * Rows) + row] = weight;
            }
        }
    }
}
