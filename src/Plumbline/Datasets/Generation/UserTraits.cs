using Plumbline.Statistics;

namespace Plumbline.Datasets.Generation;

/// <summary>What all reviews of one user have in common.</summary>
internal readonly record struct UserTraits(
    double Bias, double Verbosity, double Excitement, double Sloppiness, double EmojiRate, bool LowerCase)
{
    public static UserTraits Of(ulong seed, long user)
    {
        var random = RandomSource.Fork(seed ^ 0x75736572_75736572, (ulong)user);
        return new UserTraits(
            Bias: random.NextGaussian(),
            Verbosity: 0.5 * random.NextGaussian(),
            Excitement: random.NextDouble(),
            Sloppiness: 2 * random.NextDouble(),
            EmojiRate: random.NextDouble() < 0.1 ? 0.15 : 0.002,
            LowerCase: random.NextDouble() < 0.04);
    }
}
