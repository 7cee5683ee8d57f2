namespace Plumbline.Projects;

/// <summary>A <c>plumbline.yaml</c> that cannot be used. The message says where, what, and what to do; never a secret.</summary>
public sealed class ProjectException : Exception
{
    public ProjectException()
    {
    }

    public ProjectException(string message)
        : base(message)
    {
    }

    public ProjectException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
