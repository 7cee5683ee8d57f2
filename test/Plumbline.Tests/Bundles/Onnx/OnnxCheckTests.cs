using System.Text;
using Plumbline.Bundles;
using Plumbline.Bundles.Onnx;
using Plumbline.Tests.Features;

namespace Plumbline.Tests.Bundles.Onnx;

public sealed class OnnxCheckTests
{
    [Fact]
    public void Run_GraphOfAnotherModel_IsNotTheSame()
    {
        using var published = PublishedBundle.OfReviews();
        using var bundle = Bundle.Open(published.Path);
        var model = OnnxExporter.Export(bundle);
        published.Rewrite(root =>
        {
            root["golden"]!.AsArray().Clear();
            root["calibration"]!["temperature"] = 1.01 * bundle.Manifest.Calibration.Temperature;
        });
        using var other = Bundle.Open(published.Path);
        var agreement = OnnxCheck.Run(other, model, [MadeUpRecords.Create(other, 100)], TestContext.Current.CancellationToken);
        agreement.IsSame.ShouldBeFalse();
        agreement.LargestDifference.ShouldBeGreaterThan(OnnxAgreement.Tolerance);
    }

    [Fact]
    public void Run_OtherOffsets_LabelsDiffer()
    {
        using var published = PublishedBundle.OfReviews(2);
        using var bundle = Bundle.Open(published.Path);
        var model = OnnxExporter.Export(bundle);
        published.Rewrite(root => root["decision"]!["offsets"]![0] = 3);
        using var other = Bundle.Open(published.Path);
        var agreement = OnnxCheck.Run(other, model, [MadeUpRecords.Create(other, 100)], TestContext.Current.CancellationToken);
        agreement.IsSame.ShouldBeFalse();
        agreement.DifferingLabels.ShouldBeGreaterThan(0);
        agreement.LargestDifference.ShouldBeLessThan(OnnxAgreement.Tolerance);
    }

    [Fact]
    public void Run_NoGraph_SaysSo()
    {
        using var published = PublishedBundle.OfReviews(2);
        using var bundle = Bundle.Open(published.Path);
        Should.Throw<BundleException>(() => OnnxCheck.Run(bundle, [1, 2, 3])).Message.ShouldContain("ONNX Runtime cannot run the graph");
        Should.Throw<BundleException>(() => OnnxCheck.Run(bundle, OnnxExporter.Export(bundle), [])).Message.ShouldContain("no records");
    }

    [Fact]
    public void Run_EveryCharacterThereIs_AnswersAsTheBundle()
    {
        using var published = PublishedBundle.OfReviews(2);
        using var bundle = Bundle.Open(published.Path);
        // Letters beside a word of the vocabulary show whether a character is lower-cased, is part of a word, ends one, or is one.
        var texts = Enumerable.Range(0, 0x110000).Where(Rune.IsValid).Select(value => new Rune(value))
            .Where(rune => Rune.GetUnicodeCategory(rune) is not (System.Globalization.UnicodeCategory.OtherNotAssigned or System.Globalization.UnicodeCategory.PrivateUse))
            .Where(rune => rune.Value is < 0x3400 or (> 0x9FFF and < 0xAC00) or (> 0xD7A3 and < 0x20000)).Chunk(64)
            .Select(runes => (string.Join(' ', runes.Select(rune => $"great{rune} {rune}good {rune}")), 0, new float[1]));
        var agreement = OnnxCheck.Run(bundle, OnnxExporter.Export(bundle), Batches.Of(4096, 1, texts), TestContext.Current.CancellationToken);
        agreement.Rows.ShouldBeGreaterThan(300);
        agreement.IsSame.ShouldBeTrue(agreement.ToString());
    }

    [Fact]
    public void Run_LongText_AnswersAsTheBundle()
    {
        using var published = PublishedBundle.OfReviews(2);
        using var bundle = Bundle.Open(published.Path);
        var text = string.Join(' ', Enumerable.Repeat("great story, terrible ending!", 4_000));
        var agreement = OnnxCheck.Run(bundle, OnnxExporter.Export(bundle), Batches.Of(16, 1, [("short", 0, new float[1]), (text, 0, [float.PositiveInfinity])]), TestContext.Current.CancellationToken);
        agreement.Rows.ShouldBe(2);
        agreement.IsSame.ShouldBeTrue(agreement.ToString());
    }
}
