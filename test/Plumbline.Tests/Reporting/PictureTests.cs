using Plumbline.Reporting;

namespace Plumbline.Tests.Reporting;

public sealed class PictureTests
{
    [Theory]
    [InlineData("reviews@champion", 142, false, "reviews@champion")]
    [InlineData("reviews@champion", 142, true, "reviews@champion")]
    [InlineData("hotel-reviews@champion", 142, false, "hotel-reviews@cham…")]
    [InlineData("hotel-reviews@champion", 142, true, "hotel-reviews@ch…")]
    [InlineData("WWWWWWWWWWWWWWWWWWWW", 142, true, "WWWWWWWWW…")]
    [InlineData("レビューの分類器と評判", 142, false, "レビューの分類器と…")]
    [InlineData("", 10, true, "")]
    public void Fit_Text_WholeOrCutWithAnEllipsis(string text, double width, bool isBold, string expected) => Picture.Fit(text, width, isBold).ShouldBe(expected);
}
