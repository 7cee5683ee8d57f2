using System.Text.Json;
using Plumbline.Datasets;
using Plumbline.Inference.Batch;

namespace Plumbline.Tests.Inference.Batch;

public sealed class BatchInferenceTests : IDisposable
{
    private const int Chunk = BatchFolder.ChunkRows;

    private readonly BatchFolder _folder = new();

    public static MatrixTheoryData<string, string> Formats() =>
        new(["in.csv", "in.csv.gz", "in.tsv", "in.jsonl", "in.jsonl.gz", "in.parquet"], ["out.csv", "out.csv.gz", "out.jsonl", "out.parquet"]);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Run_FromEveryFormatToEveryFormat_AsAnsweredRowByRow(string input, string output)
    {
        const int Rows = 230;
        var result = await _folder.RunAsync(_folder.Options(_folder.Write(input, Rows), output, "id"));
        (result.Rows, result.Errors, result.Resumed).ShouldBe((Rows, 0, 0));
        _folder.Read(output).ShouldBe(Enumerable.Range(0, Rows).Select(_folder.Expected));
        Directory.GetFileSystemEntries(Path.GetDirectoryName(_folder.File(output))!).Select(Path.GetFileName).Except([input, output, "home"]).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(Chunk - 1)]
    [InlineData(Chunk)]
    [InlineData(Chunk + 1)]
    [InlineData(2 * Chunk)]
    public async Task Run_RowsAtBoundsOfChunks_AllOnceInOrder(int rows)
    {
        var input = _folder.Write("in.csv", "id,text,hour\n" + string.Concat(Enumerable.Range(0, rows).Select(row => $"{row},good {row % 10},\n")));
        foreach (var output in new[] { "out.csv", "out.parquet" })
        {
            (await _folder.RunAsync(_folder.Options(input, output, "id"))).Rows.ShouldBe(rows);
            _folder.Read(output).Select(line => line.Split(',')[0]).ShouldBe(Enumerable.Range(0, rows).Select(row => $"{row}"));
        }
    }

    [Theory]
    [InlineData(12_000, 8_000)]
    [InlineData(2_500, 60_000)]
    public async Task Run_LongColumnsKeptInParquet_InGroupsThatMemoryHolds(int rows, int length)
    {
        var note = new string('x', length);
        var input = _folder.Write("in.csv.gz", "id,text,hour,note\n" + string.Concat(Enumerable.Range(0, rows).Select(row => $"{row},good {row % 10},,{row} {note}\n")));
        (await _folder.RunAsync(_folder.Options(input, "out.parquet", "id", "note"))).Rows.ShouldBe(rows);
        BatchFolder.Query($"SELECT count(*), min(CAST(id AS BIGINT) = CAST(split_part(note, ' ', 1) AS BIGINT)), min(length(note)) FROM read_parquet('{_folder.File("out.parquet")}')")
            .ShouldHaveSingleItem().ShouldBe([$"{rows}", "True", $"{length + 2}"]);
    }

    [Fact]
    public async Task Run_ManyFiles_AsOneInOrdinalOrderOfPaths()
    {
        _folder.Write("part-2.parquet", 20, first: 60);
        _folder.Write("part-10.jsonl", 60);
        var result = await _folder.RunAsync(_folder.Options(_folder.File("part-*"), "out.csv", "id"));
        result.Rows.ShouldBe(80);
        _folder.Read("out.csv").ShouldBe(Enumerable.Range(0, 80).Select(_folder.Expected));
    }

