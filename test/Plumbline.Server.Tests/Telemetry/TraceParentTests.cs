using System.Diagnostics;
using FsCheck.Xunit;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Plumbline.Server.Telemetry;
using Plumbline.Telemetry;

namespace Plumbline.Server.Tests.Telemetry;

public sealed class TraceParentTests
{
    private const string Valid = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    [Theory]
    [InlineData(Valid)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fb")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-fe")]
    [InlineData("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    [InlineData("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01")]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01")]
    [InlineData("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0")]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01")]
    [InlineData("")]
    public void TryParse_AnyText_AsTheRuntime(string header) => ShouldBeAsTheRuntime(header);

    [Property(MaxTest = 500)]
    public void TryParse_OneCharacterChanged_AsTheRuntime(byte place, byte character)
    {
        const string Likely = "0f-gF_ ";
        var changed = Valid.ToCharArray();
        changed[place % changed.Length] = Likely[character % Likely.Length];
        ShouldBeAsTheRuntime(new string(changed));
    }

    [Fact]
    public void Begin_NotSampled_AllocatesNothing()
    {
        var spans = new RequestSpans(new TraceSampling(0, FollowsParent: true));
        var (ours, theirs) = (new DefaultHttpContext(), new DefaultHttpContext());
        ours.Response.Headers[RequestId.Header] = "0193a5a0b0c07000800000000000abcd";
        theirs.Request.Headers.TraceParent = Valid[..^1] + "0";
        for (var i = 0; i < 1000; i++)
        {
            spans.Begin(ours).ShouldBeNull();
            spans.Begin(theirs);
        }
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            spans.Begin(ours);
            spans.Begin(theirs);
        }
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static void ShouldBeAsTheRuntime(string header)
    {
        // The runtime does not look at what stands between.
        var isValid = ActivityContext.TryParse(header, null, out var expected) && (header[2], header[35], header[52]) == ('-', '-', '-');
        TraceParent.TryParse(new StringValues(header), out var parsed).ShouldBe(isValid, header);
        if (isValid)
            (TraceId.ToHex(parsed.TraceId), parsed.IsSampled).ShouldBe((expected.TraceId.ToHexString(), (expected.TraceFlags & ActivityTraceFlags.Recorded) != 0), header);
    }
}
