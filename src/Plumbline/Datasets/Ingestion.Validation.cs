using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Plumbline.Datasets.Expectations;
using Plumbline.Datasets.Profiling;
using Plumbline.Storage;

namespace Plumbline.Datasets;

/// <summary>Whether the records are as expected, before anything is published.</summary>
internal sealed partial class Ingestion
{
    /// <summary>Checks what <see cref="Run"/> checks, and publishes the report only.</summary>
    public Validated RunChecks(IProgress<IngestProgress>? progress, CancellationToken stop)
    {
        OpenFolder(_home.Validations);
        ReadSource(progress, stop);
        if (!TryDecide(stop, out var order, out var failed))
            return Keep(failed, null, stop);
        var profile = LookAtTexts(order, stop);
        return Keep(_validation.Evaluate(profile, null), profile, stop);
    }

    [MemberNotNull(nameof(_folder))]
    private void OpenFolder(string parent)
    {
        _folder = AtomicDirectory.Create(parent);
        _validation.Open(_folder.Path);
    }

    /// <summary>As <see cref="Decide"/>, where expectations may be why it cannot be.</summary>
    /// <param name="order">The position of each label, by its number.</param>
    /// <param name="failed">Where the records cannot become a snapshot, and an expectation that is not met may be why: those that could be evaluated.</param>
    private bool TryDecide(CancellationToken stop, [NotNullWhen(true)] out int[]? order, [NotNullWhen(false)] out ValidationResult? failed)
    {
        (order, failed) = (null, null);
        try
        {
            order = Decide(stop);
            return true;
        }
        catch (DatasetException)
        {
            failed = _validation.Evaluate(null, null);
            if (failed.Success)
                throw;
            return false;
        }
    }

    private Validated Keep(ValidationResult result, DataProfile? profile, CancellationToken stop)
    {
        _validation.Write(result, profile, stop);
        return new Validated(result, _validation.Keep(), profile is null ? [] : _validation.Infer(profile));
    }

    private DatasetException Refuse(ValidationResult result, DataProfile? profile, CancellationToken stop)
    {
        var kept = Keep(result with { Meta = result.Meta with { Snapshot = null } }, profile, stop);
        return new DatasetException(Validation.Explain(_source.Name, result, kept.Folder)) { Validated = kept };
    }

    private Snapshot Publish(SnapshotManifest manifest, ValidationResult result, DataProfile profile, CancellationToken stop)
    {
        _validation.Write(result, profile, stop);
        File.WriteAllBytes(Path.Combine(_folder!.Path, Snapshot.ProfileFileName), JsonSerializer.SerializeToUtf8Bytes(profile, ProfileJson.Default.DataProfile));
        File.WriteAllBytes(Path.Combine(_folder.Path, Snapshot.ManifestFileName), JsonSerializer.SerializeToUtf8Bytes(manifest, SnapshotJson.Default.SnapshotManifest));
        var target = Path.Combine(_home.Snapshots, manifest.Digest);
        // What is there already came from another ingest, and its report stays with it; what there is to tell is this one's. Where it is being removed,
        // ours takes its place.
        Snapshot? other = null;
        while (other is null && !_folder.Publish(manifest.Digest))
            other = Snapshot.TryReuse(target);
        var snapshot = new Snapshot(target, other is null ? manifest : other.Manifest with { Schema = manifest.Schema, Notes = manifest.Notes })
        {
            Validated = new Validated(result, other is null ? target : _validation.Keep(), []),
        };
        _validation.Remember(manifest.Digest, profile);
        return snapshot;
    }
}
