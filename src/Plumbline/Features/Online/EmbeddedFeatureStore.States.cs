namespace Plumbline.Features.Online;

/// <summary>The file of all states, and when the log begins anew after it.</summary>
internal sealed partial class EmbeddedFeatureStore
{
    private void Replace(Replacement replacement)
    {
        if (!replacement.MayReplace && _entities.Count > 0)
            throw new FeatureStoreException(FeatureStoreError.NotEmpty, $"The feature store holds {_entities.Count} entities already. Load with --replace if they may go.");
        WriteStates(replacement.Entities);
        Volatile.Write(ref _entities, replacement.Entities);
    }

    private void WriteStates(EntityTable entities)
    {
        var now = Now;
        foreach (var (kind, id, _) in entities.All.Where(entry => IsExpired(entry.Entity, now)))
        {
            entities.Remove(kind, id);
            entities.IsComplete = false;
        }
        try
        {
            EntityStatesFile.Write(_statesPath, ++_generation, entities, _ids);
        }
        catch
        {
            // If newer states are in place, perhaps not durably, a log that follows the old ones may come to nothing: no event goes into it before they are written again.
            _mustWriteStates = !AreStatesOf(_log.Generation);
            throw;
        }
        _log.Follow(_generation);
        (_mustWriteStates, _fault) = (false, null);
    }

    private bool AreStatesOf(long generation)
    {
        try
        {
            return EntityStatesFile.GenerationOf(_statesPath) == generation;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void ShortenLog(long now)
    {
        try
        {
            WriteStates(_entities);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException && !_mustWriteStates)
        {
            // What was acknowledged is in the log, which grows on meanwhile.
            _fault = $"{_statesPath} cannot be written, so that the log beside it grows: {exception.Message}";
            _writeStatesAfter = now + (long)WriteStatesAgainAfter.TotalMilliseconds;
        }
    }
}
