namespace Plumbline.Datasets.Sources;

/// <summary>The result of a query broke off by what may pass: asked for once more, from its beginning, it may come whole. The cause of a <see cref="DatasetException"/>.</summary>
internal sealed class ResultLostException(string message, Exception inner) : IOException(message, inner);
