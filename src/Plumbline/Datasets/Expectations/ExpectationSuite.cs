using System.Text.Json;
using Plumbline.Storage;

namespace Plumbline.Datasets.Expectations;

/// <summary>What is expected of a data set. Immutable.</summary>
/// <param name="Name">Of the data set.</param>
public sealed record ExpectationSuite(int FormatVersion, string Name, IReadOnlyList<Expectation> Expectations)
{
    public const string FileName = "expectations.json";

    private const int CurrentFormat = 1;

    /// <summary>Those declared, and those stored by an earlier ingest that say something which no declared one says.</summary>
    /// <exception cref="DatasetException">The stored suite is damaged or of a newer version.</exception>
    public static ExpectationSuite Resolve(Home home, string name, IReadOnlyList<Expectation> declared)
    {
        var inferred = ReadInferred(home, name)?.Expectations ?? [];
        return new ExpectationSuite(CurrentFormat, name, [.. declared, .. inferred.Where(candidate => !declared.Any(candidate.ConcernsSameAs))]);
    }

    public string ToJson() => JsonSerializer.Serialize(this, ExpectationJson.Default.ExpectationSuite);

    /// <returns>Null where nothing was inferred yet.</returns>
    internal static ExpectationSuite? ReadInferred(Home home, string name)
    {
        var path = PathOf(home, name);
        if (!File.Exists(path))
            return null;
        try
        {
            var suite = JsonSerializer.Deserialize(File.ReadAllBytes(path), ExpectationJson.Default.ExpectationSuite) ?? throw new JsonException();
            if (suite.FormatVersion > CurrentFormat)
                throw new DatasetException($"{path} is of format {suite.FormatVersion}; this version of Plumbline reads up to {CurrentFormat}. Use a newer one");
            foreach (var expectation in suite.Expectations)
                expectation.Validate();
            return suite;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or NullReferenceException)
        {
            throw new DatasetException($"{path} cannot be used: {exception.Message} Remove it, and the next ingest infers the expectations anew", exception);
        }
    }

    internal static void WriteInferred(Home home, string name, IReadOnlyList<Expectation> expectations) => AtomicFile.Write(
        PathOf(home, name),
        stream => JsonSerializer.Serialize(stream, new ExpectationSuite(CurrentFormat, name, expectations), ExpectationJson.Default.ExpectationSuite));

    private static string PathOf(Home home, string name) => Path.Combine(home.Datasets, LatestSnapshot.KeyOf(name), FileName);
}
