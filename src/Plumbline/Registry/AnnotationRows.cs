using System.Data.Common;
using Plumbline.Storage;

namespace Plumbline.Registry;

/// <summary>Rows of <c>annotations</c>.</summary>
internal static class AnnotationRows
{
    private const string Select = "SELECT annotation_id, version, text, author, time FROM annotations WHERE name = @name ORDER BY annotation_id";

    /// <summary>On the model and on all its versions, those that are gone too; the oldest first.</summary>
    public static List<Annotation> All(DbConnection connection, string name) =>
        connection.Query(Select, row => new Annotation(row.GetInt64(0), row.NullableInt64(1), row.GetString(2), row.GetString(3), row.GetInt64(4)), ("name", name));

    public static Annotation Insert(DbConnection connection, string name, Annotation note)
    {
        var added = note with { Id = Counter.Next(connection, "annotation") };
        connection.Execute(
            "INSERT INTO annotations (annotation_id, name, version, text, author, time) VALUES (@id, @name, @version, @text, @author, @time)",
            ("id", added.Id), ("name", name), ("version", added.Version), ("text", added.Text), ("author", added.Author), ("time", added.Time));
        return added;
    }

    public static void Delete(DbConnection connection, string name) => connection.Execute("DELETE FROM annotations WHERE name = @name", ("name", name));
}
