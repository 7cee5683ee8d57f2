using System.Text.Json;

namespace Plumbline.Server.Tests.Predictions;

public sealed class PredictTests(RunningServer server)
{
    [Fact]
    public async Task Predict_Texts_LabelsAndProbabilitiesInOrder()
    {
        var answer = await server.PredictAsync("""{"texts":["I could not put it down.","Dull.",""],"numeric_features":null}""");

        answer.Status.ShouldBe(200, answer.Body);
        answer.MediaType.ShouldBe("application/json");
        answer.Headers["Content-Length"].ShouldBe(answer.Body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
        var labels = (await server.GetAsync("/metadata")).Json.GetProperty("labels").EnumerateArray().Select(label => label.GetString()!).ToArray();
        answer.Json.GetProperty("labels").GetArrayLength().ShouldBe(3);
        answer.Json.GetProperty("probs").GetArrayLength().ShouldBe(3);
        foreach (var probabilities in answer.Json.GetProperty("probs").EnumerateArray())
        {
            probabilities.GetArrayLength().ShouldBe(labels.Length);
            probabilities.EnumerateArray().Sum(p => p.GetSingle()).ShouldBe(1, 1e-5);
        }
        answer.Json.GetProperty("labels").EnumerateArray().ShouldAllBe(label => labels.Contains(label.GetString()));
        answer.Json.GetProperty("version").GetString().ShouldBe("reviews/3");
        answer.Json.GetProperty("prediction_ids").EnumerateArray().Select(id => id.GetGuid()).ShouldBeUnique();
    }

    [Fact]
    public async Task Predict_Text_SameFiguresAsTexts()
    {
        var one = (await server.PredictAsync("""{"text":"I could not put it down."}""")).Json;
        var many = (await server.PredictAsync("""{"texts":["I could not put it down."]}""")).Json;

        one.GetProperty("label").GetString().ShouldBe(many.GetProperty("labels")[0].GetString());
        one.GetProperty("probs").EnumerateObject().Select(p => p.Value.GetSingle())
            .ShouldBe(many.GetProperty("probs")[0].EnumerateArray().Select(p => p.GetSingle()));
        one.GetProperty("prediction_id").GetGuid().Version.ShouldBe(7);
    }

    [Fact]
    public async Task Predict_Explain_WordsWithTheirPlacesAndFeatures()
    {
        const string Text = "ÄÖ Wonderful! Loved it, a brilliant and perfect book";
        var one = (await server.PredictAsync($$"""{"numeric_features":{"price":5},"explain":4,"text":"{{Text}}"}""")).Json;
        var explanation = one.GetProperty("explanation");
        explanation.GetProperty("label").GetString().ShouldBe(one.GetProperty("label").GetString());
        explanation.GetProperty("exact").GetBoolean().ShouldBeTrue();
        var contributions = explanation.GetProperty("contributions").EnumerateArray().ToArray();
        contributions.Length.ShouldBe(4);
        (contributions.Sum(contribution => contribution.GetProperty("log_odds").GetSingle()) + explanation.GetProperty("rest").GetSingle()).ShouldBe(explanation.GetProperty("log_odds").GetSingle(), 1e-4f);
        var words = contributions.Where(contribution => contribution.TryGetProperty("text", out _)).ToArray();
        words.ShouldNotBeEmpty();
        foreach (var word in words)
        {
            Text[word.GetProperty("start").GetInt32()..word.GetProperty("end").GetInt32()].ShouldBe(word.GetProperty("text").GetString());
            System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(Text)[word.GetProperty("utf8_start").GetInt32()..word.GetProperty("utf8_end").GetInt32()]).ShouldBe(word.GetProperty("text").GetString());
        }

        var many = (await server.PredictAsync($$"""{"numeric_features":{"price":[5,5]},"texts":["{{Text}}",""],"explain":4}""")).Json.GetProperty("explanations");
        many.GetArrayLength().ShouldBe(2);
        many[0].ToString().ShouldBe(explanation.ToString());
        (await server.PostAsync("/batch_predict", $$"""{"data":[{"text":"{{Text}}","price":5}],"explain":4}""")).Json.GetProperty("explanations")[0].ToString().ShouldBe(explanation.ToString());
    }

    [Theory]
    [InlineData("null")]
    [InlineData("0")]
    public async Task Predict_ExplainByNothing_NoExplanation(string explain) =>
        (await server.PredictAsync($$"""{"text":"good","explain":{{explain}}}""")).Json.TryGetProperty("explanation", out _).ShouldBeFalse();

