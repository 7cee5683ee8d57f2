using Plumbline.Inference.Batch;

namespace Plumbline.Tests.Inference.Batch;

public sealed class ErrorLimitTests
{
    [Theory]
    [InlineData("0", 0L, null)]
    [InlineData("100", 100L, null)]
    [InlineData("2.5%", null, 0.025)]
    [InlineData("100%", null, 1.0)]
    public void TryParse_ARightOne_ReadAndWritten(string text, long? rows, double? share)
    {
        ErrorLimit.TryParse(text, out var limit).ShouldBeTrue();
        limit.ShouldBe(new ErrorLimit(rows, share));
        limit.ToString().ShouldBe(text);
    }

    [Theory]
    [InlineData("101%")]
    [InlineData("NaN%")]
    [InlineData("Infinity%")]
    [InlineData("-Infinity%")]
    [InlineData("-1%")]
    [InlineData("-1")]
    [InlineData("%")]
    [InlineData("")]
    public void TryParse_NoNumberOrShare_Refused(string text) => ErrorLimit.TryParse(text, out _).ShouldBeFalse();
}
