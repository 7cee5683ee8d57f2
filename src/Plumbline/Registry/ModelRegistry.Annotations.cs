using System.Text.Json.Nodes;
using Plumbline.Storage;

namespace Plumbline.Registry;

public sealed partial class ModelRegistry
{
    private const int NoteLength = 5000;

    /// <summary>Adds a note to a model, or to a version of it. One that says the same as the last by the same author is that one.</summary>
    /// <param name="version">Null: to the model itself.</param>
    public Task<Annotation> AnnotateAsync(string name, long? version, string text, string author, CancellationToken cancellation = default)
    {
        MetadataText.CheckName("note", text, NoteLength);
        return store.WriteAsync(
            connection =>
            {
                RegisteredModelRows.RequireName(connection, name);
                var subject = version is { } number ? Subject(RegistryRows.Get(connection, name, number)) : name;
                if (AnnotationRows.All(connection, name).LastOrDefault(note => note.Version == version) is { } last && last.Text == text && last.Author == author)
                    return last;
                var added = AnnotationRows.Insert(connection, name, new Annotation(0, version, text, author, Now));
                Record(connection, author, version is null ? "model.annotated" : "version.annotated", subject, new JsonObject { ["text"] = text });
                return added;
            },
            cancellation);
    }

    /// <summary>Notes on a model and on its versions, those that are gone too; the oldest first.</summary>
    public Task<IReadOnlyList<Annotation>> ListAnnotationsAsync(string name, CancellationToken cancellation = default) => store.ReadAsync<IReadOnlyList<Annotation>>(
        connection =>
        {
            RegisteredModelRows.RequireName(connection, name);
            return AnnotationRows.All(connection, name);
        },
        cancellation);
}
