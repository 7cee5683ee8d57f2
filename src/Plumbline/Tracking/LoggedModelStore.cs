using System.Buffers;
using System.Data.Common;
using Plumbline.Storage;

namespace Plumbline.Tracking;

/// <summary>
/// Models that clients logged. Thread-safe; every change is durable when its task completes, and all but <see cref="CreateAsync"/> may be
/// repeated without harm.
/// </summary>
/// <exception cref="MetadataException">NotFound for an unknown id, Conflict where state forbids the change, Invalid for a bad name or value.</exception>
public sealed class LoggedModelStore(IMetadataStore store, TimeProvider time)
{
    private const int NameLength = 500;
    private const string Forbidden = "/:.%\"'";

    private static readonly SearchValues<char> ForbiddenValues = SearchValues.Create(Forbidden);

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>A model whose files are to come.</summary>
    public Task<LoggedModel> CreateAsync(NewLoggedModel model, CancellationToken cancellation = default)
    {
        var id = $"m-{Guid.NewGuid():N}";
        var name = model.Name ?? $"model-{id[2..10]}";
        MetadataText.CheckName("model name", name, NameLength);
        if (name.AsSpan().ContainsAny(ForbiddenValues))
            throw new MetadataException(MetadataError.Invalid, $"The model name '{MetadataText.Quote(name)}' holds one of {Forbidden}; leave these out.");
        MetadataText.Check("model type", model.Type, NameLength);
        KeyedTexts.CheckParams(model.Params);
        KeyedTexts.CheckTags(model.Tags);
        return store.WriteAsync(
            connection =>
            {
                ExperimentRows.RequireActive(connection, model.ExperimentId);
                connection.Execute(
                    """
                    INSERT INTO logged_models (model_id, experiment_id, name, model_type, source_run_id, status, creation_time, last_update_time, lifecycle_stage)
                    VALUES (@id, @experiment, @name, @type, @run, 'pending', @now, @now, 'active')
                    """,
                    ("id", id), ("experiment", model.ExperimentId), ("name", name), ("type", model.Type), ("run", model.SourceRunId), ("now", Now));
                PutParams(connection, id, model.Params);
                PutTags(connection, id, model.Tags);
                return LoggedModelRows.Require(connection, id);
            },
            cancellation);
    }

    public Task<LoggedModel> GetAsync(string id, CancellationToken cancellation = default) =>
        store.ReadAsync(connection => LoggedModelRows.Require(connection, id), cancellation);

    /// <exception cref="MetadataException">Invalid: filter, order, limit or page token are wrong; says where.</exception>
    public Task<LoggedModelPage> SearchAsync(LoggedModelQuery query, CancellationToken cancellation = default) =>
        store.ReadAsync(connection => LoggedModelRows.Page(connection, query), cancellation);

    /// <summary>Says that its files are there, or will not come.</summary>
    public Task<LoggedModel> SetStatusAsync(string id, LoggedModelStatus status, CancellationToken cancellation = default) => ChangeAsync(
        id,
        connection => connection.Execute("UPDATE logged_models SET status = @status WHERE model_id = @id", ("status", TrackingNames.Of(status)), ("id", id)),
        cancellation);

    /// <exception cref="MetadataException">Conflict: a param has another value already.</exception>
    public Task<LoggedModel> LogParamsAsync(string id, IReadOnlyCollection<KeyValuePair<string, string>> values, CancellationToken cancellation = default)
    {
        KeyedTexts.CheckParams(values);
        return ChangeAsync(id, connection => PutParams(connection, id, values), cancellation);
    }

    /// <summary>The last value of a tag wins.</summary>
    public Task<LoggedModel> SetTagsAsync(string id, IReadOnlyCollection<KeyValuePair<string, string>> tags, CancellationToken cancellation = default)
    {
        KeyedTexts.CheckTags(tags);
        return ChangeAsync(id, connection => PutTags(connection, id, tags), cancellation);
    }

    /// <exception cref="MetadataException">NotFound: no such model or tag.</exception>
    public Task<LoggedModel> DeleteTagAsync(string id, string key, CancellationToken cancellation = default) =>
        ChangeAsync(id, connection => KeyedTexts.Remove(connection, LoggedModelRows.TagsTable, LoggedModelRows.IdColumn, id, $"Logged model {id}", key), cancellation);

    /// <summary>Hides the model; what refers to it stays.</summary>
    public Task DeleteAsync(string id, CancellationToken cancellation = default) => store.WriteAsync(
        connection =>
        {
            LoggedModelRows.Require(connection, id);
            return connection.Execute("UPDATE logged_models SET lifecycle_stage = 'deleted', last_update_time = @now WHERE model_id = @id", ("now", Now), ("id", id));
        },
        cancellation);

    private Task<LoggedModel> ChangeAsync(string id, Action<DbConnection> change, CancellationToken cancellation) => store.WriteAsync(
        connection =>
        {
            LoggedModelRows.Require(connection, id);
            change(connection);
            connection.Execute("UPDATE logged_models SET last_update_time = @now WHERE model_id = @id", ("now", Now), ("id", id));
            return LoggedModelRows.Require(connection, id);
        },
        cancellation);

    private static void PutParams(DbConnection connection, string id, IReadOnlyCollection<KeyValuePair<string, string>> values)
    {
        var inserted = connection.InsertAll(KeyedTexts.ToPutOnce(LoggedModelRows.ParamsTable, LoggedModelRows.IdColumn, id, values));
        KeyedTexts.CheckPutOnce(connection, LoggedModelRows.ParamsTable, LoggedModelRows.IdColumn, id, $"logged model {id}", values, inserted[0]);
    }

    private static void PutTags(DbConnection connection, string id, IEnumerable<KeyValuePair<string, string>> tags) =>
        KeyedTexts.Put(connection, LoggedModelRows.TagsTable, LoggedModelRows.IdColumn, id, tags);
}
