using System.Text.Json;
using Plumbline.Statistics;
using Plumbline.Storage;
using Plumbline.Tracking;

namespace Plumbline.Registry.Evidence;

/// <summary>What is stored of one trained model: its bundle's manifest, and what its run measured. Read when asked for, once. Not thread-safe.</summary>
public sealed class ModelEvidence
{
    internal const string EvaluationFile = "evaluation.json";

    private readonly string _directory;
    private readonly string _artifacts;
    private readonly string _advice;
    private BundleFacts? _bundle;
    private RowPredictions? _predictions;
    private (ClassificationReport Test, ClassificationReport? Valid)? _evaluation;

    /// <param name="name">As the user called it.</param>
    /// <param name="directory">The bundle's.</param>
    /// <param name="run">Null where it is not tracked here.</param>
    internal ModelEvidence(Home home, string name, string directory, Run? run)
    {
        Name = name;
        Run = run;
        _directory = directory;
        _artifacts = run is null ? "" : Path.Combine(home.Runs, run.Id);
        _advice = run is null
            ? "The run that trained it is not in this store; train it here"
            : $"Measure it: plumbline evaluate --bundle {name} --input DATA --evidence, with the data that it was trained on";
    }

    public string Name { get; }

    /// <summary>Null where it is not tracked here.</summary>
    public Run? Run { get; }

    /// <exception cref="MissingEvidenceException">The bundle is not there, or not whole.</exception>
    internal BundleFacts Bundle => _bundle ??= BundleFacts.Read(_directory);

    /// <exception cref="MissingEvidenceException">The run has none, or of another bundle.</exception>
    internal RowPredictions Predictions => _predictions ??= ReadPredictions();

    /// <exception cref="MissingEvidenceException">The run has none.</exception>
    internal ClassificationReport Test => (_evaluation ??= ReadEvaluation()).Test;

    /// <summary>Null where the model was measured on test alone.</summary>
    /// <exception cref="MissingEvidenceException">The run has none.</exception>
    internal ClassificationReport? Valid => (_evaluation ??= ReadEvaluation()).Valid;

    /// <summary>A metric of the bundle, which its digest vouches for, else of the run.</summary>
    /// <exception cref="MissingEvidenceException">Neither has it.</exception>
    internal double Metric(string key)
    {
        if (Bundle.Metrics.TryGetValue(key, out var sealedIn))
            return sealedIn;
        if (Run is not null && Run.Metrics.TryGetValue(key, out var logged) && double.IsFinite(logged.Value))
            return logged.Value;
        throw new MissingEvidenceException($"{Name} has no metric {key}. {_advice}");
    }

    /// <summary>What a reader gives, or null where there is no such evidence: for those who show what there is.</summary>
    internal T? Find<T>(Func<ModelEvidence, T> read)
        where T : class
    {
        try
        {
            return read(this);
        }
        catch (MissingEvidenceException)
        {
            return null;
        }
    }

    private RowPredictions ReadPredictions()
    {
        var read = Read(RowPredictions.FileName, RowPredictions.Read);
        return read.Bundle == Path.GetFileName(_directory) && read.Snapshot == Bundle.Snapshot
            ? read
            : throw new MissingEvidenceException($"{RowPredictions.FileName} of run {Run!.Id} is of another bundle than {Name}. {_advice}");
    }

    private (ClassificationReport, ClassificationReport?) ReadEvaluation() => Read(EvaluationFile, stream =>
    {
        using var document = JsonDocument.Parse(stream);
        var facts = document.RootElement.GetProperty("facts").EnumerateArray();
        if (!facts.Any(fact => fact.GetProperty("name").ValueEquals("Bundle") && fact.GetProperty("value").ValueEquals(Path.GetFileName(_directory))))
            throw new InvalidDataException("it is of another bundle");
        return (Report("test")!, Report("valid"));

        ClassificationReport? Report(string key) => document.RootElement.GetProperty(key) is { ValueKind: JsonValueKind.Object } report
            ? ClassificationReport.FromJson(report.GetRawText())
            : key == "test" ? throw new JsonException("it has no test") : null;
    });

    private T Read<T>(string file, Func<Stream, T> read)
    {
        var path = Path.Combine(_artifacts, file);
        if (Run is null || !File.Exists(path))
            throw new MissingEvidenceException($"{Name} has no {file}. {_advice}");
        try
        {
            using var stream = File.OpenRead(path);
            return read(stream);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new MissingEvidenceException($"{path} cannot be used: {exception.Message}. {_advice}", exception);
        }
    }
}