    [Theory]
    [InlineData("in.csv", "out.csv.gz")]
    [InlineData("in.jsonl", "out.jsonl")]
    [InlineData("in.parquet", "out.parquet")]
    public async Task Run_InterruptedAndGoneOn_ByteEqualWhateverTheThreads(string name, string output)
    {
        const int Rows = (2 * Chunk) + 4_500;
        var input = _folder.Write(name, Rows);
        (await _folder.RunAsync(_folder.Options(input, "whole-" + output, "id"), threads: 3)).Rows.ShouldBe(Rows);
        var options = _folder.Options(input, output, "id");
        foreach (var (stopAt, threads) in new[] { (Chunk + 4_000, 2), ((2 * Chunk) + 4_000, 1) })
        {
            using var stopping = new Stopping(stopAt);
            var inference = _folder.Inference(options);
            await Should.ThrowAsync<OperationCanceledException>(() => inference.RunAsync(threads, false, stopping, stopping.Token));
            inference.RowsKept.ShouldBeInRange(Chunk, 2 * Chunk);
            File.Exists(_folder.File(output)).ShouldBeFalse();
        }
        (await _folder.RunAsync(options)).Resumed.ShouldBeInRange(Chunk, 2 * Chunk);
        File.ReadAllBytes(_folder.File(output)).ShouldBe(File.ReadAllBytes(_folder.File("whole-" + output)));
        Directory.Exists(_folder.File(output + ".parts")).ShouldBeFalse();
    }

    [Fact]
    public async Task Run_SomethingElseAfterAnInterruption_RefusedWithWhatDiffers()
    {
        var input = _folder.Write("in.csv", Chunk + 4_500);
        var options = _folder.Options(input, "out.csv", "id");
        using (var stopping = new Stopping(Chunk + 4_000))
            await Should.ThrowAsync<OperationCanceledException>(() => _folder.RunAsync(options, 1, progress: stopping, stop: stopping.Token));
        (await RefusalAsync(options with { Keep = [] })).ShouldContain("kept columns was 'id' and is ''");
        (await RefusalAsync(options with { Version = "reviews/3" })).ShouldContain("version column was '' and is 'reviews/3'");
        (await RefusalAsync(options with { Format = AnswerFormat.Jsonl })).ShouldContain("format was 'Csv' and is 'Jsonl'");
        File.AppendAllText(input, "x,good,1\n");
        var message = await RefusalAsync(options);
        message.ShouldContain($"{input} had ");
        message.ShouldContain("--restart");
        (await _folder.RunAsync(options, restart: true)).Resumed.ShouldBe(0);
    }

    [Fact]
    public async Task Run_RowsThatCannotBeAnswered_NullWithTheReasonBeside()
    {
        var input = _folder.Write("in.jsonl", """
            {"id": 0, "text": "fine", "hour": 1}
            {"id": 1, "text": 5}
            no json, and secret
            {"id": 3, "text": ["secret"]}
            {"id": 4, "text": "much too long a secret"}
            {"id": 5, "text": null, "hour": "noon"}

            """);
        foreach (var output in new[] { "out.csv", "out.jsonl", "out.parquet" })
        {
            var result = await _folder.RunAsync(_folder.Options(input, output, "id") with { TextLength = 12 });
            (result.Rows, result.Errors).ShouldBe((6, 4));
            _folder.Read(output).Select(line => line.EndsWith(",-", StringComparison.Ordinal) ? line : line.Split(',')[0]).ShouldBe(["0", "1,-", ",-", "3,-", "4,-", "5"]);
            var errors = File.ReadAllLines(_folder.File(output + ".errors.jsonl"));
            errors.Select(line => JsonDocument.Parse(line).RootElement).Select(error => $"{error.GetProperty("row")} {error.GetProperty("file_row")} {error.GetProperty("column")} {error.GetProperty("reason")}")
                .ShouldBe(["2 2 text wrong_type", "3 3  unreadable", "4 4 text wrong_type", "5 5 text text_too_long"]);
            string.Concat(errors).ShouldNotContain("secret");
        }
        (await _folder.RunAsync(_folder.Options(_folder.Write("good.csv", 3), "out.csv", "id"))).Errors.ShouldBe(0);
        File.Exists(_folder.File("out.csv.errors.jsonl")).ShouldBeFalse();
    }

