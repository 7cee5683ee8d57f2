using Plumbline.Datasets;

namespace Plumbline.Tests.Datasets;

public sealed class TimeParserTests
{
    [Theory]
    [InlineData("2010-09-02", "2010-09-02T00:00:00Z")]
    [InlineData("09 2, 2010", "2010-09-02T00:00:00Z")]
    [InlineData("11 23, 2010", "2010-11-23T00:00:00Z")]
    [InlineData("20100902", "2010-09-02T00:00:00Z")]
    [InlineData("2010/09/02", "2010-09-02T00:00:00Z")]
    [InlineData("1283385600", "2010-09-02T00:00:00Z")]
    [InlineData("1283385600000", "2010-09-02T00:00:00Z")]
    [InlineData("1283385600000000", "2010-09-02T00:00:00Z")]
    [InlineData("2010-09-02T10:20:30+02:00", "2010-09-02T08:20:30Z")]
    [InlineData("2010-09-02 10:20:30", "2010-09-02T10:20:30Z")]
    [InlineData("2010-09-02 10:20:30.123456+00", "2010-09-02T10:20:30.123456Z")]
    [InlineData(" 2010-09-02T10:20:30Z ", "2010-09-02T10:20:30Z")]
    [InlineData("1900-01-01", "1900-01-01T00:00:00Z")]
    [InlineData("-2208988800", "1900-01-01T00:00:00Z")]
    [InlineData("2038-01-19 03:14:08", "2038-01-19T03:14:08Z")]
    [InlineData("2147483648", "2038-01-19T03:14:08Z")]
    [InlineData("2199-12-31T23:59:59.9Z", "2199-12-31T23:59:59.9Z")]
    public void TryParse_KnownForms_InUtc(string value, string expected)
    {
        TimeParser.TryParse(value, out var microseconds).ShouldBeTrue();
        DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds).ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", null).ShouldBe(expected);
    }

    [Theory]
    [InlineData("")]
    [InlineData("02/09/2010")]
    [InlineData("2010")]
    [InlineData("yesterday")]
    [InlineData("2010-13-45")]
    [InlineData("0102-03-04")]
    [InlineData("1899-12-31T23:59:59Z")]
    [InlineData("2200-01-01")]
    [InlineData("9999-12-31")]
    [InlineData("99999999999")]
    [InlineData("999999999999999999")]
    public void TryParse_UnknownOrAmbiguous_IsRefused(string value) => TimeParser.TryParse(value, out _).ShouldBeFalse();
}
