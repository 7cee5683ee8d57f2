using Plumbline.Projects;

namespace Plumbline.Tests.Projects;

public sealed class FlagsSectionTests
{
    [Fact]
    public void Read_Flags_AsJsonWouldSay()
    {
        var flags = Read("""
            flags:
              explanations: {enabled: false}
              new-page:
                requirement: all
                filters:
                  - targeting: {users: [ann, "7"], default_rollout_percentage: 2.5}
                  - time_window: {start: 2026-12-01T00:00:00Z}
              button:
                variants: [{name: "1", value: "10"}, {name: "2", value: "true"}]
                allocation: {default_when_enabled: "1", default_when_disabled: "1"}
              plain: {}
            """).Flags;
        flags.Keys.ShouldBe(["explanations", "new-page", "button", "plain"]);
        flags["explanations"].Enabled.ShouldBeFalse();
        flags["new-page"].ToJson().ShouldBe("""{"enabled":true,"requirement":"all","filters":[{"targeting":{"users":["ann","7"],"default_rollout_percentage":2.5}},{"time_window":{"start":"2026-12-01T00:00:00+00:00"}}]}""");
        flags["button"].Variants!.Select(variant => variant.Value.GetString()).ShouldBe(["10", "true"]);
        Read("project: a").Flags.ShouldBeEmpty();
        Read("flags:").Flags.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("flags: {a: {enable: true}}", "line 1: flags.a is no flag: enable: this is no flag")]
    [InlineData("flags: {a: {filters: [{percentage: 120}]}}", "flags.a is no flag: filters[0].percentage: 120 is not within 0 and 100.")]
    [InlineData("flags:\n  b: {}\n  a b: {}", "line 3: flags.a b is no flag: The flag's name 'a b'")]
    [InlineData("flags:\n  a:", "flags.a is no flag")]
    [InlineData("flags: [a]", "flags is a section")]
    [InlineData("flags: {a: {enabled: !!bool true}}", "flags.a.enabled has the tag")]
    public void Read_Wrong_RefusedWithTheKeyAndLine(string yaml, string message) => Should.Throw<ProjectException>(() => Read(yaml)).Message.ShouldContain(message);

    [Fact]
    public void Read_Cache_EveryKeyIsTaken()
    {
        var cache = Read("server: {cache: {memory_mib: 3, ttl_seconds: 60, redis: {address: \"127.0.0.1:6379\", password: x, tls: true, prefix: shop, timeout_seconds: 0.2}}}").Server.Cache!;
        (cache.Always, cache.MemoryBytes, cache.TimeToLive).ShouldBe((true, 3 * 1024 * 1024, TimeSpan.FromMinutes(1)));
        (cache.Redis!.Address, cache.Redis.Password, cache.Redis.Tls, cache.Redis.Prefix, cache.Redis.Timeout).ShouldBe(("127.0.0.1:6379", "x", true, "shop", TimeSpan.FromMilliseconds(200)));
        cache.ToString().ShouldNotContain("Password");
        Read("server: {cache: {}}").Server.Cache!.Always.ShouldBeTrue();
        Read("server: {port: 1}").Server.Cache.ShouldBeNull();
    }

    [Theory]
    [InlineData("memory_mib: -1", "server.cache.memory_mib")]
    [InlineData("ttl_seconds: 0.5", "server.cache.ttl_seconds")]
    [InlineData("ttl: 5", "unknown key 'server.cache.ttl'")]
    [InlineData("redis: {prefix: a}", "server.cache.redis.address")]
    [InlineData("redis: {address: a, prefix: a b}", "server.cache.redis.prefix")]
    [InlineData("redis: {address: a, timeout_seconds: 0}", "server.cache.redis.timeout_seconds")]
    public void Read_CacheWrong_RefusedWithTheKey(string key, string message) => Should.Throw<ProjectException>(() => Read($"server: {{cache: {{{key}}}}}")).Message.ShouldContain(message);

    private static Project Read(string yaml) => ProjectReader.Read("/plumbline.yaml", new StringReader(yaml), []);
}
