using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Plumbline.Features.Online;
using Plumbline.Server;
using Plumbline.Storage;

namespace Plumbline.Cli.Tests.Commands;

/// <summary>Predictions on files with a model that has aggregates of users and items.</summary>
public sealed class PredictAggregatesTests(TrainedHome trained, PredictAggregatesTests.LoadedHome loaded) : IClassFixture<PredictAggregatesTests.LoadedHome>
{
    private static readonly Dictionary<string, double> Defaults = new() { ["user_avg_len"] = 33, ["item_mean_label"] = 2 };

    [Fact]
    public async Task Predict_UsersItemsAndTimes_BitEqualToHttpOnTheSameStore()
    {
        using var folder = new TemporaryFolder();
        var rows = Rows();
        var file = folder.Write("in.csv", "text,who,what,when,user_days_since_last\n" + string.Concat(rows.Select(row => $"{row.Text},{row.User},{row.Item},{row.Time},{row.Sent}\n")));
        folder.Write("plumbline.yaml", "data: {path: in.csv, text: text, user: who, item: what, time: no_such_column}\nfeatures: {store: {defaults: {user_avg_len: 33, item_mean_label: 2}}}\n");

        var answer = (await Cli.RunProcessAsync(
            folder.Path, "predict", "--bundle", loaded.Bundle, "--input", file, "--output", "out.csv", "--time", "when", "--home", loaded.Home, "--json")).ShouldSucceed().Json;
        var answers = File.ReadAllLines(folder.File("out.csv")).Skip(1).Select(line => line.Split(',')).ToArray();
        var http = await FromHttpAsync(rows);

        var labels = http.GetProperty("predictions").EnumerateArray().Select(label => label.GetString()).ToArray();
        answers.Select(cells => cells[0]).ShouldBe(labels);
        var probabilities = http.GetProperty("probs").EnumerateArray().Select(probs => probs.EnumerateArray().Select(value => BitConverter.SingleToInt32Bits(value.GetSingle())));
        foreach (var (cells, expected) in answers.Zip(probabilities))
            cells.Skip(2).Select(cell => BitConverter.SingleToInt32Bits(float.Parse(cell, CultureInfo.InvariantCulture))).ShouldBe(expected);
        Counts(answer.GetProperty("warnings")).ShouldBe(Counts(http.GetProperty("warnings")));
        answer.GetProperty("warnings").EnumerateObject().Select(kind => kind.Name).ShouldBe(["missing", "out_of_range", "unknown_entity", "differs"], ignoreOrder: true);
        answer.GetProperty("feature_store").GetString()!.ShouldContain("feature-store");
        answer.GetProperty("unreadable_times").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task Predict_NoStore_AnswersByWhatTheFileHasAndWarns()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("in.csv", "text,user,time,user_avg_len\ngood,u1,2020-01-01,1200\ngood,u1,soon,\ngood,,,\n");
        string[] predict = ["predict", "--bundle", loaded.Bundle, "--input", file, "--output", folder.File("out.csv"), "--home", folder.Home];
        var answer = (await Cli.RunAsync([.. predict, "--json"])).ShouldSucceed();
        answer.Error.ShouldContain("there is no feature store");
        answer.Error.ShouldContain("1 times cannot be read");
        answer.Json.GetProperty("feature_store").ValueKind.ShouldBe(JsonValueKind.Null);
        answer.Json.GetProperty("warnings").GetProperty("store_unavailable").GetProperty("user_avg_len").GetInt32().ShouldBe(2);
        answer.Json.GetProperty("warnings").GetProperty("missing").GetProperty("user_avg_len").GetInt32().ShouldBe(1);
        var lines = File.ReadAllLines(folder.File("out.csv"));
        lines[1].ShouldNotBe(lines[2]);
        (await Cli.RunAsync([.. predict, "--user", "nobody", "--json"])).ShouldFail(3, "data", "no column 'nobody'");
        (await Cli.RunAsync(predict)).ShouldSucceed().Error.ShouldContain("2 values of user_avg_len are not known, as the feature store could not be asked");
        Directory.Exists(Path.Combine(folder.Home, "feature-store")).ShouldBeFalse();
    }

