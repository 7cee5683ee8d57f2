using System.Text.Json.Nodes;
using Plumbline.Bundles;
using Plumbline.Bundles.Onnx;
using Plumbline.Bundles.Onnx.Proto;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning;
using Plumbline.Tests.Learning;
using Plumbline.Text;

namespace Plumbline.Tests.Bundles.Onnx;

public sealed class OnnxExporterTests
{
    private static readonly TrainingOptions Plain = GeneratedReviews.Options with { Features = GeneratedReviews.Features with { MaxFeatures = 400 } };

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Export_TextsWordsNumbers_AnswersAsTheBundle(int classes)
    {
        using var published = PublishedBundle.OfReviews(classes);
        using var bundle = Bundle.Open(published.Path);
        var agreement = OnnxCheck.Run(bundle, OnnxExporter.Export(bundle), cancellation: TestContext.Current.CancellationToken);
        agreement.Rows.ShouldBe(OnnxCheck.Rows);
        agreement.LargestDifference.ShouldBeLessThan(2e-6);
        agreement.DifferingLabels.ShouldBe(0);
    }

    [Theory]
    [InlineData("characters and words")]
    [InlineData("characters")]
    [InlineData("one character")]
    [InlineData("three words")]
    [InlineData("pairs only")]
    [InlineData("counts as they are")]
    [InlineData("no numeric features")]
    [InlineData("no n-gram is frequent enough")]
    [InlineData("nothing but the intercept")]
    [InlineData("isotonic")]
    [InlineData("svm")]
    [InlineData("offsets")]
    public void Export_EveryKindOfContract_AnswersAsTheBundle(string kind)
    {
        var features = Plain.Features;
        var none = new NumericOptions(FromText: false);
        var options = kind switch
        {
            "characters and words" => Plain with { Features = features with { Ngrams = new NgramOptions(1, 1, 2, 5) } },
            "characters" => Plain with { Features = features with { Ngrams = new NgramOptions(0, 0, 3, 4) } },
            "one character" => Plain with { Features = features with { Ngrams = new NgramOptions(0, 0, 1, 1) } },
            "three words" => Plain with { Features = features with { Ngrams = new NgramOptions(1, 3) } },
            "pairs only" => Plain with { Features = features with { Ngrams = new NgramOptions(2, 2) } },
            "counts as they are" => Plain with { Features = features with { SublinearTf = false } },
            "no numeric features" => Plain with { Features = features with { Numeric = none } },
            "no n-gram is frequent enough" => Plain with { Features = features with { MinDf = 100_000 } },
            "nothing but the intercept" => Plain with { Features = features with { MinDf = 100_000, Numeric = none } },
            "isotonic" => Plain with { Calibration = CalibrationMethod.Isotonic },
            "svm" => Plain with { Families = [LinearFamily.Svm] },
            _ => Plain,
        };
        var trained = Trainer.Train(GeneratedReviews.Data(3, 250), options, cancellation: TestContext.Current.CancellationToken);
        if (kind == "offsets")
            trained = trained with { Decision = new DecisionRule([0.7f, -0.4f, 0]) };
        using var published = new PublishedBundle(trained);
        using var bundle = Bundle.Open(published.Path);
        var model = OnnxExporter.Export(bundle);
        var cancellation = TestContext.Current.CancellationToken;
        ShouldBeSame(OnnxCheck.Run(bundle, model, [MadeUpRecords.Create(bundle, 200)], cancellation));
        if (options.Features.Numeric.BesideText > 0)
            ShouldBeSame(OnnxCheck.Run(bundle, model, GeneratedReviews.Data(3, 250).Read(Split.Valid), cancellation));
    }

    [Fact]
    public void Export_Twice_SameBytesThatSayWhatTheyAre()
    {
        using var published = PublishedBundle.OfReviews();
        using var bundle = Bundle.Open(published.Path);
        var model = OnnxExporter.Export(bundle);
        OnnxExporter.Export(bundle).ShouldBe(model);
        var metadata = ModelProto.Parser.ParseFrom(model).MetadataProps.ToDictionary(property => property.Key, property => property.Value);
        metadata["plumbline.bundle"].ShouldBe(bundle.Digest);
        metadata["plumbline.labels"].ShouldBe("""["1","2","3","4","5"]""");
        metadata["plumbline.inputs"].ShouldBe("""["hour"]""");
        metadata["plumbline.categories"].ShouldBe("[]");
    }

    [Fact]
    public void Export_HashedNgrams_RefusedWithWhatToChange() => Refusal(Plain.Features with { HashBits = 9 }).ShouldContain("--hash-bits");

    [Fact]
    public void Export_TokensRewritten_RefusedWithTheOptions() =>
        Refusal(Plain.Features with { Tokens = new TokenOptions(Urls: true, NegationScope: true) }).ShouldContain("urls, negation_scope");

    [Fact]
    public void Export_NamesUnknown_Refused()
    {
        using var published = PublishedBundle.OfReviews();
        published.Rewrite(root => root["sections"] = new JsonArray([.. root["sections"]!.AsArray().Where(section => (string?)section!["name"] != "ngram.names").Select(section => section!.DeepClone())]));
        using var bundle = Bundle.Open(published.Path);
        Should.Throw<BundleException>(() => OnnxExporter.Export(bundle)).Message.ShouldContain("does not know the text of 3000 of its 3000 n-grams");
    }

    [Fact]
    public void Refusal_UnknownKindOrTooLarge_SaysWhich()
    {
        using var published = PublishedBundle.OfReviews();
        using var bundle = Bundle.Open(published.Path);
        var manifest = bundle.Manifest;
        OnnxExporter.Refusal(manifest).ShouldBeNull();
        OnnxExporter.Refusal(manifest with { Model = manifest.Model with { Kind = "oracle" } }).ShouldNotBeNull().ShouldContain("kind 'oracle'");
        OnnxExporter.Refusal(manifest with { Sections = [manifest.Sections[1] with { Bytes = 1L << 31 }] }).ShouldNotBeNull().ShouldContain("max_features");
    }

    private static void ShouldBeSame(OnnxAgreement agreement) => agreement.IsSame.ShouldBeTrue(agreement.ToString());

    private static string Refusal(FeatureOptions features)
    {
        var trained = Trainer.Train(GeneratedReviews.Data(3, 250), Plain with { Features = features }, cancellation: TestContext.Current.CancellationToken);
        using var published = new PublishedBundle(trained);
        using var bundle = Bundle.Open(published.Path);
        return Should.Throw<BundleException>(() => OnnxExporter.Export(bundle)).Message;
    }
}
