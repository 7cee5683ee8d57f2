namespace Plumbline.Pipelines.Graphs;

/// <summary>A node has nothing to do: it is skipped, for the reason that is the message.</summary>
public sealed class NodeSkippedException : Exception
{
    public NodeSkippedException()
    {
    }

    public NodeSkippedException(string message)
        : base(message)
    {
    }

    public NodeSkippedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
