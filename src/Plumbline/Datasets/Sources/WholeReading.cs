using System.Runtime.ExceptionServices;

namespace Plumbline.Datasets.Sources;

/// <summary>
/// Work that reads a whole source. Where the result of a query breaks off midway it is begun anew: rows of two executions must not be mixed. How often,
/// <see cref="RetryOptions.Attempts"/> says; how long one takes is up to the query.
/// </summary>
internal static class WholeReading
{
    /// <param name="read">Leaves nothing behind where it fails.</param>
    /// <exception cref="DatasetException">The result broke off each time, or the source cannot be used.</exception>
    public static T Run<T>(SourceOptions source, Func<T> read, CancellationToken stop)
    {
        if (source.Query is null)
            return read();
        OriginFinder.Check(source);
        var calls = new ServerCalls(source.Retry, attemptTimeout: false, error => error is ResultLostException, error => error.Message, totalTimeout: false);
        ExceptionDispatchInfo? failure = null;
        var result = calls.Run(source.Name, _ =>
        {
            try
            {
                return Task.FromResult<T?>(read());
            }
            catch (DatasetException e) when (e.InnerException is ResultLostException lost)
            {
                throw new ResultLostException(lost.Message, e);
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
                return Task.FromResult<T?>(default);
            }
        }, stop);
        failure?.Throw();
        return result!;
    }
}
