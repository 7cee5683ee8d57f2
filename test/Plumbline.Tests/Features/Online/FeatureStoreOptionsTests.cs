using Plumbline.Features.Online;

namespace Plumbline.Tests.Features.Online;

public sealed class FeatureStoreOptionsTests
{
    public static TheoryData<FeatureStoreOptions, string> Wrong => new()
    {
        { new() { Kind = FeatureStoreKind.Redis }, "features.store.address" },
        { new() { Kind = FeatureStoreKind.Redis, Address = "localhost:1,password=secret" }, "features.store.address" },
        { new() { Kind = FeatureStoreKind.Embedded }, "folder" },
        { new() { Folder = "f", Address = "localhost:1" }, "features.store.address" },
        { new() { Folder = "f", Prefix = "a{b" }, "features.store.prefix" },
        { new() { Folder = "f", TimeToLive = TimeSpan.Zero }, "features.store.ttl" },
        { new() { Folder = "f", LookupTimeout = TimeSpan.Zero }, "features.store.timeout_seconds" },
        { new() { Folder = "f", Defaults = new Dictionary<string, double> { ["user_avg_lenght"] = 1 } }, "user_avg_lenght" },
        { new() { Folder = "f", Defaults = new Dictionary<string, double> { ["user_avg_len"] = double.NaN } }, "user_avg_len" },
        { new() { Folder = "f", Defaults = new Dictionary<string, double> { ["user_avg_len"] = 1e300 } }, "user_avg_len" },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void Validate_Wrong_NamesTheKeyNotTheSecret(FeatureStoreOptions options, string key)
    {
        var message = Should.Throw<ArgumentException>(options.Validate).Message;
        message.ShouldContain(key);
        message.ShouldNotContain("secret");
    }

    [Fact]
    public void ToString_WithPassword_DoesNotShowIt() =>
        $"{new FeatureStoreOptions { Kind = FeatureStoreKind.Redis, Address = "h:1", Password = "hunter2" }}".ShouldBe("redis h:1");
}
