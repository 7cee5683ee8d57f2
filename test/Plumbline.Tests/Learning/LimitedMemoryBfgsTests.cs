using Plumbline.Learning;
using Plumbline.Statistics;

namespace Plumbline.Tests.Learning;

public sealed class LimitedMemoryBfgsTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(10, 30)]
    [InlineData(40, 100)]
    public void Minimize_Quadratic_FindsTheLeast(int size, double condition)
    {
        var random = new RandomSource(5);
        var (middle, curvature) = (new double[size], new double[size]);
        for (var i = 0; i < size; i++)
            (middle[i], curvature[i]) = (random.NextGaussian(), Math.Pow(condition, random.NextDouble()));
        var at = new double[size];
        LimitedMemoryBfgs.Minimize(at, (point, gradient) =>
        {
            double value = 0;
            for (var i = 0; i < size; i++)
            {
                gradient[i] = curvature[i] * (point[i] - middle[i]);
                value += gradient[i] * (point[i] - middle[i]) / 2;
            }
            return value;
        });
        for (var i = 0; i < size; i++)
            at[i].ShouldBe(middle[i], 1e-2);
    }

    [Fact]
    public void Minimize_AtTheLeast_Stays()
    {
        double[] at = [3];
        LimitedMemoryBfgs.Minimize(at, (point, gradient) =>
        {
            gradient[0] = 2 * (point[0] - 3);
            return (point[0] - 3) * (point[0] - 3);
        });
        at.ShouldBe([3.0]);
    }
}