    [Fact]
    public async Task Predict_DamagedStore_AnswersAndWarnsAndOneInUseIsCode7()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("in.csv", "text,user\ngood,u1\n");
        string[] predict = ["predict", "--bundle", loaded.Bundle, "--input", file, "--output", folder.File("out.csv"), "--home", folder.Home, "--json"];
        var store = new FeatureStoreOptions { Folder = new Home(folder.Home).FeatureStore };
        Directory.CreateDirectory(store.Folder);
        File.Copy(Path.Combine(new Home(loaded.Home).FeatureStore, "states.bin"), Path.Combine(store.Folder, "states.bin"));
        await using (FeatureStore.Open(store, TimeProvider.System))
            (await Cli.RunAsync(predict)).ShouldFail(7, "feature_store", "open in another process");
        var states = Path.Combine(store.Folder, "states.bin");
        var bytes = File.ReadAllBytes(states);
        bytes[^40] ^= 1;
        File.WriteAllBytes(states, bytes);
        var answer = (await Cli.RunAsync(predict)).ShouldSucceed();
        answer.Error.ShouldContain($"warning: {states}");
        answer.Json.GetProperty("warnings").GetProperty("store_unavailable").GetProperty("user_avg_len").GetInt32().ShouldBe(1);
    }

    /// <summary>Known and unknown users and items, some with blanks around them, some not named, at times between and after those of their records; some send a value of their own.</summary>
    private Row[] Rows()
    {
        var lines = File.ReadLines(trained.Data).Select(line => line.Split(',')).ToArray();
        var (user, item, time) = (Array.IndexOf(lines[0], "user"), Array.IndexOf(lines[0], "item"), Array.IndexOf(lines[0], "time"));
        var known = lines.Skip(1).Where(cells => cells.Length == lines[0].Length && DateTime.TryParse(cells[time], CultureInfo.InvariantCulture, out _)).ToArray();
        known.Length.ShouldBeGreaterThan(100);
        return [.. known.Select((cells, i) => new Row(
            i % 3 == 0 ? "a fine book" : "dull and long",
            i % 5 == 0 ? "" : i % 7 == 0 ? $"nobody-{i}" : $" {cells[user]} ",
            i % 11 == 0 ? "" : cells[item],
            i % 2 == 0 ? cells[time] : "2031-05-01T10:00:00Z",
            i % 4 == 0 ? $"{i}.25" : ""))];
    }

    private async Task<JsonElement> FromHttpAsync(Row[] rows)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var options = new ServerOptions { Bundle = loaded.Bundle, Port = 0, FeatureStore = new FeatureStoreOptions { Folder = new Home(loaded.Home).FeatureStore, Defaults = Defaults } };
        await using var server = await PredictionServer.StartAsync(options, TextWriter.Null, cancellation);
        await server.Ready;
        using var client = new HttpClient { BaseAddress = server.Address };
        var data = rows.Select(row => new { text = row.Text, user = row.User, item = row.Item, time = row.Time, user_days_since_last = row.Sent.Length == 0 ? (double?)null : double.Parse(row.Sent, CultureInfo.InvariantCulture) });
        using var response = await client.PostAsJsonAsync("/batch_predict", new { data }, cancellation);
        response.IsSuccessStatusCode.ShouldBeTrue(await response.Content.ReadAsStringAsync(cancellation));
        return await response.Content.ReadFromJsonAsync<JsonElement>(cancellation);
    }

    /// <summary>How often each warning is given, whether by counts or by the items.</summary>
    private static string[] Counts(JsonElement warnings) => [.. warnings.EnumerateObject()
        .SelectMany(kind => kind.Value.EnumerateObject().Select(feature => $"{kind.Name} {feature.Name} {(feature.Value.ValueKind == JsonValueKind.Array ? feature.Value.GetArrayLength() : feature.Value.GetInt32())}"))
        .Order(StringComparer.Ordinal)];

    private sealed record Row(string Text, string User, string Item, string Time, string Sent);

    /// <summary>A home with a model that has all aggregates, and its feature store.</summary>
    public sealed class LoadedHome(TrainedHome trained) : IAsyncLifetime
    {
        private readonly TemporaryFolder _folder = new();

        internal string Home => _folder.Home;

        internal string Bundle { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            var result = await Cli.RunAsync("train", trained.Data, "--aggregates", "all", "--families", "logistic", "--home", Home, "--json");
            Bundle = result.ShouldSucceed().Json.GetProperty("bundle").GetString()!;
            var snapshot = Path.GetFileName(Directory.GetDirectories(Path.Combine(Home, "snapshots")).Single());
            (await Cli.RunAsync("features", "load", "--snapshot", snapshot, "--home", Home)).ShouldSucceed();
        }

        public ValueTask DisposeAsync()
        {
            _folder.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
