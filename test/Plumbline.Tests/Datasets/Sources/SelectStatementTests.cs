using Plumbline.Datasets;
using Plumbline.Datasets.Sources;

namespace Plumbline.Tests.Datasets.Sources;

public sealed class SelectStatementTests
{
    [Theory]
    [InlineData("select 1")]
    [InlineData("  -- first\n/* then /* nested; */ ) */ SELECT ';)', \"a;)\", $$;)$$, $x$;)$$ $x$, E'\\';)', 'it''s;' FROM t WHERE a IN (1, 2)")]
    [InlineData("WITH a AS (SELECT 1) TABLE a")]
    [InlineData("(SELECT 1) UNION ALL (SELECT 2)")]
    [InlineData("VALUES (1, 'a')")]
    [InlineData("SELECT $1x, a$b FROM t")]
    [InlineData("SELECT größe, $ö1$;$ö1$, 1$$;$$, e'a' -- ;\n '\\';' FROM t")]
    [InlineData("SELECT E'\\'; DROP TABLE t; --'")]
    public void Check_OneStatementThatReads_IsKept(string query)
    {
        SelectStatement.Check(query).ShouldBe(query);
        SelectStatement.Check(query + " ; -- done\n").ShouldBe(query + " ");
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData(" -- nothing\n ;", "it is empty")]
    [InlineData("COPY t TO '/tmp/x'", "it begins with COPY")]
    [InlineData("; SELECT 1", "more than one statement")]
    [InlineData("SELECT 1;;", "more than one statement")]
    [InlineData("SELECT 1; SELECT 2", "more than one statement")]
    [InlineData("SELECT '\\'; DROP TABLE t; --'", "more than one statement")]
    [InlineData("SELECT 1 -- \r; DROP TABLE t", "more than one statement")]
    [InlineData("SELECT 1 AS a$$$; DROP TABLE t; SELECT 1 AS b$$$", "more than one statement")]
    [InlineData("SELECT $€$ ' $€$; DROP TABLE t; SELECT ' '", "more than one statement")]
    [InlineData("SELECT E'a'\n'\\''; DROP TABLE t; --'", "more than one statement")]
    [InlineData("SELECT (1", "opens a bracket")]
    [InlineData("SELECT 1) TO '/tmp/x' --", "closes a bracket")]
    [InlineData("SELECT 'a", "a quote in it is never closed")]
    [InlineData("SELECT $a$ x $b$", "a quote in it is never closed")]
    [InlineData("SELECT 1 /* a /* b */", "a comment in it is never closed")]
    public void Check_Other_SaysWhy(string query, string why) => Should.Throw<DatasetException>(() => SelectStatement.Check(query)).Message.ShouldContain(why);
}
