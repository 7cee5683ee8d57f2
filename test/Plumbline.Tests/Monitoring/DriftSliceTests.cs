using Plumbline.Inference.Logging;
using Plumbline.Monitoring;
using Plumbline.Tests.Inference.Logging;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Monitoring;

public sealed class DriftSliceTests : IDisposable
{
    private const int Rows = 3_000;

    private static readonly DriftSchema Schema = new(LoggedEntries.Version.Labels, ["price", "text_len"], LoggedEntries.Version.Categorical);
    private static readonly PredictionQuery Hour = new(DateTimeOffset.FromUnixTimeMilliseconds(LoggedEntries.Begin), DateTimeOffset.FromUnixTimeMilliseconds(LoggedEntries.Begin).AddHours(1));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("label=good", Rows / 2)]
    [InlineData("kind=book", Rows / 2)]
    [InlineData("user=ann 0,ann 2,ann 4,nobody", 3)]
    [InlineData("user=ann 10*,nobody", 56)]
    public async Task Read_OpenOrFinished_CountsTheSame(string where, int expected)
    {
        var options = new PredictionLogOptions { Folder = _folder.Path, Text = true };
        DriftSketch open;
        await using (var log = PredictionLog.Open(options, LoggedEntries.Node, TimeProvider.System))
        {
            var version = log.Register(LoggedEntries.Version);
            for (var i = 0; i < Rows; i++)
                LoggedEntries.Append(log, version, i, LoggedEntries.Begin + (i * 10));
            while (PredictionLogReader.Read(_folder.Path, Hour).Count() < Rows)
                await Task.Delay(50, TestContext.Current.CancellationToken);
            open = await ReadAsync(where);
        }
        var finished = await ReadAsync(where);
        Directory.GetFiles(_folder.Path, "*.parquet", SearchOption.AllDirectories).ShouldNotBeEmpty();
        foreach (var sketch in new[] { open, finished })
            sketch.Requests.ShouldBe(expected);
        finished.ToBytes().ShouldBe(open.ToBytes());
        (finished.Numeric[0].Missing + finished.Numeric[0].Count).ShouldBe(expected);
        finished.Length.Count.ShouldBe(expected);
    }

    [Fact]
    public void Parse_NoCondition_SaysHowToWriteOne()
    {
        Should.Throw<FormatException>(() => DriftFilter.Parse("label")).Message.ShouldContain("label=5");
        Should.Throw<FormatException>(() => DriftFilter.Parse("label="));
        DriftFilter.Parse("user=a,b").Values.ShouldBe(["a", "b"]);
    }

    private async Task<DriftSketch> ReadAsync(string where) =>
        DriftSlice.Read(await LoggedSlice.OpenAsync(new LoggedSource(_folder.Path), Hour, [DriftFilter.Parse(where)], TestContext.Current.CancellationToken), Schema, null, TestContext.Current.CancellationToken);
}