    [Fact]
    public async Task Run_MoreErrorsThanAllowed_BrokenOffAndGoneOnWithMore()
    {
        var input = _folder.Write("in.jsonl", string.Concat(Enumerable.Range(0, 100).Select(row => row % 10 == 0 ? "{\n" : $"{{\"text\": \"good {row}\", \"hour\": 3}}\n")));
        var options = _folder.Options(input, "out.csv") with { MaxErrors = new ErrorLimit(9, null) };
        (await RefusalAsync(options)).ShouldContain("10 of 100 rows cannot be answered, and at most 9 may be");
        File.Exists(_folder.File("out.csv")).ShouldBeFalse();
        File.ReadAllLines(_folder.File("out.csv.errors.jsonl")).Length.ShouldBe(10);
        (await RefusalAsync(options with { MaxErrors = new ErrorLimit(null, 0.09) })).ShouldContain("at most 9% may be");
        (await _folder.RunAsync(options with { MaxErrors = new ErrorLimit(null, 0.1) })).Resumed.ShouldBe(100);
        File.ReadAllLines(_folder.File("out.csv")).Length.ShouldBe(101);
    }

    [Fact]
    public async Task Run_KeptColumns_AsTheyStandAndParquetWithItsTypes()
    {
        var input = _folder.File("in.parquet");
        BatchFolder.Query($"COPY (SELECT 'good' AS text, 5 AS hour, 9007199254740993 AS big, DATE '2020-02-29' AS day, true AS flag, 'a,\"b\"' AS quoted, NULL::INTEGER AS none, 0.1::DOUBLE AS tenth) TO '{input}' (FORMAT parquet)");
        string[] keep = ["big", "day", "flag", "quoted", "none", "tenth"];
        await _folder.RunAsync(_folder.Options(input, "out.parquet", keep) with { Version = "reviews/3" });
        var described = BatchFolder.Query($"DESCRIBE SELECT * FROM read_parquet('{_folder.File("out.parquet")}')").ToDictionary(cells => cells[0]!, cells => cells[1]);
        keep.Select(name => described[name]).ShouldBe(["BIGINT", "DATE", "BOOLEAN", "VARCHAR", "INTEGER", "DOUBLE"]);
        (described["label"], described["probability"], described["version"]).ShouldBe(("VARCHAR", "FLOAT", "VARCHAR"));
        await _folder.RunAsync(_folder.Options(input, "out.csv", keep));
        File.ReadAllLines(_folder.File("out.csv"))[1].ShouldStartWith("9007199254740993,2020-02-29,true,\"a,\"\"b\"\"\",,0.1,");
        await _folder.RunAsync(_folder.Options(input, "out.jsonl", keep));
        File.ReadAllText(_folder.File("out.jsonl")).ShouldStartWith("""{"big":9007199254740993,"day":"2020-02-29","flag":true,"quoted":"a,\"b\"","none":null,"tenth":0.1,""");
        (await RefusalAsync(_folder.Options(input, "out.csv", "nobody"))).ShouldContain("no column 'nobody' to keep");
    }

    [Fact]
    public async Task Run_OutputThatCannotBe_RefusedBeforeAnythingIsRead()
    {
        var input = _folder.Write("in.csv", 3);
        (await RefusalAsync(_folder.Options(input, "in.csv"))).ShouldContain("is part of the input");
        (await RefusalAsync(_folder.Options(input, "out.parquet.gz"))).ShouldContain("Leave .gz out");
        (await RefusalAsync(_folder.Options(input, "out.parquet") with { Explain = 3 })).ShouldContain("Explanations");
        Directory.CreateDirectory(_folder.File("folder"));
        (await RefusalAsync(_folder.Options(input, "folder"))).ShouldContain("is a folder");
        Directory.CreateDirectory(_folder.File("busy.csv.parts"));
        using var busy = new FileStream(_folder.File("busy.csv.parts/lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        (await RefusalAsync(_folder.Options(input, "busy.csv"))).ShouldContain("another process");
    }

    private async Task<string> RefusalAsync(BatchOptions options) => (await Should.ThrowAsync<DatasetException>(() => _folder.RunAsync(options))).Message;
}
