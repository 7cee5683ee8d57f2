using System.Text;
using Plumbline.Datasets;

namespace Plumbline.Projects;

/// <summary>The <c>plumbline.yaml</c> that a new project begins with: what was found, and the rest as comments.</summary>
public static class ProjectTemplate
{
    /// <summary>Beside the <c>plumbline.yaml</c>, so that editors find it without a network.</summary>
    public const string SchemaFile = "plumbline.schema.json";

    /// <summary>The JSON schema of a <c>plumbline.yaml</c>.</summary>
    public static byte[] Schema()
    {
        using var stream = typeof(ProjectTemplate).Assembly.GetManifestResourceStream(SchemaFile)!;
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    /// <param name="data">Path of the data; null where there is none yet.</param>
    /// <param name="mapping">What was found in the data.</param>
    /// <param name="schema">Its columns, which are pinned; null pins none.</param>
    /// <param name="delimiter">What was named to stand between its fields.</param>
    public static string Write(string? data, string name, SchemaMapping? mapping, SourceSchema? schema = null, char? delimiter = null)
    {
        var text = new StringBuilder();
        text.Append($"""
            # yaml-language-server: $schema={SchemaFile}
            # What is commented out is the default, or an example.
            project: {Quote(name)}


            """);
        if (data is null)
        {
            text.Append("""
                # data:
                #   path: reviews.csv.gz     # file, pattern, folder or s3:// address: CSV, TSV, JSON lines (also .gz, .zst) or Parquet; relative to this file
                #   text: text
                #   label: label

                """);
        }
        else
        {
            text.Append($"data:\n  path: {Quote(data)}  # relative to this file\n");
            if (delimiter is { } given)
                text.Append($"  delimiter: {(given == '\t' ? "tab" : Quote(given.ToString()))}\n");
            Column(text, "text", mapping?.Text);
            Column(text, "label", mapping?.Label);
            Column(text, "user", mapping?.User);
            Column(text, "item", mapping?.Item);
            Column(text, "time", mapping?.Time);
            Pin(text, schema);
            text.Append("  # numeric: [price]         # columns that are features; clients send them\n");
            text.Append("  # categorical: [country]   # likewise, of names\n");
            text.Append(mapping?.Split is { } split ? $"  split:\n    column: {Quote(split.Name)}  # {split.Why}\n" : "  # split: {by: stratified, valid: 0.15, test: 0.15}\n");
        }
        text.Append($$"""

            # features:
            #   word: [1, 2]               # words in a row that are one feature
            #   characters: [3, 5]         # characters in a row inside words; none unless given
            #   max_features: 200000
            #   min_df: 2
            #   tokens: [negation_scope]   # urls, numbers, repeated_letters, contractions, negation_scope
            #   numeric: {keywords: [refund]}

            # train:
            #   families: [logistic]       # logistic, svm: the better on valid wins; others, or all, hold a contest
            #   contest: {trials: 30}      # tunes every family; also timeout_seconds, pruner, ensemble …
            #   seed: 42
            #   calibration: temperature   # temperature, isotonic, none

            model:
              name: {{Quote(name)}}

            # gates:                       # what a version must hold before promote points an alias to it
            #   min_metric: {macro_f1: 0.5}
            #   no_worse_than_champion: {margin: 0.01}

            # rollout:                     # how rollout start brings a new version into the traffic
            #   kind: canary
            #   unit: user                 # or item, request; a request that names none stays with the stable version
            #   gates: [{kind: error_rate, margin: 0.005}]
            #   steps: [{weight: 0.05, duration: 10m}, {weight: 0.5, duration: 1h}]

            # server:
            #   address: 127.0.0.1         # another address needs an API key
            #   port: 8080
            #   api_keys:
            #     - {name: shop, secret: {file: secrets/shop}, requests_per_minute: 600}
            #   prediction_log: {text: false, retention_days: 30}  # text: true keeps texts, which retraining on feedback needs

            # alerts:                      # who is told of drift, worse answers, errors and slowness
            #   notifiers:
            #     - {name: ops, kind: webhook, url: "http://127.0.0.1:9000/hook"}  # also slack, pagerduty, email, alertmanager

            # retraining:                  # when a successor is trained, and what it must be better on
            #   mode: approve              # auto: by itself; off: only a person begins
            #   data: {window: 30d, least_labels: 200}

            """);
        return text.ToString();
    }

    private static void Pin(StringBuilder text, SourceSchema? schema)
    {
        if (schema is null)
            return;
        text.Append("  schema:  # as the first records show it; other data is refused\n");
        foreach (var column in schema.Pin())
            text.Append($"    {Quote(column.Name)}: {column.Type.ToString().ToLowerInvariant()}\n");
    }

    private static void Column(StringBuilder text, string key, MappedColumn? column)
    {
        if (column is not null)
            text.Append($"  {key}: {Quote(column.Name)}  # {column.Why}\n");
    }

    /// <summary>Plain where that is safe, else in double quotes: JSON's escapes are YAML's too.</summary>
    private static string Quote(string value) =>
        value.Length > 0 && char.IsAsciiLetter(value[0]) && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.' or '/')
            && value is not ("true" or "false" or "null" or "yes" or "no" or "on" or "off")
            ? value
            : $"\"{System.Text.Json.JsonEncodedText.Encode(value, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
}
