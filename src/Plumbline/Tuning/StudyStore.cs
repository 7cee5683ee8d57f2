using System.Data.Common;
using Plumbline.Storage;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning;

/// <summary>Studies in the metadata store: durable, shared by processes. Thread-safe.</summary>
/// <exception cref="MetadataException">The store is unavailable or damaged.</exception>
public sealed class StudyStore(IMetadataStore store, TimeProvider time) : IStudyStorage
{
    private const int NameLength = 500;

    /// <summary>Studies with their trials, the newest first.</summary>
    /// <param name="prefix">What their names begin with.</param>
    public Task<IReadOnlyList<StudySummary>> ListAsync(string prefix = "", CancellationToken cancellation = default) => store.ReadAsync<IReadOnlyList<StudySummary>>(
        connection =>
        {
            var studies = connection.Query(
                "SELECT study_id, name, definition, creation_time FROM studies WHERE substr(name, 1, length(@prefix)) = @prefix ORDER BY creation_time DESC, study_id DESC",
                row => (Id: row.GetInt64(0), Name: row.GetString(1), Definition: StudyJson.ReadDefinition(row.GetString(2)), Created: DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3))),
                ("prefix", prefix));
            return [.. studies.Select(study => new StudySummary(study.Name, study.Definition, study.Created, Trials(connection, study.Id)))];
        },
        cancellation);

    Task<long> IStudyStorage.OpenStudyAsync(StudyDefinition definition, CancellationToken cancellation)
    {
        MetadataText.CheckName("study name", definition.Name, NameLength);
        var json = StudyJson.Write(definition);
        return store.WriteAsync(
            connection =>
            {
                var found = connection.Query("SELECT study_id, definition FROM studies WHERE name = @name", row => (Id: row.GetInt64(0), Definition: row.GetString(1)), ("name", definition.Name));
                if (found is [var study])
                {
                    return study.Definition == json
                        ? study.Id
                        : throw new TuningException($"Study '{definition.Name}' exists already with another definition; choose another name, or resume it as it is.");
                }
                var id = Counter.Next(connection, "study");
                connection.Execute(
                    "INSERT INTO studies (study_id, name, definition, creation_time) VALUES (@id, @name, @definition, @now)",
                    ("id", id), ("name", definition.Name), ("definition", json), ("now", time.GetUtcNow().ToUnixTimeMilliseconds()));
                return id;
            },
            cancellation);
    }

    Task<IReadOnlyList<Trial>> IStudyStorage.LoadTrialsAsync(long study, CancellationToken cancellation) =>
        store.ReadAsync<IReadOnlyList<Trial>>(connection => Trials(connection, study), cancellation);

    Task<bool> IStudyStorage.TryCreateTrialAsync(long study, Trial trial, long lease, CancellationToken cancellation) => store.WriteAsync(
        connection =>
        {
            if ((long)connection.Scalar("SELECT COUNT(*) FROM trials WHERE study_id = @study", ("study", study))! != trial.Number)
                return false;
            if (!trial.IsFinished)
                RequireHeld(connection, trial.Number, lease);
            connection.Execute(
                "INSERT INTO trials (study_id, number, lease, body) VALUES (@study, @number, @lease, @body)",
                ("study", study), ("number", trial.Number), ("lease", lease), ("body", StudyJson.Write(trial)));
            return true;
        },
        cancellation);

    Task<bool> IStudyStorage.TryClaimTrialAsync(long study, int number, TrialParameters parameters, DateTimeOffset started, long lease, CancellationToken cancellation) => store.WriteAsync(
        connection =>
        {
            RequireHeld(connection, number, lease);
            var (trial, holder) = Find(connection, study, number);
            if (trial.State != TrialState.Waiting && !(trial.State == TrialState.Running && holder != lease && !LeaseStore.IsHeld(connection, holder, time.GetUtcNow())))
                return false;
            Save(connection, study, trial with { State = TrialState.Running, Parameters = parameters, Intermediate = [], Started = started, Lost = trial.LostWhenTaken }, lease);
            return true;
        },
        cancellation);

    Task IStudyStorage.ReportAsync(long study, int number, IntermediateValue value, long lease, CancellationToken cancellation) => store.WriteAsync(
        connection =>
        {
            var trial = Held(connection, study, number, lease);
            Save(connection, study, trial with { Intermediate = [.. trial.Intermediate, value] }, lease);
            return true;
        },
        cancellation);

    Task IStudyStorage.EndTrialAsync(long study, Trial trial, long lease, CancellationToken cancellation) => store.WriteAsync(
        connection =>
        {
            var held = Held(connection, study, trial.Number, lease);
            var ended = trial.State == TrialState.Waiting
                ? held with { State = TrialState.Waiting, Intermediate = [], Started = null }
                : held with { State = trial.State, Values = trial.Values, Reason = trial.Reason, CopyOf = trial.CopyOf, Started = trial.Started, Ended = trial.Ended };
            Save(connection, study, ended, lease);
            return true;
        },
        cancellation);

    private Trial Held(DbConnection connection, long study, int number, long lease)
    {
        var (trial, holder) = Find(connection, study, number);
        if (trial.State != TrialState.Running || holder != lease)
            throw Lost(number, lease);
        RequireHeld(connection, number, lease);
        return trial;
    }

    private void RequireHeld(DbConnection connection, int number, long lease)
    {
        if (!LeaseStore.IsHeld(connection, lease, time.GetUtcNow()))
            throw Lost(number, lease);
    }

    private static LeaseLostException Lost(int number, long lease) =>
        new($"Trial {number} does not run under lease {lease} any more; what this worker found is dropped. The machine slept, or its clock was moved: resume the study.");

    private static (Trial Trial, long Lease) Find(DbConnection connection, long study, int number) => connection.Query(
        "SELECT body, lease FROM trials WHERE study_id = @study AND number = @number", row => (StudyJson.ReadTrial(row.GetString(0)), row.GetInt64(1)), ("study", study), ("number", number)).Single();

    private static void Save(DbConnection connection, long study, Trial trial, long lease) => connection.Execute(
        "UPDATE trials SET lease = @lease, body = @body WHERE study_id = @study AND number = @number",
        ("study", study), ("number", trial.Number), ("lease", lease), ("body", StudyJson.Write(trial)));

    private static List<Trial> Trials(DbConnection connection, long study) =>
        connection.Query("SELECT body FROM trials WHERE study_id = @study ORDER BY number", row => StudyJson.ReadTrial(row.GetString(0)), ("study", study));
}
