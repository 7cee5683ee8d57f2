using Plumbline.Server.Generations;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Tests.Generations;

public sealed class GenerationNumbersTests
{
    [Fact]
    public void Take_MoreThanThereAre_InTurnAndNoneThatIsTaken()
    {
        var numbers = new GenerationNumbers();
        (numbers.Take(), numbers.Take()).ShouldBe((0, 1));
        // One is loaded all the time, as what is stable is; others come and go.
        for (var i = 2; i < (3 * RequestIds.Generations) + 2; i++)
        {
            var number = numbers.Take();
            number.ShouldBeInRange(1, RequestIds.Generations - 1);
            numbers.Return(number);
            if (i == 2)
                numbers.Return(1);
        }
        numbers.Return(0);
        Enumerable.Range(0, RequestIds.Generations).Select(_ => numbers.Take()).Distinct().Count().ShouldBe(RequestIds.Generations);
    }
}
