using Plumbline.Inference.Flags;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Inference.Flags;

public sealed class KnownFlagsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TryRead_Written_SaysTheSame()
    {
        var file = _folder.File("flags/known.json");
        var definition = FlagDefinition.Parse("""{"enabled": false, "filters": [{"time_window": {"start": "2026-11-02"}}]}""");
        new KnownFlags(7, new Dictionary<string, StoredFlag> { ["a"] = new(definition, 5) }).Write(file);
        var known = KnownFlags.TryRead(file)!;
        (known.Revision, known.Flags["a"].Revision, known.Flags["a"].Definition.ToJson()).ShouldBe((7, 5, definition.ToJson()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{\"revision\": 1}")]
    [InlineData("{\"revision\": 1, \"flags\": {\"a\": {\"revision\": 1, \"definition\": {\"filters\": [{\"percentage\": 500}]}}}}")]
    [InlineData("{\"revision\": 1, \"flags\": {\"a\": null}}")]
    public void TryRead_NoneOrDamaged_Null(string? content)
    {
        var file = _folder.File("known.json");
        if (content is not null)
            File.WriteAllText(file, content);
        KnownFlags.TryRead(file).ShouldBeNull();
    }
}
