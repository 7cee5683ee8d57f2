using Plumbline.Datasets;
using Plumbline.Storage;

namespace Plumbline.Projects;

/// <summary>Reads <c>data</c> of a <c>plumbline.yaml</c>: where records come from and how they are split.</summary>
internal static class DataSection
{
    /// <param name="file">Full path of the <c>plumbline.yaml</c>.</param>
    /// <param name="keys">Receives the path of every key that the section may have.</param>
    /// <returns>Null where there is no such section.</returns>
    public static IngestOptions? Read(string file, YamlSection data, List<string> keys)
    {
        var (path, query) = (data.Text("path"), data.Text("query"));
        if (data.IsPresent && path is null && query is null)
            throw data.Error("path", "is missing; name the records by path, or select them by query and postgres");
        var split = data.Section("split");
        var source = new SourceOptions
        {
            Path = path is null ? "" : Locate(file, path),
            Query = query,
            Postgres = data.Secret("postgres") is { } connection ? new PostgresOptions { ConnectionString = connection.Reveal() } : null,
            S3 = ReadS3(data, keys),
            Retry = ReadRetry(data, keys),
            Delimiter = Delimiter(data),
            Schema = ReadSchema(data),
            Text = data.Text("text"),
            Label = data.Text("label"),
            User = data.Text("user"),
            Item = data.Text("item"),
            Time = data.Text("time"),
            LabelTime = data.Text("label_time"),
            Numeric = data.List("numeric") ?? [],
            Categorical = data.List("categorical") ?? [],
            SplitColumn = split.Text("column"),
            Split = ReadSplit(split),
        };
        split.Finish(keys);
        var ingest = PreparationSection.Read(data, new IngestOptions { Source = source, Expectations = ExpectationSection.Read(data, keys) }, keys);
        data.Finish(keys);
        if (!data.IsPresent)
            return null;
        try
        {
            source.Validate();
        }
        catch (ArgumentException exception)
        {
            throw new ProjectException($"{file}: {exception.Message}", exception);
        }
        return ingest;
    }

    /// <summary>Relative to the file, so that the project means the same wherever the command is given.</summary>
    private static string Locate(string file, string path) =>
        path.StartsWith("s3://", StringComparison.OrdinalIgnoreCase) ? path : Path.Combine(Path.GetDirectoryName(file)!, path);

    private static S3Options ReadS3(YamlSection data, List<string> keys)
    {
        var s3 = data.Section("s3");
        var endpoint = s3.Text("endpoint");
        var options = new S3Options
        {
            Endpoint = endpoint is null ? null : Uri.TryCreate(endpoint, UriKind.Absolute, out var address) ? address
                : throw s3.Error("endpoint", $"is '{endpoint}', not an address such as http://minio:9000"),
            Region = s3.Text("region"),
            PathStyle = s3.Flag("path_style") ?? new S3Options().PathStyle,
            AccessKey = s3.Secret("access_key")?.Reveal(),
            SecretKey = s3.Secret("secret_key")?.Reveal(),
            SessionToken = s3.Secret("session_token")?.Reveal(),
        };
        s3.Finish(keys);
        return options;
    }

    private static RetryOptions ReadRetry(YamlSection data, List<string> keys)
    {
        var retry = data.Section("retry");
        var defaults = new RetryOptions();
        var options = new RetryOptions
        {
            Attempts = retry.Number<int>("attempts") ?? defaults.Attempts,
            FirstDelay = retry.Seconds("first_delay_seconds", 86_400) ?? defaults.FirstDelay,
            LongestDelay = retry.Seconds("longest_delay_seconds", 86_400) ?? defaults.LongestDelay,
            AttemptTimeout = retry.Seconds("attempt_timeout_seconds", 86_400) ?? defaults.AttemptTimeout,
            TotalTime = retry.Seconds("total_seconds", 86_400) ?? defaults.TotalTime,
        };
        retry.Finish(keys);
        return options;
    }

    private static char? Delimiter(YamlSection data) => data.Text("delimiter") switch
    {
        null => null,
        "tab" => '\t',
        [var only] => only,
        _ => throw data.Error("delimiter", "is one character, or tab"),
    };

    /// <summary>Names alone pin no types: whatever is there reads as a string.</summary>
    private static PinnedColumn[]? ReadSchema(YamlSection data) => data.IsList("schema")
        ? data.List("schema")?.Select(name => new PinnedColumn(name, FieldType.String)).ToArray()
        : data.ChoiceOfEach<FieldType>("schema")?.Select(column => new PinnedColumn(column.Key, column.Value)).ToArray();

    private static SplitOptions ReadSplit(YamlSection split)
    {
        var defaults = new SplitOptions();
        var (valid, test) = (Time(split, "valid_from"), Time(split, "test_from"));
        var by = split.Choice<SplitBy>("by") ?? (valid is null && test is null ? defaults.By : SplitBy.Time);
        if (by != SplitBy.Time && (valid ?? test) is not null)
            throw split.Error(valid is null ? "test_from" : "valid_from", "cuts by time; write by: time, or remove it");
        if (test < valid)
            throw split.Error("test_from", "is before valid_from");
        return new SplitOptions
        {
            By = by,
            Seed = split.Number<ulong>("seed") ?? defaults.Seed,
            Together = split.Choice<SplitTogether>("together") ?? defaults.Together,
            ValidShare = Share(split, "valid", defaults.ValidShare),
            TestShare = Share(split, "test", defaults.TestShare),
            CarvedValidShare = Share(split, "carved_valid", defaults.CarvedValidShare),
            ValidFrom = valid,
            TestFrom = test,
        };
    }

    private static DateTimeOffset? Time(YamlSection split, string key) => split.Text(key) switch
    {
        null => null,
        var text when TimeParser.TryParse(text, out var microseconds) => DateTimeOffset.UnixEpoch.AddMicroseconds(microseconds),
        _ => throw split.Error(key, "is no time; write one such as 2024-05-01 or 2024-05-01T12:00:00Z"),
    };

    private static double Share(YamlSection split, string key, double otherwise) => split.Number<double>(key) switch
    {
        null => otherwise,
        > 0 and <= 0.5 and var share => share,
        var other => throw split.Error(key, FormattableString.Invariant($"is {other}; it must be above 0 and at most 0.5")),
    };
}
