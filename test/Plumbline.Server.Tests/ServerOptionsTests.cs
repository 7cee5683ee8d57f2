using Microsoft.Extensions.Options;

namespace Plumbline.Server.Tests;

public sealed class ServerOptionsTests
{
    private static readonly ServerOptions Valid = new() { Bundle = "bundles/1" };
    private static readonly ApiKey Key = new("shop", "0123456789abcdef", 60);

    public static TheoryData<string, object> Wrong => new()
    {
        { "server.bundle", Valid with { Bundle = " " } },
        { "server.model_version", Valid with { ModelVersion = 0 } },
        { "server.address", Valid with { Address = "example" } },
        { "server.port", Valid with { Port = 65_536 } },
        { "server.port", Valid with { Port = -1 } },
        { "server.grpc_port", Valid with { GrpcPort = 65_536 } },
        { "server.grpc_port", Valid with { GrpcPort = 8080 } },
        { "server.timeout_seconds", Valid with { Timeout = TimeSpan.Zero } },
        { "server.grace_seconds", Valid with { Grace = TimeSpan.FromDays(1) } },
        { "server.anonymous_requests_per_minute", Valid with { AnonymousRequestsPerMinute = 0 } },
        { "server.api_keys", Valid with { ApiKeys = [Key, Key] } },
        { "server.limits.body_bytes", Valid with { Limits = new() { BodyBytes = 0 } } },
        { "server.limits.items", Valid with { Limits = new() { Items = 0 } } },
        { "server.limits.text_length", Valid with { Limits = new() { TextLength = 0 } } },
        { "server.admission.concurrency", Valid with { Admission = new() { Concurrency = 0 } } },
        { "server.admission.queue_texts", Valid with { Admission = new() { QueueTexts = 0 } } },
        { "server.admission.wait_seconds", Valid with { Admission = new() { Wait = TimeSpan.Zero } } },
        { "server.admission.batch_texts", Valid with { Admission = new() { BatchTexts = 65 } } },
        { "server.limits.stream_items", Valid with { Limits = new() { StreamItems = 0 } } },
        { "server.limits.stream_bytes", Valid with { Limits = new() { StreamBytes = 0 } } },
        { "server.limits.json_depth", Valid with { Limits = new() { JsonDepth = 2 } } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Validate_WrongValue_NamesTheKey(string key, object options) =>
        Should.Throw<OptionsValidationException>(((ServerOptions)options).Validate).Message.ShouldStartWith($"{key}:");

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("192.0.2.7")]
    public void Validate_OutsideLoopbackWithoutKey_Refused(string address)
    {
        Should.Throw<OptionsValidationException>((Valid with { Address = address }).Validate).Message.ShouldContain("server.api_keys");
        (Valid with { Address = address, ApiKeys = [Key] }).Validate();
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("localhost")]
    public void Validate_LoopbackWithoutKey_Accepted(string address) => (Valid with { Address = address }).Validate();

    [Theory]
    [InlineData("", "0123456789abcdef", 1)]
    [InlineData("shop", "short-secret", 1)]
    [InlineData("shop", "0123456789abcde\u00e9", 1)]
    [InlineData("shop", "0123456789abcdef", 0)]
    public void ApiKey_WrongValue_RefusedWithoutTheSecret(string name, string secret, int quota) =>
        Should.Throw<ArgumentException>(() => new ApiKey(name, secret, quota)).Message.ShouldNotContain(secret);
}
