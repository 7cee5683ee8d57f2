namespace Plumbline.Exchange;

/// <summary>A server of MLflow's API that cannot be reached or refused what it was asked. The message is complete for a user.</summary>
public sealed class ExchangeException : Exception
{
    public ExchangeException()
    {
    }

    public ExchangeException(string message)
        : base(message)
    {
    }

    public ExchangeException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
