using Plumbline.Datasets;
using Plumbline.Datasets.Preparation;
using Plumbline.Learning;
using Plumbline.Projects;
using Plumbline.Storage;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Projects;

public sealed class ProjectTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_EveryKey_IsTaken()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "key"), "a-secret-of-20-chars\n");
        var project = Load("""
            project: shop
            data:
              path: data/reviews.csv
              text: body
              label: stars
              numeric: [price]
              categorical: [country]
              split: {by: time, seed: 3, valid: 0.2, test: 0.1}
            features:
              word: [1, 3]
              characters: [3, 5]
              max_features: 1000
              tokens: [urls, negation_scope]
              numeric: {keywords: [refund], weight: 0.5}
              categorical: {min_rows: 5, max_categories: 20, weight: 0.25}
            train: {families: [logistic, svm], seed: 7, calibration: isotonic, refit: false, class_weights: [natural, sqrt], l1_ratio: 0.5}
            model: {name: shop-reviews}
            server:
              port: 0
              grpc_port: 9001
              limits: {items: 5, stream_items: 50, stream_bytes: 1000000}
              admission: {concurrency: 3, queue_texts: 500, wait_seconds: 0.5, batch_texts: 8}
              api_keys:
                - {name: web, secret: {file: key}, requests_per_minute: 60}
            """);
        project.Name.ShouldBe("shop");
        project.Model.ShouldBe("shop-reviews");
        var source = project.Data.ShouldNotBeNull().Source;
        source.Path.ShouldBe(Path.Combine(_folder.Path, "data/reviews.csv"));
        (source.Text, source.Label, source.Numeric.Single(), source.Categorical.Single()).ShouldBe(("body", "stars", "price", "country"));
        (source.Split.By, source.Split.Seed, source.Split.ValidShare, source.Split.TestShare).ShouldBe((SplitBy.Time, 3UL, 0.2, 0.1));
        var features = project.Training.Features;
        (features.Ngrams.WordMax, features.Ngrams.CharacterMin, features.MaxFeatures, features.Numeric.Weight).ShouldBe((3, 3, 1000, 0.5));
        (features.Categorical.MinRows, features.Categorical.MaxCategories, features.Categorical.Weight).ShouldBe((5, 20, 0.25));
        features.Tokens.NegationScope.ShouldBeTrue();
        features.Tokens.Contractions.ShouldBeFalse();
        project.Training.Families.ShouldBe(["logistic", "svm"]);
        (project.Training.Seed, project.Training.Calibration, project.Training.Refit).ShouldBe((7UL, CalibrationMethod.Isotonic, false));
        project.Training.Weightings.ShouldBe([ClassWeighting.Natural, ClassWeighting.Sqrt]);
        (project.Server.GrpcPort, project.Server.Items, project.Server.StreamItems, project.Server.StreamBytes).ShouldBe((9001, 5, 50, 1_000_000));
        project.Server.Admission.ShouldBe(new AdmissionSettings(3, 500, 0.5, 8));
        var key = project.Server.ApiKeys.Single();
        key.Secret.Reveal().ShouldBe("a-secret-of-20-chars");
        key.ToString().ShouldNotContain("a-secret");
    }

    [Fact]
    public void Load_Store_IsAnAddressOrTheFileThatHoldsIt()
    {
        File.WriteAllText(_folder.File("address"), "postgres://ann:hunter2@db:6543/shop\n");
        var project = Load("store: {file: address}");
        project.Store.ShouldNotBeNull().ToString().ShouldBe("postgres://db:6543/shop");
        project.ToString().ShouldNotContain("hunter2");
        Project.FindStore(_folder.Path).ShouldNotBeNull().ToString().ShouldBe("postgres://db:6543/shop");
        Load("store: sqlite").Store.ShouldBeNull();
        Load("project: shop").Store.ShouldBeNull();
        var message = Should.Throw<ProjectException>(() => Load("store: mysql://ann:hunter2@db/shop")).Message;
        message.ShouldContain("store: the address of the metadata store cannot be read");
        message.ShouldNotContain("hunter2");
    }

    [Fact]
    public void Load_Preparation_IsRead()
    {
        var data = Load("""
            data:
              path: a.csv
              split: {together: near}
              aggregates: [user_avg_len, item_review_count]
              prepare:
                min_characters: 3
                duplicates: normalised
                conflicts: drop
                labels: {fold: true, map: {Bad: poor, "1": one}, drop: [unknown]}
                balance: {method: oversample, cap: 100}
            """).Data!;
        data.Aggregates.Select(feature => feature.Name).ShouldBe(["user_avg_len", "item_review_count"]);
        data.Source.Split.Together.ShouldBe(SplitTogether.Near);
        var preparation = data.Preparation;
        (preparation.MinCharacters, preparation.MaxCharacters, preparation.Duplicates, preparation.NearSimilarity, preparation.Conflicts)
            .ShouldBe((3, int.MaxValue, DuplicateRule.Normalised, 0.8, ConflictRule.Drop));
        (preparation.Labels.Fold, preparation.Labels.Map["Bad"], preparation.Labels.Map["1"], preparation.Labels.Drop.Single()).ShouldBe((true, "poor", "one", "unknown"));
        (preparation.Balance.Method, preparation.Balance.Cap).ShouldBe((BalanceMethod.Oversample, 100));
    }

    [Fact]
    public void Load_EmptyFile_IsAllDefaults()
    {
        var project = Load("# nothing yet\n");
        project.Data.ShouldBeNull();
        project.Training.Seed.ShouldBe(TrainingOptions.Default.Seed);
        project.Training.Families.ShouldBe(TrainingOptions.Default.Families);
    }

    [Theory]
    [InlineData("trian: {seed: 1}", "line 1", "unknown key 'trian'; did you mean 'train'?")]
    [InlineData("project: x\ntrain:\n  sed: 1", "line 3", "unknown key 'train.sed'; did you mean 'seed'?")]
    [InlineData("data: {path: a.csv, zzzzzzzz: 1}", "line 1", "known here: path, ")]
    [InlineData("data: {text: a}", "line 1", "data.path is missing")]
    [InlineData("train: {seed: x}", "line 1", "train.seed is 'x', not a whole number")]
    [InlineData("train: {seed: -1}", "line 1", "train.seed is '-1'")]
    [InlineData("train: {refit: maybe}", "line 1", "write true or false")]
    [InlineData("train: {calibration: magic}", "line 1", "none, temperature, isotonic")]
    [InlineData("train: {families: [wood]}", "", "'wood' is not one of all")]
    [InlineData("features: {categorical: {min_rows: 0}}", "", "features.categorical.min_rows: 0 is below 1")]
    [InlineData("features: {categorical: {max_categories: 1001}}", "", "features.categorical.max_categories: 1001 is not within 1 to 1000")]
    [InlineData("features: {categorical: {weight: 0}}", "", "features.categorical.weight: 0 must be more than 0")]
    [InlineData("train: 5", "line 1", "train is a section")]
    [InlineData("features: {word: [1]}", "line 1", "features.word is a range")]
    [InlineData("features: {tokens: urls}", "line 1", "features.tokens is a list")]
    [InlineData("data: {path: a.csv, split: {valid: 2}}", "line 1", "data.split.valid is 2")]
    [InlineData("data: {path: a.csv, prepare: {near_similarity: 0.3}}", "line 1", "data.prepare cannot be: near_similarity: 0.3 is not within 0.5 to 1")]
    [InlineData("data: {path: a.csv, prepare: {duplicates: all}}", "line 1", "keep, exact, normalised, near")]
    [InlineData("data: {path: a.csv, prepare: {labels: {map: {a: [b]}}}}", "line 1", "data.prepare.labels.map.a is one value")]
    [InlineData("data: {path: a.csv, prepare: {balance: {cap: 0}}}", "line 1", "balance.cap: 0 is below 1")]
    [InlineData("data: {path: a.csv, aggregates: [user_avg_length]}", "line 1", "did you mean 'user_avg_len'?")]
    [InlineData("data: {path: a.csv, split: {valid_from: soon}}", "line 1", "data.split.valid_from is no time")]
    [InlineData("data: {path: a.csv, split: {by: user, test_from: 2024-01-01}}", "line 1", "data.split.test_from cuts by time")]
    [InlineData("data: {path: a.csv, split: {valid_from: 2024-02-01, test_from: 2024-01-01}}", "line 1", "data.split.test_from is before valid_from")]
    [InlineData("data: {path: a.csv, query: SELECT 1}", "plumbline.yaml", "give either path")]
    [InlineData("data: {query: SELECT 1}", "plumbline.yaml", "data.query needs data.postgres")]
    [InlineData("data: {query: SELECT 1, postgres: Password=hunter2;Wrong}", "plumbline.yaml", "data.postgres: the connection string cannot be read")]
    [InlineData("data: {path: a.csv, delimiter: ab}", "line 1", "data.delimiter is one character, or tab")]
    [InlineData("data: {path: a.csv, s3: {endpoint: minio}}", "line 1", "data.s3.endpoint is 'minio', not an address")]
    [InlineData("data: {path: a.csv, s3: {access_key: a}}", "plumbline.yaml", "access_key and secret_key together")]
    [InlineData("data: {path: a.csv, retry: {attempts: 0}}", "plumbline.yaml", "data.retry.attempts is 0; it must be from 1 to 100")]
    [InlineData("data: {path: a.csv, retry: {total_seconds: -1}}", "line 1", "data.retry.total_seconds is -1")]
    [InlineData("data:\n  path: a.csv\n  schema: {text: prose}", "line 3", "data.schema.text is 'prose', not one of boolean")]
    [InlineData("features: {store: {ttl: 999999999h}}", "line 1", "features.store.ttl is '999999999h'; it must be 1s to 36500d")]
    [InlineData("features: {store: {ttl: 0s}}", "line 1", "features.store.ttl")]
    [InlineData("features: {store: {timeout_seconds: 1e300}}", "line 1", "features.store.timeout_seconds is 1E+300; it must be above 0 and at most 60")]
    [InlineData("features: {store: {timeout_seconds: NaN}}", "line 1", "features.store.timeout_seconds is NaN")]
    [InlineData("features: {store: {defaults: {user_avg_len: 1e300}}}", "line 1", "features.store.defaults.user_avg_len is not a finite number")]
    [InlineData("data: {path: a.csv, schema: 5}", "line 1", "data.schema is a section")]
    [InlineData("project: !!python/object:os.system x", "line 1", "tags are not used here")]
    [InlineData("train: !Evil {seed: 1}", "line 1", "tags are not used here")]
    [InlineData("train: {families: [!!str logistic]}", "line 1", "tags are not used here")]
    [InlineData("project: a\nproject: b", "line 2", "uplicate")]
    [InlineData("project: [", "line 2", "YAML")]
    [InlineData("- a\n- b", "line 1", "keys and values are expected")]
    [InlineData("project: a\n---\nproject: b", "", "2 YAML documents")]
    [InlineData("model: {name: my reviews}", "model.name", "'my reviews' is not allowed")]
    [InlineData("server: {api_keys: [{name: a, requests_per_minute: 1}]}", "line 1", "server.api_keys[0].secret is missing")]
    [InlineData("server: {api_keys: [{name: a, secret: {file: none}, requests_per_minute: 1}]}", "line 1", "cannot be read")]
    public void Load_Wrong_SaysWhereAndWhat(string yaml, string where, string what)
    {
        var message = Should.Throw<ProjectException>(() => Load(yaml)).Message;
        message.ShouldContain(where);
        message.ShouldContain(what);
    }

    [Fact]
    public void Load_SourceKeys_AreTaken()
    {
        File.WriteAllText(Path.Combine(_folder.Path, "connection"), "Host=db;Database=shop;Username=reader;Password=hunter2\n");
        File.WriteAllText(Path.Combine(_folder.Path, "key"), "hunter3\n");
        var source = Load("""
            data:
              query: SELECT body, queue FROM tickets
              postgres: {file: connection}
              s3: {endpoint: "http://minio:9000", region: eu-west-1, path_style: true, access_key: shop, secret_key: {file: key}}
              retry: {attempts: 3, first_delay_seconds: 0.5, longest_delay_seconds: 2, attempt_timeout_seconds: 7, total_seconds: 60}
              delimiter: tab
              label_time: answered
              schema: {body: text, queue: string, opened: time}
              split: {valid_from: 2024-05-01, test_from: "2024-06-01T12:00:00+02:00", carved_valid: 0.2}
            """).Data!.Source;
        (source.Query, source.Path, source.Postgres!.ConnectionString).ShouldBe(("SELECT body, queue FROM tickets", "", "Host=db;Database=shop;Username=reader;Password=hunter2"));
        source.S3.ShouldBe(new S3Options { Endpoint = new Uri("http://minio:9000"), Region = "eu-west-1", PathStyle = true, AccessKey = "shop", SecretKey = "hunter3" });
        (source.Retry.Attempts, source.Retry.FirstDelay.TotalSeconds, source.Retry.LongestDelay.TotalSeconds, source.Retry.AttemptTimeout.TotalSeconds, source.Retry.TotalTime.TotalSeconds).ShouldBe((3, 0.5, 2, 7, 60));
        (source.Delimiter, source.LabelTime).ShouldBe(('\t', "answered"));
        source.Schema.ShouldBe([new PinnedColumn("body", FieldType.Text), new PinnedColumn("queue", FieldType.String), new PinnedColumn("opened", FieldType.Time)]);
        (source.Split.By, source.Split.CarvedValidShare, source.Split.ValidFrom, source.Split.TestFrom)
            .ShouldBe((SplitBy.Time, 0.2, new DateTimeOffset(2024, 5, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2024, 6, 1, 10, 0, 0, TimeSpan.Zero)));
        source.ToString().ShouldNotContain("hunter");
    }

    [Theory]
    [InlineData("s3://lake/reviews/*.csv", "s3://lake/reviews/*.csv")]
    [InlineData("reviews/", "{0}/reviews/")]
    public void Load_Path_IsRelativeToTheFileUnlessInAStore(string path, string expected) =>
        Load($"data: {{path: \"{path}\", schema: [text, label]}}").Data!.Source
            .ShouldSatisfyAllConditions(source => source.Path.ShouldBe(string.Format(null, expected, _folder.Path)), source => source.Schema!.Count.ShouldBe(2));

    [Fact]
    public void Write_TemplateWithSchema_PinsIt()
    {
        var mapping = new SchemaMapping(new MappedColumn(0, "text", "by name"), new MappedColumn(1, "my: label", "by shape"), null, null, null, null, []);
        var schema = new SourceSchema([new SourceColumn("text", FieldType.Text, 0), new SourceColumn("my: label", FieldType.Integer, 0.5)]);
        var source = Load(ProjectTemplate.Write("a.csv", "reviews", mapping, schema, '\t')).Data!.Source;
        source.Schema.ShouldBe(schema.Pin());
        source.Delimiter.ShouldBe('\t');
    }

    [Fact]
    public void Load_WrongSecret_IsNotShown()
    {
        var message = Should.Throw<ProjectException>(() => Load("server: {api_keys: [{name: a, secret: [hunter2hunter2hunter2], requests_per_minute: 1}]}")).Message;
        message.ShouldNotContain("hunter2");
    }

    [Fact]
    public void Write_Template_LoadsAgain()
    {
        var mapping = new SchemaMapping(
            new MappedColumn(0, "the \"text\": # 1", "by shape"), new MappedColumn(1, "label", "by name"), new MappedColumn(2, "fold", "by name"), null, null, null, []);
        var project = Load(ProjectTemplate.Write("my data.csv", "reviews", mapping));
        project.Data!.Source.Text.ShouldBe("the \"text\": # 1");
        project.Data.Source.SplitColumn.ShouldBe("fold");
        project.Data.Source.Path.ShouldBe(Path.Combine(_folder.Path, "my data.csv"));
        project.Model.ShouldBe("reviews");
    }

    [Fact]
    public void Write_TemplateUncommented_LoadsToo()
    {
        Directory.CreateDirectory(Path.Combine(_folder.Path, "secrets"));
        File.WriteAllText(Path.Combine(_folder.Path, "secrets/shop"), "0123456789abcdef");
        var lines = ProjectTemplate.Write("a.csv", "reviews", null).Split('\n')
            .Where(line => !line.StartsWith("# What", StringComparison.Ordinal) && !line.StartsWith("# yaml", StringComparison.Ordinal))
            .Select(line => line.StartsWith("# ", StringComparison.Ordinal) ? line[2..] : line.Replace("  # ", "  ", StringComparison.Ordinal));
        // Comments after values of the data section were uncommented too, so that part is put by.
        var text = string.Join('\n', lines.SkipWhile(line => !line.StartsWith("features", StringComparison.Ordinal)));
        var project = Load(text);
        project.Server.ApiKeys.Count.ShouldBe(1);
        project.Alerts!.Notifiers.Count.ShouldBe(1);
        project.Retraining.ShouldNotBeNull();
    }

    private Project Load(string yaml)
    {
        var path = Path.Combine(_folder.Path, Project.FileName);
        File.WriteAllText(path, yaml);
        return Project.Load(path);
    }
}
