using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.OnnxRuntime;
using Plumbline.Bundles;
using Plumbline.Features;
using Plumbline.Learning.Explanations;

namespace Plumbline.Inference;

/// <summary>Predicts with a graph of ONNX that takes texts and gives probabilities, wherever it was made; docs/specs/onnx.md says which can be. Thread-safe.</summary>
public sealed class OnnxPredictor : IPredictor
{
    /// <summary>Texts at once that no graph is asked beyond: what they take grows with them, and they gain ever less.</summary>
    public const int MostAtOnce = 64;

    private readonly InferenceSession _session;
    private readonly OnnxSignature _signature;

    private OnnxPredictor(InferenceSession session, OnnxSignature signature, string digest) => (_session, _signature, Digest) = (session, signature, digest);

    public string Digest { get; }

    public IReadOnlyList<string> Labels => _signature.Labels;

    public IReadOnlyList<NumericFeature> NumericFeatures => [];

    public IReadOnlyList<CategoricalFeature> CategoricalFeatures => [];

    public BundleManifest? Manifest => null;

    public ReadOnlyMemory<byte> ManifestJson => default;

    /// <param name="file">Of the graph.</param>
    /// <exception cref="BundleException">It is no graph that ONNX Runtime runs, or takes something else than texts, or does not say its labels.</exception>
    public static OnnxPredictor Load(string file)
    {
        try
        {
            var digest = DigestOf(file);
            // Requests are what runs at once; threads within one would only wait for each other.
            using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            var session = new InferenceSession(file, options);
            try
            {
                return new OnnxPredictor(session, OnnxSignature.Of(session, file), digest);
            }
            catch
            {
                session.Dispose();
                throw;
            }
        }
        catch (IOException exception)
        {
            throw new BundleException($"{file} cannot be read: {exception.Message}", exception);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new BundleException($"ONNX Runtime cannot run {file}: {exception.Message.Split('\n')[0]}", exception);
        }
        catch (Exception exception) when (exception is DllNotFoundException or TypeInitializationException or BadImageFormatException)
        {
            throw new BundleException(
                $"{file} cannot be served, because the native library of ONNX Runtime does not load here ({(exception.InnerException ?? exception).Message.Split('\n')[0]}). It needs glibc and libstdc++ 6.", exception);
        }
    }

    /// <summary>SHA-256 of a file, 64 lower-case hex digits.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static string DigestOf(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    public int MostTexts => _signature.MostTexts;

    public int Predict(ReadOnlySpan<byte> text, ReadOnlySpan<float> inputs, Span<float> probabilities, Span<float> numeric, ReadOnlySpan<int> categories = default)
    {
        Span<int> chosen = stackalloc int[1];
        _signature.Run(_session, [Decode(text)], probabilities[..Labels.Count], chosen);
        return chosen[0];
    }

    public void PredictBatch(ReadOnlySpan<ReadOnlyMemory<byte>> texts, Span<float> probabilities, Span<int> chosen)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(texts.Length, MostTexts, nameof(texts));
        var decoded = new string[texts.Length];
        for (var text = 0; text < texts.Length; text++)
            decoded[text] = Decode(texts[text].Span);
        _signature.Run(_session, decoded, probabilities[..(texts.Length * Labels.Count)], chosen);
    }

    public int FindCategory(int feature, ReadOnlySpan<byte> value) => throw new ArgumentOutOfRangeException(nameof(feature), feature, "A graph has no categorical features.");

    public Explanation Explain(ReadOnlySpan<byte> text, ReadOnlySpan<float> inputs, int most, ReadOnlySpan<int> categories = default) =>
        throw new NotSupportedException("Only bundles can be explained; this model is a graph of ONNX.");

    public void Dispose() => _session.Dispose();

    /// <summary>What a graph takes is well-formed, and ends at a NUL.</summary>
    private static string Decode(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text).Replace('\0', '\uFFFD');
}