    [Theory]
    [InlineData("""gr\u00fc\u00dfe \ud83d\ude00 \"x\" \\ \/ \n""", "grüße 😀 \\\"x\\\" \\\\ / \\n")]
    [InlineData("""\u0000""", """\u0000""")]
    public async Task Predict_EscapedText_SameAsUnescaped(string escaped, string plain)
    {
        var a = await server.PredictAsync($$"""{"texts":["{{escaped}}"]}""");
        var b = await server.PredictAsync($$"""{"texts":["{{plain}}"]}""");
        a.Status.ShouldBe(200, a.Body);
        a.Json.GetProperty("probs").ToString().ShouldBe(b.Json.GetProperty("probs").ToString());
    }

    [Fact]
    public async Task Predict_MembersInAnyOrderAndUnknownOnes_Answered()
    {
        var answer = await server.PredictAsync(
            """{"x":{"y":[1]},"time":["2014-07-23",1406073600],"entities":{"user":["u1",null],"item":[1,2],"z":3},"numeric_features":{"price":[4,5],"nope":"?"},"texts":["a","b"]}""");
        answer.Status.ShouldBe(200, answer.Body);
        answer.Json.GetProperty("warnings").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task Predict_InputFeatures_WarnOfMissingWrongTypeAndOutOfRange()
    {
        var answer = await server.PredictAsync("""{"texts":["a","b","c","d","e"],"numeric_features":{"price":[4,null,"4",1e9,[1]]}}""");
        answer.Json.GetProperty("warnings").ToString().ShouldBe("""{"missing":{"price":[1]},"type":{"price":[2,4]},"out_of_range":{"price":[3]}}""");
    }

    [Fact]
    public async Task Predict_NoInputFeatures_WarnsOfMissing()
    {
        var answer = await server.PredictAsync("""{"text":"a"}""");
        answer.Json.GetProperty("warnings").ToString().ShouldBe("""{"missing":{"price":[0]}}""");
    }

    [Fact]
    public async Task Predict_MissingInput_SameAsNone()
    {
        var a = (await server.PredictAsync("""{"texts":["a"],"numeric_features":{"price":["4"]}}""")).Json;
        var b = (await server.PredictAsync("""{"texts":["a"]}""")).Json;
        a.GetProperty("probs").ToString().ShouldBe(b.GetProperty("probs").ToString());
    }

    [Fact]
    public async Task Predict_TextFeatureSentDiffering_WarnsAndUsesTheComputed()
    {
        var right = (await server.PredictAsync("""{"texts":["good book"],"numeric_features":{"price":[5],"text_len":[9]}}""")).Json;
        var wrong = (await server.PredictAsync("""{"texts":["good book"],"numeric_features":{"price":[5],"text_len":[10]}}""")).Json;
        right.GetProperty("warnings").ValueKind.ShouldBe(JsonValueKind.Null);
        wrong.GetProperty("warnings").ToString().ShouldBe("""{"differs":{"text_len":[0]}}""");
        wrong.GetProperty("probs").ToString().ShouldBe(right.GetProperty("probs").ToString());
    }

    [Fact]
    public async Task BatchPredict_Rows_SameFiguresAsTexts()
    {
        var rows = await server.PostAsync("/batch_predict", """{"data":[{"reviewText":"a fine book","price":4},{"price":5,"text":"dull","summary":{"x":1}}]}""");
        var texts = await server.PredictAsync("""{"texts":["a fine book","dull"],"numeric_features":{"price":[4,5]}}""");

        rows.Status.ShouldBe(200, rows.Body);
        rows.Json.GetProperty("predictions").ToString().ShouldBe(texts.Json.GetProperty("labels").ToString());
        rows.Json.GetProperty("probs").ToString().ShouldBe(texts.Json.GetProperty("probs").ToString());
        rows.Json.GetProperty("warnings").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    [Fact]
    public async Task BatchPredict_FeatureInSomeRowsOnly_WarnsOfTheOthers()
    {
        var rows = await server.PostAsync("/batch_predict", """{"data":[{"text":"a"},{"text":"b","price":4},{"text":"c"},{"text":"d","price":"x"}]}""");
        rows.Json.GetProperty("warnings").ToString().ShouldBe("""{"missing":{"price":[0,2]},"type":{"price":[3]}}""");
    }

    [Fact]
    public async Task Predict_ManyAtOnce_EachGetsItsOwnAnswer()
    {
        var bodies = Enumerable.Range(0, 200).Select(i => $$"""{"texts":["review number {{i}} of many","{{new string('x', i * 7)}}"]}""").ToArray();
        var alone = new List<string>();
        foreach (var body in bodies)
            alone.Add((await server.PredictAsync(body)).Json.GetProperty("probs").ToString());
        var together = await Task.WhenAll(bodies.Select(server.PredictAsync));
        together.Select(answer => answer.Json.GetProperty("probs").ToString()).ShouldBe(alone);
    }
}
