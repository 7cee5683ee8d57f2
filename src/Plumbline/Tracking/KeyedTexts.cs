using System.Data.Common;
using Plumbline.Storage;

namespace Plumbline.Tracking;

/// <summary>Tables of tags and params: an id, <c>key</c> and <c>value</c>.</summary>
internal static class KeyedTexts
{
    // MLflow's limits.
    public const int KeyLength = 250;
    public const int ParamLength = 6000;
    public const int TagLength = 8000;

    public static void CheckParams(IEnumerable<KeyValuePair<string, string>> values) => Check("param", values, ParamLength);

    public static void CheckTags(IEnumerable<KeyValuePair<string, string>> values) => Check("tag", values, TagLength);

    /// <summary>Letters and digits of any script, and <c>_ . - / : space</c>; read as a path it must mean itself. As in MLflow.</summary>
    public static void CheckKey(string what, string key)
    {
        MetadataText.CheckName(what, key, KeyLength);
        foreach (var c in key)
        {
            if (!char.IsLetterOrDigit(c) && c is not ('_' or '.' or '-' or '/' or ':' or ' '))
                throw new MetadataException(MetadataError.Invalid, $"The {what} '{MetadataText.Quote(key)}' holds '{(char.IsControl(c) ? '?' : c)}'; letters, digits, spaces and _ . - / : are allowed.");
        }
        CheckPath(what, key);
    }

    /// <summary>The last value of a key wins.</summary>
    public static void Put(DbConnection connection, string table, string idColumn, object id, IEnumerable<KeyValuePair<string, string>> values) =>
        connection.InsertAll(ToPut(table, idColumn, id, values));

    /// <inheritdoc cref="Put"/>
    public static RowInsert ToPut(string table, string idColumn, object id, IEnumerable<KeyValuePair<string, string>> values) => new(
        table, [idColumn, "key", "value"], Rows(id, values.GroupBy(value => value.Key).Select(same => same.Last())), $"ON CONFLICT ({idColumn}, key) DO UPDATE SET value = excluded.value");

    /// <summary>The first value of a key stays; <see cref="CheckPutOnce"/> finds those that are others.</summary>
    public static RowInsert ToPutOnce(string table, string idColumn, string id, IEnumerable<KeyValuePair<string, string>> values) =>
        new(table, [idColumn, "key", "value"], Rows(id, values), $"ON CONFLICT ({idColumn}, key) DO NOTHING");

    /// <param name="inserted">Rows that <see cref="ToPutOnce"/> inserted.</param>
    /// <exception cref="MetadataException">Conflict: a key had another value already.</exception>
    public static void CheckPutOnce(DbConnection connection, string table, string idColumn, string id, string owner, IReadOnlyCollection<KeyValuePair<string, string>> values, int inserted)
    {
        if (inserted == values.Count)
            return;
        var stored = connection.Query($"SELECT key, value FROM {table} WHERE {idColumn} = @id", row => KeyValuePair.Create(row.GetString(0), row.GetString(1)), ("id", id)).ToDictionary();
        foreach (var (key, value) in values)
        {
            if (stored[key] is var old && old != value)
            {
                throw new MetadataException(
                    MetadataError.Conflict,
                    $"Param '{key}' of {owner} is '{MetadataText.Quote(old)}' and cannot become '{MetadataText.Quote(value)}': params are set once. Use a tag, or another run.");
            }
        }
    }

    /// <exception cref="MetadataException">NotFound: there is no such tag.</exception>
    public static void Remove(DbConnection connection, string table, string idColumn, object id, string owner, string key)
    {
        if (connection.Execute($"DELETE FROM {table} WHERE {idColumn} = @id AND key = @key", ("id", id), ("key", key)) == 0)
            throw new MetadataException(MetadataError.NotFound, $"{owner} has no tag '{MetadataText.Quote(key)}'.");
    }

    private static object?[][] Rows(object id, IEnumerable<KeyValuePair<string, string>> values) =>
        [.. values.OrderBy(value => value.Key, StringComparer.Ordinal).Select(value => new[] { id, value.Key, value.Value })];

    /// <summary>MLflow keeps keys as files in places.</summary>
    private static void CheckPath(string what, string key)
    {
        foreach (var part in key.AsSpan().Split('/'))
        {
            if (key.AsSpan(part) is "" or "." or "..")
                throw new MetadataException(MetadataError.Invalid, $"The {what} '{MetadataText.Quote(key)}' has an empty or dot segment between slashes; take it out.");
        }
    }

    private static void Check(string what, IEnumerable<KeyValuePair<string, string>> values, int length)
    {
        foreach (var (key, value) in values)
        {
            CheckKey($"{what} key", key);
            MetadataText.Check($"{what} {key}", value, length);
        }
    }
}
