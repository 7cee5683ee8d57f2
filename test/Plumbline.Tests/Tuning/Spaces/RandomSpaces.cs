using FsCheck;
using FsCheck.Fluent;
using Plumbline.Statistics;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Tuning.Spaces;

/// <summary>Search spaces of every kind of parameter, about half of them under a condition.</summary>
public static class RandomSpaces
{
    public static Arbitrary<SearchSpace> Spaces() => Arb.From(Gen.Choose(0, int.MaxValue).Select(seed => Of((ulong)seed)));

    internal static SearchSpace Of(ulong seed)
    {
        var random = new RandomSource(seed);
        var parameters = new List<Parameter>();
        for (var count = 1 + random.NextInt32(7); parameters.Count < count;)
        {
            var parameter = One($"p{parameters.Count}", random);
            var parents = parameters.Where(parent => parent.Count is <= 20).ToArray();
            if (parents.Length > 0 && random.NextInt32(2) == 0)
            {
                var parent = parents[random.NextInt32(parents.Length)];
                parameter = parameter with { When = new(parent.Name, [.. Enumerable.Range(0, 1 + (int)(parent.Count!.Value / 2)).Select(i => parent.At(i))]) };
            }
            parameters.Add(parameter);
        }
        return new SearchSpace(parameters);
    }

    private static Parameter One(string name, RandomSource random)
    {
        var low = (random.NextDouble() * 20) - 10;
        var width = random.NextDouble() * 5;
        long integer = random.NextInt32(10);
        return random.NextInt32(7) switch
        {
            0 => new FloatParameter(name, low, low + width),
            1 => new FloatParameter(name, Math.Exp(low), Math.Exp(low + width), Log: true),
            2 => new FloatParameter(name, low, low + width, Step: width / (1 + (random.NextDouble() * 30))),
            3 => new IntParameter(name, integer - 5, integer + random.NextInt32(60)),
            4 => new IntParameter(name, integer + 1, integer + 1 + random.NextInt32(1000), Log: true),
            5 => new IntParameter(name, -integer, integer + 7, Step: 1 + random.NextInt32(6)),
            _ => new CategoricalParameter(name, [.. new ParameterValue[] { "a", true, 3, 0.5, "b", false, "3" }.Take(1 + random.NextInt32(7))]),
        };
    }
}
