using Plumbline.Server.Generations;
using Plumbline.Server.Hosting;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;

namespace Plumbline.Server.OpenInference;

/// <summary>What is served, in the protocol's words.</summary>
internal static class ServedTensors
{
    public const string Label = "label", Probabilities = "probabilities", PredictionId = "prediction_id";

    /// <summary>As the server calls itself.</summary>
    public const string Server = "plumbline";

    /// <summary>Characters of a prediction's id.</summary>
    public const int IdLength = 36;

    public static readonly string[] OutputNames = [Label, Probabilities, PredictionId];

    public static readonly string[] Extensions = ["binary_tensor_data"];

    /// <summary>The registered name, or what stands for it.</summary>
    public static string NameOf(ServedModel model) => model.Name ?? model.Version;

    /// <summary>The registered number, or the first digits of the digest.</summary>
    public static string VersionOf(ServedModel model) => model.Version[(model.Version.LastIndexOf('/') + 1)..];

    /// <summary>Names of the versions that answer callers, stable first.</summary>
    public static IEnumerable<string> VersionsOf(ServingSet serving) => serving.Arms.Select(arm => VersionOf(arm.Generation.Model));

    /// <summary>What is meant by a name: stable where no version is named.</summary>
    /// <exception cref="ProblemException">It is not served.</exception>
    public static ServedArm Find(ServingSet serving, string model, string? version)
    {
        if (NameOf(serving.Stable.Generation.Model) is var name && name != model)
            throw new ProblemException(Problem.NotServed($"The model {Problem.Shorten(model)} is not served here; {name} is."));
        if (version is null)
            return serving.Stable;
        return serving.Arms.FirstOrDefault(arm => VersionOf(arm.Generation.Model) == version)
            ?? throw new ProblemException(Problem.NotServed($"Version {Problem.Shorten(version)} of {name} is not served here now; served are {string.Join(", ", VersionsOf(serving))}."));
    }

    /// <summary>Whether it may be asked now.</summary>
    /// <exception cref="ProblemException">It is not served, though something is.</exception>
    public static bool IsReady(ServerState state, string model, string? version)
    {
        if (state.Enter() is not { } serving)
            return false;
        try
        {
            Find(serving, model, version);
            return state.IsReady;
        }
        finally
        {
            serving.Leave();
        }
    }

    /// <exception cref="ProblemException">It is not served, or nothing is yet.</exception>
    public static DescribedModel Describe(ServerState state, string model, string? version)
    {
        var serving = state.Enter() ?? throw new ProblemException(Problem.NotReady());
        try
        {
            var served = Find(serving, model, version).Generation.Model;
            return new DescribedModel(
                NameOf(served), [.. VersionsOf(serving)], served.Predictor.Manifest is null ? "onnx_onnxv1" : "plumbline_bundle", [.. Inputs(served)], [.. OutputNames.Select(name => Describe(name, served, -1))]);
        }
        finally
        {
            serving.Leave();
        }
    }

    /// <param name="rows">-1 where they vary.</param>
    public static DescribedTensor Describe(string output, ServedModel model, long rows) => output == Probabilities
        ? new DescribedTensor(output, TensorDatatype.Fp32.Name(), [rows, model.Labels.Length]) : new DescribedTensor(output, TensorDatatype.Bytes.Name(), [rows]);

    /// <summary>The text and whatever else of a record a client may send.</summary>
    private static IEnumerable<DescribedTensor> Inputs(ServedModel model)
    {
        yield return new DescribedTensor(InferRequest.Text, TensorDatatype.Bytes.Name(), [-1]);
        foreach (var feature in model.Features[model.FirstInput..model.FirstAggregate])
            yield return new DescribedTensor(feature.Name, TensorDatatype.Fp32.Name(), [-1]);
        foreach (var feature in model.Features[model.FirstCategorical..])
            yield return new DescribedTensor(feature.Name, TensorDatatype.Bytes.Name(), [-1]);
        if (model.FirstAggregate == model.FirstCategorical)
            yield break;
        foreach (var name in (string[])[InferRequest.User, InferRequest.Item, InferRequest.Time])
            yield return new DescribedTensor(name, TensorDatatype.Bytes.Name(), [-1]);
    }
}

/// <summary>A model as the protocol describes it.</summary>
/// <param name="Versions">That may be named, stable first.</param>
internal sealed record DescribedModel(string Name, string[] Versions, string Platform, DescribedTensor[] Inputs, DescribedTensor[] Outputs);

/// <summary>A tensor as the protocol describes it.</summary>
internal sealed record DescribedTensor(string Name, string Datatype, long[] Shape);
