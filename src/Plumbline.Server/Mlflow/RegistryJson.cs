using System.Globalization;
using System.Text.Json;
using Plumbline.Registry;

namespace Plumbline.Server.Mlflow;

/// <summary>Registered models and versions as MLflow's JSON has them.</summary>
internal static class RegistryJson
{
    public static WriteMembers Model(RegisteredModel model) => json =>
    {
        json.WriteStartObject("registered_model");
        WriteModel(json, model);
        json.WriteEndObject();
    };

    public static WriteMembers Version(ModelVersion version) => json =>
    {
        json.WriteStartObject("model_version");
        WriteVersion(json, version);
        json.WriteEndObject();
    };

    public static void WriteModel(Utf8JsonWriter json, RegisteredModel model)
    {
        json.WriteString("name", model.Name);
        json.WriteNumber("creation_timestamp", model.CreationTime);
        json.WriteNumber("last_updated_timestamp", model.LastUpdateTime);
        if (model.Description.Length > 0)
            json.WriteString("description", model.Description);
        MlflowJson.WriteList(json, "latest_versions", model.LatestVersions, WriteVersion);
        MlflowJson.WritePairs(json, "tags", model.Tags);
        MlflowJson.WriteList(json, "aliases", model.Aliases, (writer, alias) =>
        {
            writer.WriteString("alias", alias.Key);
            writer.WriteString("version", Number(alias.Value));
        });
    }

    /// <summary>A version is ready at once: what it is of was there before it.</summary>
    public static void WriteVersion(Utf8JsonWriter json, ModelVersion version)
    {
        json.WriteString("name", version.Name);
        json.WriteString("version", Number(version.Version));
        json.WriteNumber("creation_timestamp", version.CreationTime);
        json.WriteNumber("last_updated_timestamp", version.LastUpdateTime);
        json.WriteString("current_stage", version.Stage.ToString());
        json.WriteString("description", version.Description);
        json.WriteString("source", version.Source ?? BundleAddress.Of(version.RequireBundle()));
        if (version.RunId is { } run)
            json.WriteString("run_id", run);
        json.WriteString("status", "READY");
        MlflowJson.WritePairs(json, "tags", version.Tags);
        json.WriteString("run_link", version.RunLink);
        if (version.UserId.Length > 0)
            json.WriteString("user_id", version.UserId);
        if (version.Aliases.Count > 0)
        {
            json.WriteStartArray("aliases");
            foreach (var alias in version.Aliases)
                json.WriteStringValue(alias);
            json.WriteEndArray();
        }
    }

    private static string Number(long version) => version.ToString(CultureInfo.InvariantCulture);
}
