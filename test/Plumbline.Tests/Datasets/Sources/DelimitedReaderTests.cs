using System.Text;
using FsCheck.Xunit;
using Plumbline.Datasets.Sources;

namespace Plumbline.Tests.Datasets.Sources;

public sealed class DelimitedReaderTests
{
    private static readonly Dialect Comma = new((byte)',', Quoted: true, Header: false);

    [Property(MaxTest = 300)]
    public void Read_WhateverWasWritten_ComesBack(string?[][] rows, byte delimiter, bool crlf, byte stride)
    {
        var separator = ",;\t|"[delimiter % 4];
        var table = rows.Select(row => row.Select(Plain).Prepend("x").ToArray()).ToArray();
        var text = string.Concat(table.Select(row => string.Join(separator, row.Select(value => Written(value, separator))) + (crlf ? "\r\n" : "\n")));
        var read = Parse(text, Comma with { Delimiter = (byte)separator }, stride + 1);
        read.Count.ShouldBe(table.Length);
        for (var i = 0; i < table.Length; i++)
            read[i].ShouldBe(table[i]);
    }

    [Fact]
    public void Read_MixedLineEndsBlankLinesAndNoLastBreak_OneRecordEach() =>
        Parse("a,1\r\n\r\nb,2\n\n\nc,3\rd,4", Comma, 3).Select(row => row[0]).ShouldBe(["a", "b", "c", "d"]);

    [Fact]
    public void Read_QuoteInsideUnquotedField_IsOrdinary() =>
        Parse("a \"b\" c,1\n", Comma, 100)[0][0].ShouldBe("a \"b\" c");

    [Fact]
    public void Read_UnquotedDialect_LeavesQuotes() =>
        Parse("\"a\" b\t1\n", new Dialect((byte)'\t', Quoted: false, Header: false), 100)[0][0].ShouldBe("\"a\" b");

    [Fact]
    public void Read_PartialText_LeavesOutItsIncompleteEnd()
    {
        foreach (var end in new[] { "b", "b,", "\"b", "\"b\"", "b,2" })
        {
            var text = Encoding.UTF8.GetBytes("a,1\n" + end);
            using var reader = new DelimitedReader("f", [], Comma, text, text.Length, Stream.Null, partial: true);
            reader.Read().ShouldBeTrue();
            reader.Read().ShouldBeFalse(end);
        }
    }

    [Fact]
    public void Line_AfterMultiLineFields_IsWhereTheRecordStarts()
    {
        var text = "h,l\n\"a\n\"\"b\"\"\n\",1\nc,2\n"u8.ToArray();
        using var reader = new DelimitedReader("f", ["h", "l"], Comma with { Header = true }, text, text.Length, Stream.Null);
        reader.Read().ShouldBeTrue();
        (reader.Row, reader.Line).ShouldBe((1, 2));
        reader.Read().ShouldBeTrue();
        (reader.Row, reader.Line).ShouldBe((2, 5));
    }

    /// <summary>No half surrogates, which no UTF-8 file holds, and no NUL.</summary>
    private static string Plain(string? value) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(value ?? "")).Replace("\0", "", StringComparison.Ordinal);

    private static string Written(string value, char separator) =>
        value.AsSpan().IndexOfAny($"\"\r\n{separator}") < 0 ? value : $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static List<string[]> Parse(string text, Dialect dialect, int stride)
    {
        using var reader = new DelimitedReader("f", [], dialect, new byte[4], 0, new SlowStream(Encoding.UTF8.GetBytes(text), stride));
        var rows = new List<string[]>();
        while (reader.Read())
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => Encoding.UTF8.GetString(reader.Field(i)))]);
        return rows;
    }

    /// <summary>Gives few bytes a read, so that every token is cut somewhere.</summary>
    private sealed class SlowStream(byte[] bytes, int stride) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, stride)]);

        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, stride));
    }
}
