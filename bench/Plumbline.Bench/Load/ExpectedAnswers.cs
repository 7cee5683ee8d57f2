using System.Text;
using System.Text.Json;
using Plumbline.Inference;

namespace Plumbline.Bench.Load;

/// <summary>What versions of a model answer to texts, by predictors of their own. For one caller at a time.</summary>
internal sealed class ExpectedAnswers
{
    private readonly float[][][] _probabilities;
    private readonly string[] _versions;

    /// <param name="bundles">Of <c>reviews/1</c>, <c>reviews/2</c>, ….</param>
    /// <param name="texts">In the order in which they are sent.</param>
    public ExpectedAnswers(string[] bundles, string[] texts)
    {
        _versions = [.. bundles.Select((_, index) => $"reviews/{index + 1}")];
        _probabilities = [.. bundles.Select(bundle => Of(bundle, texts))];
        Counts = new long[bundles.Length];
    }

    /// <summary>Right answers by version.</summary>
    public long[] Counts { get; }

    /// <summary>Answers whose probabilities are not those of the version that they name.</summary>
    public long Mixed { get; private set; }

    /// <summary>Judges an answer with the status 200.</summary>
    /// <param name="request">Number of the request.</param>
    /// <param name="response">All of it.</param>
    public void Check(long request, ReadOnlySpan<byte> response)
    {
        var json = new Utf8JsonReader(response[(response.IndexOf("\r\n\r\n"u8) + 4)..]);
        var (version, at) = (-1, 0);
        Span<float> probabilities = stackalloc float[256];
        while (json.Read())
        {
            if (json.TokenType != JsonTokenType.PropertyName || json.CurrentDepth != 1)
                continue;
            if (json.ValueTextEquals("version"u8))
            {
                json.Read();
                version = Array.IndexOf(_versions, json.GetString());
            }
            else if (json.ValueTextEquals("probs"u8))
            {
                while (json.Read() && json.TokenType != JsonTokenType.EndObject)
                {
                    if (json.TokenType == JsonTokenType.Number)
                        probabilities[at++] = json.GetSingle();
                }
            }
        }
        if (version >= 0 && _probabilities[version] is var expected && probabilities[..at].SequenceEqual(expected[request % expected.Length]))
            Counts[version]++;
        else
            Mixed++;
    }

    private static float[][] Of(string bundle, string[] texts)
    {
        using var predictor = Predictor.Load(bundle);
        return [.. texts.Select(text =>
        {
            var probabilities = new float[predictor.Labels.Count];
            predictor.Predict(Encoding.UTF8.GetBytes(text), default, probabilities, default);
            return probabilities;
        })];
    }
}
