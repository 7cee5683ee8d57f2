using System.Text;
using System.Text.Json.Nodes;
using Plumbline.Bundles;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning;
using Plumbline.Learning.Contests;
using Plumbline.Learning.LightGbm;
using Plumbline.Tests.Learning;
using Plumbline.Tests.Storage;
using Plumbline.Text;

namespace Plumbline.Tests.Bundles;

public sealed class BundleTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Open_Published_SameBitsAsInMemory(int classes)
    {
        using var published = PublishedBundle.OfReviews(classes);
        ShouldAnswerAlike(published, GeneratedReviews.Trained(classes), classes);
    }

    [Theory]
    [InlineData("hashed")]
    [InlineData("no numeric features")]
    [InlineData("no n-gram is frequent enough")]
    [InlineData("nothing but the intercept")]
    [InlineData("characters")]
    [InlineData("isotonic")]
    [InlineData("svm")]
    [InlineData("elastic net")]
    [InlineData("boosting")]
    [InlineData("forest")]
    public void Open_EveryKindOfContract_SameBitsAsInMemory(string kind)
    {
        var plain = GeneratedReviews.Options;
        var features = plain.Features with { MaxFeatures = 400 };
        var none = new NumericOptions(FromText: false);
        var options = kind switch
        {
            "hashed" => plain with { Features = features with { HashBits = 9 } },
            "no numeric features" => plain with { Features = features with { Numeric = none } },
            "no n-gram is frequent enough" => plain with { Features = features with { MinDf = 100_000 } },
            "nothing but the intercept" => plain with { Features = features with { MinDf = 100_000, Numeric = none } },
            "characters" => plain with { Features = features with { Ngrams = new NgramOptions(0, 0, 3, 5) } },
            "isotonic" => plain with { Features = features, Calibration = CalibrationMethod.Isotonic },
            "svm" => plain with { Features = features, Families = [LinearFamily.Svm] },
            "boosting" or "forest" => plain with { Features = features, Families = [kind], Contest = new ContestOptions { Trials = 2 } },
            _ => plain with { Features = features, L1Ratio = 0.5 },
        };
        if (LightGbmLibrary.Unavailable is { } reason && options.Contest is not null)
            Assert.Skip(reason);
        var trained = Trainer.Train(GeneratedReviews.Data(3, 250), options, cancellation: TestContext.Current.CancellationToken);
        using var published = new PublishedBundle(trained);
        ShouldAnswerAlike(published, trained, 3);
    }

    [Fact]
    public void Open_FormatOne_AnswersAsBefore()
    {
        using var published = PublishedBundle.OfReviews();
        published.Rewrite(root =>
        {
            root["format"] = 1;
            var linear = root["model"]!.DeepClone().AsObject();
            linear.Remove("kind");
            root.AsObject().Remove("model");
            root["linear"] = linear;
            var training = root["training"]!;
            training["chosen"] = First(training["chosen"]!);
            foreach (var result in training["candidates"]!.AsArray())
            {
                result!["candidate"] = First(result["candidate"]!);
                result["epochs"] = result["steps"]!.DeepClone();
                result.AsObject().Remove("steps");
            }
        });
        using var bundle = Bundle.Open(published.Path);
        bundle.Manifest.Training.Chosen.ShouldBe(GeneratedReviews.Trained(5).Chosen);
        bundle.Manifest.Training.Candidates.ShouldBe(GeneratedReviews.Trained(5).Candidates);

        static JsonObject First(JsonNode candidate) => new()
        {
            ["family"] = candidate["family"]!.DeepClone(),
            ["nb_weighting"] = candidate["parameters"]!["nb_weighting"]!.DeepClone(),
            ["class_weighting"] = candidate["parameters"]!["class_weights"]!.GetValue<string>() switch { "natural" => "Natural", "sqrt" => "Sqrt", _ => "Balanced" },
            ["c"] = candidate["parameters"]!["c"]!.DeepClone(),
        };
    }

    [Fact]
    public void NgramNames_Published_ThoseOfTraining()
    {
        using var published = PublishedBundle.OfReviews();
        using var bundle = Bundle.Open(published.Path);
        bundle.NgramNames().ShouldBe(GeneratedReviews.Trained(5).NgramNames.Select(name => name ?? ""));
    }

    [Fact]
    public void Publish_Twice_SameFolderAndNothingElse()
    {
        using var folder = new TemporaryFolder();
        var first = PublishedBundle.Publish(folder.Path, GeneratedReviews.Trained(5), fitSeconds: 1);
        // Dates and durations differ, and are outside the digest.
        PublishedBundle.Publish(folder.Path, GeneratedReviews.Trained(5), fitSeconds: 2).ShouldBe(first);
        Directory.GetFileSystemEntries(folder.Path).ShouldBe([first]);
    }

    [Fact]
    public void Publish_Fails_NothingIsLeft()
    {
        using var folder = new TemporaryFolder();
        Should.Throw<NullReferenceException>(() => PublishedBundle.Publish(folder.Path, GeneratedReviews.Trained(5) with { Calibration = null! }));
        Directory.GetFileSystemEntries(folder.Path).ShouldBeEmpty();
    }

    [Fact]
    public void Open_AboutChangedOrGone_Opens()
    {
        using var published = PublishedBundle.OfReviews();
        File.WriteAllText(published.File(BundleWriter.AboutFile), "{}");
        Bundle.Open(published.Path).Dispose();
        File.Delete(published.File(BundleWriter.AboutFile));
        Bundle.Open(published.Path).Dispose();
    }

    [Fact]
    public void Open_FolderOfAnotherName_OpensWithItsDigest()
    {
        using var published = PublishedBundle.OfReviews();
        var digest = Path.GetFileName(published.Path);
        published.Rename("current");
        using var bundle = Bundle.Open(published.Path);
        bundle.Digest.ShouldBe(digest);
    }

    private static void ShouldAnswerAlike(PublishedBundle published, TrainedModel trained, int classes)
    {
        using var bundle = Bundle.Open(published.Path);
        bundle.Digest.ShouldBe(Path.GetFileName(published.Path));
        bundle.Manifest.Labels.ShouldBe(trained.Labels);
        var memory = trained.Classifier();
        var inputs = trained.Contract.Options.Numeric.Inputs.Count;
        foreach (var batch in GeneratedReviews.Data(classes, 250).Read(Split.Test))
        {
            for (var record = 0; record < batch.Count; record++)
            {
                var (a, b) = (new float[classes], new float[classes]);
                var (aNumeric, bNumeric) = (new float[trained.Contract.Numeric.Count], new float[trained.Contract.Numeric.Count]);
                var chosen = memory.Predict(batch.Text(record), batch.Inputs(record)[..inputs], a, aNumeric);
                bundle.Classifier.Predict(batch.Text(record), batch.Inputs(record)[..inputs], b, bNumeric).ShouldBe(chosen);
                b.ShouldBe(a);
                bNumeric.ShouldBe(aNumeric);
                a.Sum().ShouldBe(1, 1e-5);
            }
        }
        var empty = new float[classes];
        bundle.Classifier.Predict(Encoding.UTF8.GetBytes(""), default, empty, default);
        empty.Sum().ShouldBe(1, 1e-5);
    }
}
